//! What follows an interaction's first answer: `@original` and follow-ups, for 15 minutes
//! (documentation: interactions/receiving-and-responding, "Followup Messages"). Never the first answer.

use crate::id::Id;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::interaction::{Answer, Interaction};
use crate::world::mention::Unstated;
use crate::world::message::{Content, Message};

use super::callbacks::draft;
use super::compose::{compose, revise};
use super::refusal::{INVALID_WEBHOOK_TOKEN, Refusal, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// The interaction whose token a path holds, once it is answered and while its token lives.
fn answered(world: &World, call: &Call) -> Result<Interaction, Refusal> {
    if call.id("webhook_id")? != world.application {
        return Err(UNKNOWN_WEBHOOK);
    }
    let token = call.text("webhook_token");
    let found = world.interactions.values().find(|i| i.token == token).ok_or(INVALID_WEBHOOK_TOKEN)?;
    if found.is_void(world.clock.now_ms()) {
        return Err(INVALID_WEBHOOK_TOKEN);
    }
    if found.answer.is_none() {
        return Err(UNKNOWN_WEBHOOK);
    }
    Ok(found.clone())
}

fn alive(world: &World, id: Option<Id>) -> Result<Message, Refusal> {
    id.and_then(|id| world.messages.get(&id)).filter(|m| !m.deleted).cloned().ok_or(UNKNOWN_MESSAGE)
}

fn original(world: &World, call: &Call) -> Result<Message, Refusal> {
    alive(world, answered(world, call)?.original)
}

fn by_id(world: &World, call: &Call) -> Result<Message, Refusal> {
    let interaction = answered(world, call)?;
    let id = call.id("message_id")?;
    let own = interaction.original == Some(id) || interaction.follow_ups.contains(&id);
    alive(world, Some(id).filter(|_| own))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Done {
    let interaction = answered(world, call)?;
    let placeholder = interaction.original.and_then(|id| world.messages.get(&id)).filter(|m| m.is_loading()).cloned();
    if let (Some(Answer::Deferred), Some(placeholder)) = (&interaction.answer, placeholder) {
        // The first follow-up after a deferral becomes its text; a changed ephemeral flag is ignored.
        return resolve(world, call, &placeholder);
    }
    let draft = draft(world, &interaction, &call.body);
    let mut message = compose(world, &call.body, &call.uploads, draft)?;
    message.reply_to = interaction.original;
    let id = message.id;
    if let Some(entry) = world.interactions.get_mut(&interaction.id) {
        entry.follow_ups.push(id);
    }
    world.apply(Change::MessageCreated(Box::new(message)));
    Reply::ok(world.message_json(&world.messages[&id], Content::Granted))
}

/// Edits a message; a placeholder gets its first text without showing as edited.
fn resolve(world: &mut World, call: &Call, old: &Message) -> Done {
    let message = revise(world, &call.body, &call.uploads, old, Unstated::UsersOnly)?;
    let edited = if old.is_loading() { Edited::Silently } else { Edited::Visibly };
    world.apply(Change::MessageEdited(Box::new(message), edited));
    Reply::ok(world.message_json(&world.messages[&old.id], Content::Granted))
}

fn show(world: &World, message: &Message) -> Done {
    Reply::ok(world.message_json(message, Content::Granted))
}

fn remove(world: &mut World, message: &Message) -> Done {
    world.apply(Change::MessageDeleted(message.id));
    Ok(Reply::Nothing)
}

pub(crate) fn get_original(world: &mut World, call: &Call) -> Done {
    let message = original(world, call)?;
    show(world, &message)
}

pub(crate) fn edit_original(world: &mut World, call: &Call) -> Done {
    let message = original(world, call)?;
    resolve(world, call, &message)
}

pub(crate) fn delete_original(world: &mut World, call: &Call) -> Done {
    let message = original(world, call)?;
    remove(world, &message)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    let message = by_id(world, call)?;
    show(world, &message)
}

pub(crate) fn edit(world: &mut World, call: &Call) -> Done {
    let message = by_id(world, call)?;
    resolve(world, call, &message)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Done {
    let message = by_id(world, call)?;
    remove(world, &message)
}
