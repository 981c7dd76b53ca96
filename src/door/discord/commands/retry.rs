//! `/retry`: has the last turn told anew.
//! The old telling stays in the log.

use super::{Context, Failure, carry_out};
use crate::domain::Command;

/// Have the last turn told anew
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "다시"),
    description_localized("ko", "마지막 차례를 다시 이야기합니다"),
    name_localized("de", "nochmal"),
    description_localized("de", "Den letzten Zug neu erzählen lassen")
)]
pub(super) async fn retry(ctx: Context<'_>) -> Result<(), Failure> {
    carry_out(ctx, Command::Retry).await
}
