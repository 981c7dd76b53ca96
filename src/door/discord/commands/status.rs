//! `/status`: how this table stands, or every table.
//! It changes nothing.

use super::{Context, Failure, here, say};
use crate::door::discord::wording as own;

/// Show how the table stands: who answers, which scene, what today cost
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "상태"),
    description_localized("ko", "테이블의 상태를 보여 줍니다"),
    name_localized("de", "stand"),
    description_localized("de", "Zeigt, wie der Tisch steht: wer antwortet, welche Szene, was heute ausgegeben wurde")
)]
pub(super) async fn status(
    ctx: Context<'_>,
    #[description = "Every table instead of this one"]
    #[description_localized("ko", "이 테이블 대신 모든 테이블")]
    #[description_localized("de", "Alle Tische statt nur diesem")]
    #[name_localized("ko", "전체")]
    #[name_localized("de", "alle")]
    all: Option<bool>,
) -> Result<(), Failure> {
    let today = (ctx.data().parts.now)().utc_day();
    if all != Some(true) {
        let Some(reached) = here(ctx).await? else { return Ok(()) };
        let view = reached.table.view().await?;
        let trouble = reached.health.trouble().map(|trouble| format!("\n{}", own::in_trouble(&trouble)));
        return say(ctx, own::status(&view, today) + &trouble.unwrap_or_default()).await;
    }
    // Only hosts see what is played where they may not be.
    if super::person(ctx).role != crate::domain::Role::Host {
        return say(ctx, crate::door::wording::refusal(&crate::domain::Refusal::NotHost)).await;
    }
    let mut lines = Vec::new();
    for reached in ctx.data().all() {
        if let Ok(view) = reached.table.view().await {
            let trouble = reached.health.trouble().map(|trouble| format!("; {}", own::in_trouble(&trouble)));
            lines.push(own::status_line(&view, today) + &trouble.unwrap_or_default());
        }
    }
    lines.sort();
    say(ctx, lines.join("\n")).await
}
