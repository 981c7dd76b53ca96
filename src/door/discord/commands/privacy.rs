//! `/privacy`: what is kept about whoever asks, handed out or erased. Only they see the answers.
//! Hosts have no part in it; for somebody else the operator does it at the command line.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, person, say};
use crate::door::{privacy as words, wording};
use crate::table::PersonError;
use crate::telemetry::new_error_id;

/// What has to be written to have it done.
const CONFIRMED: &str = "erase";

/// What is kept about you: see it, have it, erase it
#[poise::command(
    slash_command,
    guild_only,
    subcommands("about", "export", "erase"),
    subcommand_required,
    name_localized("ko", "개인정보"),
    description_localized("ko", "나에 대해 보관된 것: 보기, 받기, 지우기"),
    name_localized("de", "datenschutz"),
    description_localized("de", "Was über dich aufbewahrt wird: ansehen, mitnehmen, löschen")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn privacy(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// What is kept about you, in numbers
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "나에 대해 보관된 것을 숫자로 보여 줍니다"),
    name_localized("de", "übersicht"),
    description_localized("de", "Was über dich aufbewahrt wird, in Zahlen")
)]
async fn about(ctx: Context<'_>) -> Result<(), Failure> {
    let about = ctx.data().parts.hall.about(&person(ctx).id).await?;
    say(ctx, words::kept(&about)).await
}

/// Everything that is kept about you, as a file
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "받기"),
    description_localized("ko", "나에 대해 보관된 모든 것을 파일로 받습니다"),
    name_localized("de", "mitnehmen"),
    description_localized("de", "Alles, was über dich aufbewahrt wird, als Datei")
)]
async fn export(ctx: Context<'_>) -> Result<(), Failure> {
    let about = ctx.data().parts.hall.about(&person(ctx).id).await?;
    if about.is_empty() {
        return say(ctx, words::kept(&about)).await;
    }
    let file = serenity::CreateAttachment::bytes(words::export(&about), "about-you.json");
    ctx.send(poise::CreateReply::default().content(words::kept(&about)).attachment(file)).await?;
    Ok(())
}

/// Erase what is kept about you; without a word it says what that means
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "지우기"),
    description_localized("ko", "나에 대해 보관된 것을 지웁니다. 확인 없이는 설명만 합니다"),
    name_localized("de", "löschen"),
    description_localized("de", "Löscht, was über dich aufbewahrt wird; ohne Bestätigung nur eine Erklärung")
)]
async fn erase(
    ctx: Context<'_>,
    #[description = "Write erase to have it done"]
    #[description_localized("ko", "실행하려면 erase 라고 쓰세요")]
    #[description_localized("de", "Schreibe erase, damit es geschieht")]
    #[name_localized("ko", "확인")]
    #[name_localized("de", "bestätigung")]
    confirm: Option<String>,
) -> Result<(), Failure> {
    if confirm.is_none_or(|word| !word.trim().eq_ignore_ascii_case(CONFIRMED)) {
        let how = "To have it done: `/privacy erase confirm:erase`. To have a copy first: `/privacy export`.";
        return say(ctx, format!("{}\n{how}", words::WHAT_ERASING_DOES)).await;
    }
    let hall = &ctx.data().parts.hall;
    let who = person(ctx).id;
    match hall.erase(&who).await {
        Ok(receipt) => say(ctx, words::receipt(&receipt)).await,
        Err(PersonError::Table(failure)) => say(ctx, wording::table_error(&failure)).await,
        Err(failure) => {
            let error_id = new_error_id();
            tracing::error!(%error_id, error = &failure as &dyn std::error::Error, "a person was not erased everywhere");
            say(ctx, format!("Not everything could be erased ({error_id}). Try again; what is done stays done.")).await
        }
    }
}
