//! `/undo`: takes back the last turn.
//! Nothing is deleted from the log.

use super::{Context, Failure, carry_out};
use crate::domain::Command;

/// Take back the last turn
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "되돌리기"),
    description_localized("ko", "마지막 차례를 되돌립니다"),
    name_localized("de", "zurück"),
    description_localized("de", "Den letzten Zug zurücknehmen")
)]
pub(super) async fn undo(ctx: Context<'_>) -> Result<(), Failure> {
    carry_out(ctx, Command::Undo).await
}
