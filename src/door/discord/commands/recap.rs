//! `/recap`: previously at this table. For whoever asks, or for everyone.
//! It changes nothing.

use super::{Context, Failure, here, say};
use crate::door::discord::wording as own;
use crate::story::recap::{Material, recap as tell};

/// Tell what happened so far, in a few lines
#[poise::command(
    slash_command,
    guild_only,
    custom_data = "super::AnswersItself",
    name_localized("ko", "줄거리"),
    description_localized("ko", "지금까지 있었던 일을 몇 줄로 알려 줍니다"),
    name_localized("de", "rückblick"),
    description_localized("de", "Erzählt in wenigen Zeilen, was bisher geschah")
)]
pub(super) async fn recap(
    ctx: Context<'_>,
    #[description = "Whether everyone sees it"]
    #[description_localized("ko", "모두에게 보일지")]
    #[description_localized("de", "Ob alle es sehen")]
    #[name_localized("ko", "공개")]
    #[name_localized("de", "öffentlich")]
    public: Option<bool>,
) -> Result<(), Failure> {
    let heard = if public == Some(true) { ctx.defer().await } else { ctx.defer_ephemeral().await };
    heard?;
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let view = reached.table.view().await?;
    let title = view.scene.as_ref().map(|(_, title)| title.as_deref().unwrap_or_default());
    let last = view.last.as_ref().map(|beat| &beat.reply);
    let material = Material { table: view.name.as_str(), past: &view.past, scene: title, last };
    let text = tell(&material).unwrap_or_else(|| own::NO_STORY.to_owned());
    say(ctx, text).await
}
