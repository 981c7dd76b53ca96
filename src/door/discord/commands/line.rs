//! Commands on a message: who wrote a line that stands in a character's name, and for its writer changing and removing it.
//! What they come to is in `door/discord/lines.rs`.

use std::time::Duration;

use poise::serenity_prelude as serenity;

use super::{AnswersItself, Context, Failure, person, say};
use crate::door::discord::{lines, wording};

/// How long may be looked whose line it is, before a form is shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the commands on a message are called: in English, Korean and German.
const NAMES: [(&str, &str, &str); 3] = [
    ("Who wrote this?", "누가 썼나요?", "Wer hat das geschrieben?"),
    ("Edit my line", "내 대사 고치기", "Meine Zeile ändern"),
    ("Delete my line", "내 대사 지우기", "Meine Zeile löschen"),
];

/// Gives the commands on a message their names in other languages; the library does so for slash commands only.
pub(super) fn name_in_other_languages(commands: &mut serde_json::Value) {
    for command in commands.as_array_mut().into_iter().flatten() {
        if let Some((_, ko, de)) = NAMES.iter().find(|(name, ..)| command["name"] == *name) {
            command["name_localizations"] = serde_json::json!({ "ko": ko, "de": de });
        }
    }
}

/// Tell only you who wrote a line, or whose voice it is
#[poise::command(context_menu_command = "Who wrote this?", guild_only, ephemeral)]
pub(super) async fn who_wrote(ctx: Context<'_>, message: serenity::Message) -> Result<(), Failure> {
    let told = lines::who_wrote(ctx.data(), &message).await;
    say(ctx, told).await
}

/// Change a line that you said as your character, until a reply takes it
#[poise::command(context_menu_command = "Edit my line", guild_only, custom_data = "AnswersItself")]
pub(super) async fn edit_line(ctx: Context<'_>, message: serenity::Message) -> Result<(), Failure> {
    let poise::Context::Application(application) = ctx else { return Ok(()) };
    // Discord takes a form only as the first answer, and waits three seconds for it.
    let who = person(ctx);
    let own = tokio::time::timeout(PATIENCE, lines::own(ctx.data(), &message, &who)).await;
    let response = match own.unwrap_or_else(|_| Err(wording::LINE_UNKNOWN.to_owned())) {
        Ok(line) => serenity::CreateInteractionResponse::Modal(lines::form(&line, &message)),
        Err(refused) => {
            let told = serenity::CreateInteractionResponseMessage::new()
                .content(refused)
                .ephemeral(true)
                .allowed_mentions(serenity::CreateAllowedMentions::new());
            serenity::CreateInteractionResponse::Message(told)
        }
    };
    application.interaction.create_response(ctx.serenity_context(), response).await?;
    Ok(())
}

/// Take back a line that you said as your character, until a reply takes it
#[poise::command(context_menu_command = "Delete my line", guild_only, ephemeral)]
pub(super) async fn delete_line(ctx: Context<'_>, message: serenity::Message) -> Result<(), Failure> {
    let told = match lines::own(ctx.data(), &message, &person(ctx)).await {
        Ok(line) => lines::remove(&line, &message).await,
        Err(refused) => refused,
    };
    say(ctx, told).await
}
