//! The guild, its roles and members (documentation: resources/guild). The bot can leave it; all else only tests change.

use serde_json::Value;

use crate::id::Id;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::channel::Channel;
use crate::world::guild::Role;

use super::refusal::{MISSING_ACCESS, Refusal, UNKNOWN_GUILD, UNKNOWN_MEMBER};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// Refuses every guild but the one there is.
pub(crate) fn known(world: &World, call: &Call) -> Result<(), Refusal> {
    match call.id("guild_id")? {
        id if id != world.guild.id => Err(UNKNOWN_GUILD),
        _ if !world.is_joined() => Err(MISSING_ACCESS),
        _ => Ok(()),
    }
}

pub(crate) fn leave(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    world.bot_leaves();
    Ok(Reply::Nothing)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    let mut guild = world.guild.json();
    if call.asks("with_counts") {
        guild["approximate_member_count"] = world.guild.members.len().into();
        guild["approximate_presence_count"] = 1.into();
    }
    Reply::ok(guild)
}

pub(crate) fn channels(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    let seen =
        |c: &&Channel| !c.is_direct() && c.thread().is_none() && world.may(world.bot, c, Permission::VIEW_CHANNEL);
    Reply::ok(world.channels.values().filter(seen).map(|c| world.channel_json(c)).collect())
}

pub(crate) fn roles(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    Reply::ok(world.guild.roles.iter().map(Role::json).collect())
}

pub(crate) fn members(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    let after = call.query_id("after").unwrap_or(Id::new(0));
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(1);
    let ids = world.guild.members.keys().filter(|id| **id > after).take(limit);
    Reply::ok(ids.filter_map(|id| world.member_json(*id)).collect())
}

pub(crate) fn member(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    let user = if call.text("user_id") == "@me" { world.bot } else { call.id("user_id")? };
    Reply::ok(world.member_json(user).ok_or(UNKNOWN_MEMBER)?)
}

pub(crate) fn own_member(world: &mut World, call: &Call) -> Done {
    known(world, call)?;
    let member: Value = world.member_json(world.bot).ok_or(UNKNOWN_MEMBER)?;
    Reply::ok(member)
}
