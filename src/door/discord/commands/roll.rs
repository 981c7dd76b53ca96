//! `/roll`: throws dice, or what the game master asked for. `/rolls`: what everybody rolled. `/verify`: the proof.
//! The dice are thrown by the table; what everyone may see comes into the channel like anything that is played.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, here, number, person, say};
use crate::domain::{Deed, RollFor, SceneNo};
use crate::door::{rolls, wording};
use crate::table::machine::Answer;

/// Who is shown a roll, as Discord lists the choices.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub(super) enum Shown {
    #[name = "everyone"]
    #[name_localized("ko", "모두")]
    #[name_localized("de", "alle")]
    Public,
    #[name = "the game master and me"]
    #[name_localized("ko", "게임 마스터와 나")]
    #[name_localized("de", "die Spielleitung und ich")]
    Gm,
    #[name = "the game master only"]
    #[name_localized("ko", "게임 마스터만")]
    #[name_localized("de", "nur die Spielleitung")]
    Blind,
    #[name = "me only"]
    #[name_localized("ko", "나만")]
    #[name_localized("de", "nur ich")]
    Own,
}

/// Roll dice; without any, roll what the game master asked for
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "굴림"),
    description_localized("ko", "주사위를 굴립니다. 비우면 게임 마스터가 청한 굴림을 합니다"),
    name_localized("de", "wurf"),
    description_localized("de", "Würfeln; ohne Angabe das, worum die Spielleitung gebeten hat")
)]
pub(super) async fn roll(
    ctx: Context<'_>,
    #[description = "What to roll, such as 1d20+5, 4d6kh3 or 2d6 # climbing"]
    #[description_localized("ko", "굴릴 것. 예: 1d20+5, 4d6kh3, 2d6 # 등반")]
    #[description_localized("de", "Was gewürfelt wird, etwa 1d20+5, 4d6kh3 oder 2d6 # Klettern")]
    #[name_localized("ko", "주사위")]
    #[name_localized("de", "würfel")]
    #[max_length = 512]
    dice: Option<String>,
    #[description = "Who sees it; without it everyone"]
    #[description_localized("ko", "누가 보는지. 비우면 모두")]
    #[description_localized("de", "Wer es sieht; ohne Angabe alle")]
    #[name_localized("ko", "공개")]
    #[name_localized("de", "sichtbar")]
    shown: Option<Shown>,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    // Discord gave this number after the seal was made, so neither side can choose it.
    let nonce = number(ctx).to_string();
    let shown = match shown {
        None | Some(Shown::Public) => RollFor::Public,
        Some(Shown::Gm) => RollFor::Gm,
        Some(Shown::Blind) => RollFor::Blind,
        Some(Shown::Own) => RollFor::Own,
    };
    let deed = match dice {
        Some(notation) => Deed::Roll { notation, shown, nonce },
        None => Deed::AnswerRoll { request: None, nonce },
    };
    let answer = match reached.table.deed(person(ctx), deed).await {
        Ok(Answer::Happened(events)) => rolls::rolled(&events),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}

/// Show what everybody rolled
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    rename = "rolls",
    name_localized("ko", "굴림통계"),
    description_localized("ko", "모두의 굴림 통계를 보여 줍니다"),
    name_localized("de", "würfe"),
    description_localized("de", "Zeigt, was alle gewürfelt haben")
)]
pub(super) async fn rolls_of_all(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let (view, game) = (reached.table.view().await?, reached.table.game(None).await?);
    say(ctx, rolls::tallies(&game.dice.tallies, &view.people())).await
}

/// Draw a scene's rolls again from its seed
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "검증"),
    description_localized("ko", "장면의 시드로 굴림을 다시 계산합니다"),
    name_localized("de", "prüfen"),
    description_localized("de", "Die Würfe einer Szene aus ihrem Startwert nachrechnen")
)]
pub(super) async fn verify(
    ctx: Context<'_>,
    #[description = "The scene's number; without it the newest one whose seed is shown"]
    #[description_localized("ko", "장면 번호. 비우면 시드가 공개된 가장 새로운 장면")]
    #[description_localized("de", "Die Nummer der Szene; ohne Angabe die neueste, deren Startwert gezeigt ist")]
    #[name_localized("ko", "장면")]
    #[name_localized("de", "szene")]
    scene: Option<u32>,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let record = match reached.table.proof(scene.map(SceneNo::new)).await {
        Ok(record) => record,
        Err(failure) => return say(ctx, wording::table_error(&failure)).await,
    };
    let text = rolls::verdict(&record);
    if record.sealed.is_empty() {
        return say(ctx, text).await;
    }
    let file = serenity::CreateAttachment::bytes(serde_json::to_vec_pretty(&record)?, record.file_name());
    ctx.send(poise::CreateReply::default().content(text).attachment(file)).await?;
    Ok(())
}
