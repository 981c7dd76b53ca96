//! `/safety`: the stop card, and how play goes on after it. Anyone may use it; what it answers only they see.
//! Who used it is told to nobody and written down nowhere.

use super::lines::lines;
use super::{Context, Failure, here, person, say};
use crate::domain::{SafetyAct, SafetyDone};
use crate::door::discord::card;
use crate::door::wording;
use crate::table::machine::Answer;

/// Pause play at once, and go on after it
#[poise::command(
    slash_command,
    guild_only,
    subcommands("stop", "ready", "resume", "lines"),
    subcommand_required,
    name_localized("ko", "안전"),
    description_localized("ko", "놀이를 바로 멈추고, 그 뒤에 이어 갑니다"),
    name_localized("de", "sicherheit"),
    description_localized("de", "Das Spiel sofort anhalten und danach weiterspielen")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn safety(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Pause play at once; nobody is told who did it
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "멈춤"),
    description_localized("ko", "놀이를 바로 멈춥니다. 누가 했는지는 아무도 모릅니다"),
    name_localized("de", "halt"),
    description_localized("de", "Das Spiel sofort anhalten; niemand erfährt, wer es war")
)]
async fn stop(ctx: Context<'_>) -> Result<(), Failure> {
    act(ctx, SafetyAct::Stop).await
}

/// Be ready to go on, if you paused play
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "준비"),
    description_localized("ko", "멈춘 사람이 이어 갈 준비가 되었음을 알립니다"),
    name_localized("de", "bereit"),
    description_localized("de", "Bereit sein weiterzuspielen, wenn du angehalten hast")
)]
async fn ready(ctx: Context<'_>) -> Result<(), Failure> {
    act(ctx, SafetyAct::Ready).await
}

/// Have play go on, as the host
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "계속"),
    description_localized("ko", "진행자가 놀이를 이어 가게 합니다"),
    name_localized("de", "weiter"),
    description_localized("de", "Als Spielleitung weiterspielen lassen")
)]
async fn resume(ctx: Context<'_>) -> Result<(), Failure> {
    act(ctx, SafetyAct::Resume).await
}

async fn act(ctx: Context<'_>, act: SafetyAct) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    match reached.table.safety(person(ctx), act).await {
        Ok(Answer::Safe(SafetyDone::Paused)) => {
            let reply = poise::CreateReply::default().content(wording::safe(SafetyDone::Paused));
            ctx.send(reply.components(card::choices(reached.id))).await?;
            Ok(())
        }
        Ok(Answer::Safe(done)) => say(ctx, wording::safe(done)).await,
        Ok(_) => Ok(()),
        Err(failure) => say(ctx, wording::table_error(&failure)).await,
    }
}
