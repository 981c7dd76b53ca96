//! `/stop`: stops the reply that is on its way.
//! What was told so far stays in the channel.

use super::{Context, Failure, carry_out};
use crate::domain::Command;

/// Stop the reply that is on its way
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "멈춤"),
    description_localized("ko", "진행 중인 답변을 멈춥니다"),
    name_localized("de", "stopp"),
    description_localized("de", "Die laufende Antwort anhalten")
)]
pub(super) async fn stop(ctx: Context<'_>) -> Result<(), Failure> {
    carry_out(ctx, Command::Stop).await
}
