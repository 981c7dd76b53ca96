//! Channels and typing (documentation: resources/channel). Never messages.

use serde_json::Value;

use crate::id::Id;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::change::Change;
use crate::world::channel::{Channel, Place};

use super::refusal::{ARCHIVED, MISSING_ACCESS, MISSING_PERMISSIONS, Refusal, UNKNOWN_CHANNEL};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// The channel, if it exists and the bot may do all of `bits` there.
pub(crate) fn demand(world: &World, id: Id, bits: u64) -> Result<Channel, Refusal> {
    let channel = world.channels.get(&id).ok_or(UNKNOWN_CHANNEL)?;
    if !world.may(world.bot, channel, Permission::VIEW_CHANNEL) {
        return Err(MISSING_ACCESS);
    }
    if !world.may(world.bot, channel, bits) {
        return Err(MISSING_PERMISSIONS);
    }
    Ok(channel.clone())
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    Reply::ok(world.channel_json(&channel))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Done {
    let id = call.id("channel_id")?;
    let mut channel = demand(world, id, 0)?;
    let needed = if channel.thread().is_some() { Permission::MANAGE_THREADS } else { Permission::MANAGE_CHANNELS };
    let bot = world.bot;
    let owns = channel.thread().is_some_and(|thread| thread.owner == bot);
    if !owns && !world.may(bot, &channel, needed) {
        return Err(MISSING_PERMISSIONS);
    }
    if let Some(name) = call.body["name"].as_str() {
        channel.name = name.to_owned();
    }
    match &call.body["topic"] {
        Value::String(topic) => channel.topic = Some(topic.clone()),
        Value::Null => {}
        _ => return Err(Refusal::form("topic", "BASE_TYPE_BAD_STRING", "Not a string.")),
    }
    if let Place::Thread(thread) = &mut channel.place {
        // An archived thread takes no other change than being opened again (topics/threads).
        if thread.archived && call.body["archived"] != false {
            return Err(ARCHIVED);
        }
        thread.archived = call.body["archived"].as_bool().unwrap_or(thread.archived);
        thread.locked = call.body["locked"].as_bool().unwrap_or(thread.locked);
        thread.auto_archive_minutes =
            call.body["auto_archive_duration"].as_u64().unwrap_or(thread.auto_archive_minutes);
    }
    world.apply(Change::ChannelUpdated(channel));
    Reply::ok(world.channel_json(&world.channels[&id]))
}

pub(crate) fn typing(world: &mut World, call: &Call) -> Done {
    let id = call.id("channel_id")?;
    let channel = demand(world, id, 0)?;
    if !world.may(world.bot, &channel, sending(&channel)) {
        return Err(MISSING_PERMISSIONS);
    }
    let user = world.bot;
    world.apply(Change::TypingStarted { channel: id, user });
    Ok(Reply::Nothing)
}

/// What speaking in a channel needs.
pub(crate) fn sending(channel: &Channel) -> u64 {
    match channel.place {
        Place::Thread(_) => Permission::SEND_MESSAGES_IN_THREADS,
        _ => Permission::SEND_MESSAGES,
    }
}
