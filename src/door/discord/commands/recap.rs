//! `/recap`: previously at this table. For whoever asks, with what they alone may know; or for everyone, without.
//! It changes nothing.

use super::{Context, Failure, here, person, say};
use crate::door::{memories, wording};
use crate::format::{escape, links};
use crate::story::recap::MESSAGE;

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
    let public = public == Some(true);
    let heard = if public { ctx.defer().await } else { ctx.defer_ephemeral().await };
    heard?;
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    // What everyone reads is made from what everyone knows.
    let asker = (!public).then(|| person(ctx).id);
    let text = match reached.table.recap(asker).await {
        Ok(Some(recap)) => links::inert(&escape::mentions(&recap.to_markdown(MESSAGE))),
        Ok(None) => memories::NO_STORY.to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, text).await
}
