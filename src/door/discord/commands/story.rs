//! `/story show` and `/story download`: the open scene as it stands in its file.
//! It changes nothing.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, say, table};
use crate::door::discord::splitting;
use crate::door::discord::wording as own;
use crate::story::scene_text::SceneText;
use crate::story::shelf::{Shelf, ShelfError};

/// Read the story
#[poise::command(
    slash_command,
    guild_only,
    subcommands("show", "download"),
    subcommand_required,
    name_localized("ko", "이야기"),
    description_localized("ko", "이야기를 읽습니다"),
    name_localized("de", "geschichte"),
    description_localized("de", "Die Geschichte lesen")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn story(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Read the end of the newest scene
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "가장 새로운 장면의 끝을 읽습니다"),
    name_localized("de", "zeigen"),
    description_localized("de", "Das Ende der neuesten Szene lesen")
)]
async fn show(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(text) = newest(ctx).await? else { return Ok(()) };
    say(ctx, tail(&text).to_owned()).await
}

/// Get the newest scene as a file
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "내려받기"),
    description_localized("ko", "가장 새로운 장면을 파일로 받습니다"),
    name_localized("de", "laden"),
    description_localized("de", "Die neueste Szene als Datei erhalten")
)]
async fn download(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(text) = newest(ctx).await? else { return Ok(()) };
    let file = serenity::CreateAttachment::bytes(text.into_bytes(), "scene.md");
    ctx.send(poise::CreateReply::default().attachment(file)).await?;
    Ok(())
}

/// The newest scene as a page of its own.
async fn newest(ctx: Context<'_>) -> Result<Option<String>, Failure> {
    let Some(reached) = table(ctx).await? else { return Ok(None) };
    let shelf = Shelf::new(&ctx.data().parts.config.data_dir, reached.table.name());
    let scene = tokio::task::spawn_blocking(move || -> Result<_, ShelfError> {
        let Some(newest) = shelf.list()?.pop() else { return Ok(None) };
        Ok(shelf.read(newest.number)?.as_deref().and_then(SceneText::parse))
    });
    let text = scene.await??.map(|scene| format!("# {}\n\n{}", scene.title, scene.body));
    if text.is_none() {
        say(ctx, own::NO_STORY.to_owned()).await?;
    }
    Ok(text)
}

/// As much of the end as one message takes, from the beginning of a paragraph where there is one.
fn tail(text: &str) -> &str {
    let text = text.trim();
    let mut units = 0;
    let from = text.char_indices().rev().find(|(_, c)| {
        units += c.len_utf16();
        units > splitting::MESSAGE_UNITS - 200
    });
    let Some((from, c)) = from else { return text };
    let end = &text[from + c.len_utf8()..];
    end.split_once("\n\n").map_or(end, |(_, whole)| whole)
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_end_of_a_story_begins_with_a_paragraph() {
        let text = format!("{}\n\nThe last words.", "word ".repeat(600));
        assert_eq!(tail(&text), "The last words.");
        assert_eq!(tail("Short."), "Short.");
    }
}
