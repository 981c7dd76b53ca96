//! Slash commands, one file each, and what they share: acknowledge first, find the table, carry out, answer.
//! The rules of who may what are the table's; here is only what Discord needs to know.

mod character;
mod fight;
mod help;
mod line;
mod lines;
mod lore;
mod memory;
mod model;
mod page;
mod playing;
mod privacy;
mod provider;
mod recap;
mod reset;
mod retry;
mod roll;
mod safety;
mod say_as;
mod scene;
mod settings;
mod sheet;
mod status;
mod stop;
mod story;
mod style;
mod table;
mod turns;
mod undo;
mod whisper;

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use sha2::{Digest, Sha256};
use tracing::{error, info, warn};

pub(super) use lines::take_form as take_lines;
pub use page::page;

use super::door::{Door, Reached};
use super::{convert, wording as own};
use crate::domain::{self, Person};
use crate::door::wording;
use crate::table::machine::Answer;
use crate::telemetry::new_error_id;

/// Why a command could not be answered; the library wants one type for all.
pub(super) type Failure = anyhow::Error;
/// What a command is given.
pub(super) type Context<'a> = poise::Context<'a, Arc<Door>, Failure>;
type Command = poise::Command<Arc<Door>, Failure>;
type Handler = for<'a> fn(
    poise::FrameworkContext<'a, Arc<Door>, Failure>,
    &'a serenity::FullEvent,
) -> poise::BoxFuture<'a, Result<(), Failure>>;

/// Marks a command that answers at once by itself: with a form, which Discord takes only as the first answer, or to those
/// whom its options name.
pub(super) struct AnswersItself;

/// What the host's list of registered commands is noted under.
const REGISTERED: &str = "discord-commands";
/// The most choices that Discord shows while somebody types.
const CHOICES: usize = 25;

/// The longest answer to a command, in characters.
const ANSWER: usize = 1900;

/// Something was done to the game, and the channel shows what.
const CHANGED: &str = "It is done; the channel shows it.";

/// Every command, in the order of the help.
pub(super) fn all() -> Vec<Command> {
    vec![
        status::status(),
        stop::stop(),
        safety::safety(),
        retry::retry(),
        undo::undo(),
        roll::roll(),
        roll::rolls_of_all(),
        roll::verify(),
        sheet::sheet(),
        fight::fight(),
        turns::turns(),
        whisper::whisper(),
        say_as::say_as(),
        line::who_wrote(),
        line::edit_line(),
        line::delete_line(),
        scene::scene(),
        story::story(),
        recap::recap(),
        memory::memory(),
        lore::lore(),
        provider::provider(),
        model::model(),
        style::style(),
        reset::reset(),
        character::character(),
        table::table(),
        privacy::privacy(),
        help::help(),
    ]
}

/// The library's framework with our commands, and `on_event` for everything else.
pub(super) fn framework(door: Arc<Door>, on_event: Handler) -> poise::Framework<Arc<Door>, Failure> {
    let options = poise::FrameworkOptions {
        commands: all(),
        event_handler: on_event,
        allowed_mentions: Some(serenity::CreateAllowedMentions::new()),
        pre_command: |ctx| Box::pin(acknowledge(ctx)),
        on_error: |failure| Box::pin(failed(failure)),
        prefix_options: poise::PrefixFrameworkOptions {
            // Messages that mention us are actions, never text commands.
            mention_as_prefix: false,
            ..Default::default()
        },
        ..Default::default()
    };
    poise::Framework::builder()
        .options(options)
        .initialize_owners(false)
        .setup(move |_, _, _| Box::pin(async move { Ok(door) }))
        .build()
}

/// Tells Discord within its three seconds that the command was heard. Nothing comes before it.
async fn acknowledge(ctx: Context<'_>) {
    if ctx.command().custom_data.is::<AnswersItself>() {
        // It answers at once, in a way of its own.
        return;
    }
    let done = if ctx.command().ephemeral { ctx.defer_ephemeral().await } else { ctx.defer().await };
    if let Err(failure) = done {
        warn!(command = %ctx.command().qualified_name, error = %failure, "a command was not acknowledged");
    }
}

async fn failed(failure: poise::FrameworkError<'_, Arc<Door>, Failure>) {
    let error_id = new_error_id();
    error!(%error_id, error = %failure, "a command failed");
    if let Some(ctx) = failure.ctx() {
        drop(say(ctx, own::failed(&error_id)).await);
    }
}

/// Tells Discord which commands there are, if that has changed since it was told last.
pub(super) async fn register(door: &Door) -> Result<(), Failure> {
    let mut commands = serde_json::to_value(poise::builtins::create_application_commands(&all()))?;
    line::name_in_other_languages(&mut commands);
    let mut hash = Sha256::new();
    hash.update(door.identity.application.to_string());
    hash.update(serde_json::to_vec(&commands)?);
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if door.parts.store.note(REGISTERED).await?.as_deref() == Some(&hash) {
        return Ok(());
    }
    door.set_commands(commands).await?;
    door.parts.store.set_note(REGISTERED, hash).await?;
    info!("commands are registered");
    Ok(())
}

/// The names under which Discord knows our commands, those of menus too.
pub(super) fn names() -> Vec<String> {
    let commands = serde_json::to_value(poise::builtins::create_application_commands(&all())).unwrap_or_default();
    let all = commands.as_array().into_iter().flatten();
    all.filter_map(|command| command["name"].as_str().map(str::to_owned)).collect()
}

/// The table of this channel; where there is none, that is the answer.
async fn here(ctx: Context<'_>) -> Result<Option<Arc<Reached>>, Failure> {
    let reached = ctx.data().at(ctx.channel_id().get());
    if reached.is_none() {
        say(ctx, own::NO_TABLE.to_owned()).await?;
    }
    Ok(reached)
}

/// Who used the command, with what Discord says they may in this channel.
fn person(ctx: Context<'_>) -> Person {
    match ctx {
        poise::Context::Application(application) => {
            let interaction = application.interaction;
            convert::clicker(&interaction.user, interaction.member.as_deref())
        }
        poise::Context::Prefix(prefix) => convert::clicker(&prefix.msg.author, None),
    }
}

/// Discord's number for this use of a command: the same however often it is heard, and nobody chose it.
fn number(ctx: Context<'_>) -> u64 {
    match ctx {
        poise::Context::Application(application) => application.interaction.id.get(),
        poise::Context::Prefix(prefix) => prefix.msg.id.get(),
    }
}

/// Has the table of this channel do something and says what came of it.
async fn carry_out(ctx: Context<'_>, command: domain::Command) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let answer = match reached.table.command(person(ctx), command).await {
        Ok(Answer::Done(done)) => wording::done(&done),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}

/// Answers the command.
async fn say(ctx: Context<'_>, text: String) -> Result<(), Failure> {
    let text: String = text.chars().take(ANSWER).collect();
    let reply = poise::CreateReply::default().content(text).allowed_mentions(serenity::CreateAllowedMentions::new());
    ctx.send(reply).await?;
    Ok(())
}

/// The choices that hold what was typed so far.
fn choices(known: impl IntoIterator<Item = String>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let typed = typed.to_lowercase();
    let fitting = known.into_iter().filter(|name| name.to_lowercase().contains(&typed) && name.chars().count() <= 100);
    let choices = fitting.take(CHOICES).map(|name| serenity::AutocompleteChoice::new(name.clone(), name)).collect();
    serenity::CreateAutocompleteResponse::new().set_choices(choices)
}
