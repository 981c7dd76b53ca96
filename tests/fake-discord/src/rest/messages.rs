//! Messages of a channel (documentation: resources/message). Never those of webhooks and interactions.

use serde_json::Value;

use crate::id::Id;
use crate::intents::Intent;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::channel::{Channel, Place};
use crate::world::mention::Unstated;
use crate::world::message::{By, Content, Message};

use super::channels::{demand, sending};
use super::compose::{Draft, compose, revise};
use super::refusal::{
    ARCHIVED, LOCKED, MISSING_PERMISSIONS, NON_TEXT_CHANNEL, NOT_THE_AUTHOR, Refusal, UNKNOWN_MESSAGE,
};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// How long a nonce is remembered: "the past few minutes".
const NONCE_MS: u64 = 5 * 60 * 1000;

/// What REST shows of content: the app's switch decides, as sessions' intents do for events.
pub(crate) fn rest_content(world: &World) -> Content {
    if world.options.privileged_intents & Intent::MESSAGE_CONTENT != 0 { Content::Granted } else { Content::Withheld }
}

/// The message a path names, if it is in that channel and there.
pub(crate) fn named(world: &World, call: &Call, channel: Id) -> Result<Message, Refusal> {
    let id = call.id("message_id")?;
    let there = |m: &&Message| m.channel == channel && !m.deleted && !m.is_ephemeral();
    world.messages.get(&id).filter(there).cloned().ok_or(UNKNOWN_MESSAGE)
}

pub(crate) fn list(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    if !world.may(world.bot, &channel, Permission::READ_MESSAGE_HISTORY) {
        return Reply::ok(Value::Array(Vec::new()));
    }
    let limit = call.query("limit").map_or(Ok(50), |limit| match limit.parse::<usize>() {
        Ok(limit @ 1..=100) => Ok(limit),
        _ => Err(Refusal::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")),
    })?;
    let ids: Vec<Id> = world
        .messages
        .values()
        .filter(|m| m.channel == channel.id && !m.deleted && !m.is_ephemeral())
        .map(|m| m.id)
        .collect();
    let content = rest_content(world);
    let page = page(&ids, call, limit);
    Reply::ok(page.into_iter().map(|id| as_history(world, &world.messages[&id], content)).collect())
}

/// A message as it is read later: the nonce is told only to whoever is there when it is sent.
fn as_history(world: &World, message: &Message, content: Content) -> Value {
    let mut told = world.message_json(message, content);
    if let Some(fields) = told.as_object_mut() {
        fields.remove("nonce");
    }
    told
}

/// Newest first, whichever way the page was asked for.
fn page(ids: &[Id], call: &Call, limit: usize) -> Vec<Id> {
    let mut page: Vec<Id> = if let Some(after) = call.query_id("after") {
        ids.iter().filter(|id| **id > after).take(limit).copied().collect()
    } else if let Some(around) = call.query_id("around") {
        let at = ids.partition_point(|id| *id < around);
        ids.iter().skip(at.saturating_sub(limit / 2)).take(limit).copied().collect()
    } else {
        let before = call.query_id("before").unwrap_or(Id::new(u64::MAX));
        ids.iter().rev().filter(|id| **id < before).take(limit).copied().collect()
    };
    page.sort_by(|a, b| b.cmp(a));
    page
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    if !world.may(world.bot, &channel, Permission::READ_MESSAGE_HISTORY) {
        return Err(MISSING_PERMISSIONS);
    }
    let message = named(world, call, channel.id)?;
    let content = rest_content(world);
    Reply::ok(as_history(world, &message, content))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    if !world.may(world.bot, &channel, sending(&channel)) {
        return Err(MISSING_PERMISSIONS);
    }
    if channel.place == Place::Forum {
        return Err(NON_TEXT_CHANNEL);
    }
    if let Some(first) = same_nonce(world, call, channel.id) {
        return Reply::ok(world.message_json(&first, Content::Granted));
    }
    let draft = Draft {
        channel: channel.id,
        by: By::User(world.bot),
        author_name: world.options.bot_name.clone(),
        interaction: None,
        ephemeral_for: None,
        unstated: Unstated::Everything,
    };
    let message = compose(world, &call.body, &call.uploads, draft)?;
    open_thread(world, channel)?;
    let id = message.id;
    world.apply(Change::MessageCreated(Box::new(message)));
    Reply::ok(world.message_json(&world.messages[&id], Content::Granted))
}

/// With `enforce_nonce` a repeat within a few minutes gives the first message again (resources/message).
fn same_nonce(world: &World, call: &Call, channel: Id) -> Option<Message> {
    let nonce = &call.body["nonce"];
    if nonce.is_null() || call.body["enforce_nonce"] != true {
        return None;
    }
    let now = world.clock.now_ms();
    let same = |m: &&Message| {
        m.channel == channel
            && m.by == By::User(world.bot)
            && m.nonce.as_ref() == Some(nonce)
            && now < m.sent_ms + NONCE_MS
    };
    world.messages.values().rev().find(same).cloned()
}

/// Speaking opens an archived thread. In a locked one, archived or not, only those speak who manage threads
/// (topics/threads, "Active & Archived Threads"; topics/opcodes-and-status-codes).
pub(crate) fn open_thread(world: &mut World, mut channel: Channel) -> Result<(), Refusal> {
    let manages = world.may(world.bot, &channel, Permission::MANAGE_THREADS);
    let Place::Thread(thread) = &mut channel.place else { return Ok(()) };
    if thread.locked && !manages {
        return Err(if thread.archived { ARCHIVED } else { LOCKED });
    }
    if !thread.archived {
        return Ok(());
    }
    thread.archived = false;
    world.apply(Change::ChannelUpdated(channel));
    Ok(())
}

pub(crate) fn edit(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    let old = named(world, call, channel.id)?;
    if old.by != By::User(world.bot) {
        return Err(NOT_THE_AUTHOR);
    }
    if channel.thread().is_some_and(|thread| thread.archived) {
        return Err(ARCHIVED);
    }
    let message = revise(world, &call.body, &call.uploads, &old, Unstated::Everything)?;
    world.apply(Change::MessageEdited(Box::new(message), Edited::Visibly));
    Reply::ok(world.message_json(&world.messages[&old.id], Content::Granted))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    let message = named(world, call, channel.id)?;
    let own = message.by == By::User(world.bot);
    if !own && !world.may(world.bot, &channel, Permission::MANAGE_MESSAGES) {
        return Err(MISSING_PERMISSIONS);
    }
    world.apply(Change::MessageDeleted(message.id));
    Ok(Reply::Nothing)
}
