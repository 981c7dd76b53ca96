//! `/lore`: which background the last turn was told, and why. Only whoever asks sees the answer.
//! Who may know what is the table's to say.

use super::memory::show;
use super::{Context, Failure, here, person};
use crate::door::memories;

/// What the lorebooks told the game master
#[poise::command(
    slash_command,
    guild_only,
    subcommands("why"),
    subcommand_required,
    name_localized("ko", "로어"),
    description_localized("ko", "로어북이 게임 마스터에게 알려 준 것"),
    name_localized("de", "weltwissen"),
    description_localized("de", "Was die Lorebücher dem Spielleiter gesagt haben")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommand does something")]
pub(super) async fn lore(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Which lore the last turn was told, and why
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "이유"),
    description_localized("ko", "지난 차례에 어떤 설정이 왜 쓰였는지 봅니다"),
    name_localized("de", "warum"),
    description_localized("de", "Was der letzte Zug aus den Lorebüchern erfuhr und warum")
)]
async fn why(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let lines = reached.table.why_lore(person(ctx)).await;
    show(ctx, lines, memories::NO_LORE).await
}
