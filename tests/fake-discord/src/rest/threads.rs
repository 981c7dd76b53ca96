//! Threads and who is in them (documentation: topics/threads, resources/channel). Never their messages.

use serde_json::{Value, json};

use crate::id::Id;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::channel::{Channel, Place, Thread, thread_member_json};
use crate::world::mention::Unstated;
use crate::world::message::{By, Content};

use super::channels::demand;
use super::compose::{Draft, compose};
use super::guilds;
use super::messages::named;
use super::refusal::{ARCHIVED, HAS_THREAD, MISSING_PERMISSIONS, Refusal, UNKNOWN_MEMBER, WRONG_CHANNEL_TYPE};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

fn build(world: &World, id: Id, parent: Id, body: &Value) -> Channel {
    let mut thread = Thread::begun(world.bot, world.clock.now_ms());
    thread.private = body["type"] == 12;
    thread.auto_archive_minutes = body["auto_archive_duration"].as_u64().unwrap_or(4320);
    Channel {
        id,
        name: body["name"].as_str().unwrap_or("thread").to_owned(),
        place: Place::Thread(thread),
        parent: Some(parent),
        topic: None,
        overwrites: Vec::new(),
        position: 0,
        nsfw: false,
    }
}

pub(crate) fn from_message(world: &mut World, call: &Call) -> Done {
    let parent = demand(world, call.id("channel_id")?, Permission::CREATE_PUBLIC_THREADS)?;
    if parent.place != Place::Text {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let mut message = named(world, call, parent.id)?;
    if message.thread.is_some() {
        return Err(HAS_THREAD);
    }
    // The thread has the id of the message it starts from.
    let thread = build(world, message.id, parent.id, &call.body);
    let id = thread.id;
    world.apply(Change::ChannelCreated(thread));
    message.thread = Some(id);
    message.flags |= 1 << 5;
    world.apply(Change::MessageEdited(Box::new(message), Edited::Silently));
    Ok(Reply::Json(201, world.channel_json(&world.channels[&id])))
}

pub(crate) fn create(world: &mut World, call: &Call) -> Done {
    let bits =
        if call.body["type"] == 12 { Permission::CREATE_PRIVATE_THREADS } else { Permission::CREATE_PUBLIC_THREADS };
    let parent = demand(world, call.id("channel_id")?, 0)?;
    let needed = if parent.place == Place::Forum { Permission::SEND_MESSAGES } else { bits };
    if !world.may(world.bot, &parent, needed) {
        return Err(MISSING_PERMISSIONS);
    }
    let id = world.next_id();
    match parent.place {
        Place::Text => {
            let thread = build(world, id, parent.id, &call.body);
            world.apply(Change::ChannelCreated(thread));
            Ok(Reply::Json(201, world.channel_json(&world.channels[&id])))
        }
        Place::Forum => create_post(world, call, parent.id),
        Place::Direct(_) | Place::Thread(_) => Err(WRONG_CHANNEL_TYPE),
    }
}

/// A post of a forum is a thread with its first message; both have one id.
fn create_post(world: &mut World, call: &Call, parent: Id) -> Done {
    let draft = Draft {
        channel: parent,
        by: By::User(world.bot),
        author_name: world.options.bot_name.clone(),
        interaction: None,
        ephemeral_for: None,
        unstated: Unstated::Everything,
    };
    let mut message = compose(world, &call.body["message"], &call.uploads, draft)?;
    message.channel = message.id;
    let id = message.id;
    let thread = build(world, id, parent, &call.body);
    world.apply(Change::ChannelCreated(thread));
    world.apply(Change::MessageCreated(Box::new(message)));
    let mut answer = world.channel_json(&world.channels[&id]);
    answer["message"] = world.message_json(&world.messages[&id], Content::Granted);
    Ok(Reply::Json(201, answer))
}

pub(crate) fn active(world: &mut World, call: &Call) -> Done {
    guilds::known(world, call)?;
    let open = |c: &&Channel| {
        c.thread().is_some_and(|thread| !thread.archived) && world.may(world.bot, c, Permission::VIEW_CHANNEL)
    };
    let threads: Vec<&Channel> = world.channels.values().filter(open).collect();
    listed(world, &threads, More::No)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    Yes,
    No,
}

fn listed(world: &World, threads: &[&Channel], more: More) -> Done {
    let member = |c: &&Channel| {
        let thread = c.thread().filter(|thread| thread.members.contains(&world.bot))?;
        Some(thread_member_json(c.id, world.bot, thread))
    };
    Reply::ok(json!({
        "threads": threads.iter().map(|c| world.channel_json(c)).collect::<Vec<_>>(),
        "members": threads.iter().filter_map(member).collect::<Vec<_>>(),
        "has_more": more == More::Yes,
    }))
}

/// Archived threads of a channel that anybody may see, the last archived first (resources/channel).
pub(crate) fn archived_public(world: &mut World, call: &Call) -> Done {
    archived(world, call, |thread, _| !thread.private)
}

/// Archived private threads of a channel that the bot is in.
pub(crate) fn archived_joined(world: &mut World, call: &Call) -> Done {
    archived(world, call, |thread, bot| thread.private && thread.members.contains(&bot))
}

fn archived(world: &World, call: &Call, fits: fn(&Thread, Id) -> bool) -> Done {
    let parent = demand(world, call.id("channel_id")?, Permission::READ_MESSAGE_HISTORY)?;
    if matches!(parent.place, Place::Direct(_) | Place::Thread(_)) {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let Ok(limit @ 2..=100) = call.query("limit").map_or(Ok(50), str::parse::<usize>) else {
        return Err(Refusal::form("limit", "NUMBER_TYPE_MIN", "int value should be between 2 and 100."));
    };
    let sleeps = |c: &&Channel| {
        c.parent == Some(parent.id) && c.thread().is_some_and(|thread| thread.archived && fits(thread, world.bot))
    };
    let mut threads: Vec<&Channel> = world.channels.values().filter(sleeps).collect();
    threads.sort_by_key(|c| std::cmp::Reverse((c.thread().map(|thread| thread.turned_ms), c.id)));
    let more = if threads.len() > limit { More::Yes } else { More::No };
    threads.truncate(limit);
    listed(world, &threads, more)
}

pub(crate) fn members(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    let thread = channel.thread().ok_or(WRONG_CHANNEL_TYPE)?;
    Reply::ok(thread.members.iter().map(|user| thread_member_json(channel.id, *user, thread)).collect())
}

enum Membership {
    In,
    Out,
}

fn set_member(world: &mut World, call: &Call, user: Id, membership: Membership) -> Done {
    let mut channel = demand(world, call.id("channel_id")?, 0)?;
    if !world.guild.members.contains_key(&user) {
        return Err(UNKNOWN_MEMBER);
    }
    let Place::Thread(thread) = &mut channel.place else { return Err(WRONG_CHANNEL_TYPE) };
    if thread.archived {
        return Err(ARCHIVED);
    }
    thread.members.retain(|id| *id != user);
    if matches!(membership, Membership::In) {
        thread.members.push(user);
    }
    world.apply(Change::ChannelUpdated(channel));
    Ok(Reply::Nothing)
}

pub(crate) fn join(world: &mut World, call: &Call) -> Done {
    let bot = world.bot;
    set_member(world, call, bot, Membership::In)
}

pub(crate) fn leave(world: &mut World, call: &Call) -> Done {
    let bot = world.bot;
    set_member(world, call, bot, Membership::Out)
}

pub(crate) fn add_member(world: &mut World, call: &Call) -> Done {
    set_member(world, call, call.id("user_id")?, Membership::In)
}

pub(crate) fn remove_member(world: &mut World, call: &Call) -> Done {
    set_member(world, call, call.id("user_id")?, Membership::Out)
}
