//! `/scene new`, `/scene end`, `/scene title`: scenes are the chapters of the story.
//! What was played stays where it was played.

use super::{Context, Failure, carry_out};
use crate::domain::Command;

/// Scenes are the chapters of the story
#[poise::command(
    slash_command,
    guild_only,
    subcommands("new", "end", "title"),
    subcommand_required,
    default_member_permissions = "MANAGE_MESSAGES",
    name_localized("ko", "장면"),
    description_localized("ko", "장면은 이야기의 장입니다"),
    name_localized("de", "szene"),
    description_localized("de", "Szenen sind die Kapitel der Geschichte")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn scene(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// End the scene and open the next
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "새로"),
    description_localized("ko", "장면을 끝내고 다음 장면을 엽니다"),
    name_localized("de", "neu"),
    description_localized("de", "Die Szene beenden und die nächste beginnen")
)]
async fn new(
    ctx: Context<'_>,
    #[description = "Its title; without it the game master finds one"]
    #[description_localized("ko", "제목. 비우면 게임 마스터가 정합니다")]
    #[description_localized("de", "Ihr Titel; ohne Angabe findet die Spielleitung einen")]
    #[name_localized("ko", "제목")]
    #[name_localized("de", "titel")]
    #[max_length = 80]
    title: Option<String>,
) -> Result<(), Failure> {
    carry_out(ctx, Command::SceneNew { title }).await
}

/// End the scene; the next action opens another
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "끝"),
    description_localized("ko", "장면을 끝냅니다. 다음 행동이 새 장면을 엽니다"),
    name_localized("de", "ende"),
    description_localized("de", "Die Szene beenden; die nächste Handlung beginnt eine neue")
)]
async fn end(ctx: Context<'_>) -> Result<(), Failure> {
    carry_out(ctx, Command::SceneEnd).await
}

/// Name the open scene
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "제목"),
    description_localized("ko", "열린 장면에 이름을 붙입니다"),
    name_localized("de", "titel"),
    description_localized("de", "Der offenen Szene einen Titel geben")
)]
async fn title(
    ctx: Context<'_>,
    #[description = "Its title"]
    #[description_localized("ko", "제목")]
    #[description_localized("de", "Ihr Titel")]
    #[name_localized("ko", "제목")]
    #[name_localized("de", "titel")]
    #[max_length = 80]
    title: String,
) -> Result<(), Failure> {
    carry_out(ctx, Command::SceneTitle(title)).await
}
