//! Reactions (documentation: resources/message, "Create Reaction"). Never other people's, except to remove them.

use crate::permissions::Permission;
use crate::world::World;
use crate::world::change::Change;

use super::channels::demand;
use super::messages::named;
use super::refusal::{ARCHIVED, MISSING_PERMISSIONS, Refusal, UNKNOWN_EMOJI};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

pub(crate) fn add(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, Permission::READ_MESSAGE_HISTORY)?;
    let message = named(world, call, channel.id)?;
    if channel.thread().is_some_and(|thread| thread.archived) {
        return Err(ARCHIVED);
    }
    let emoji = call.text("emoji_name").to_owned();
    check_emoji(&emoji)?;
    // Joining a reaction that is there needs no right; a new one does.
    let there = message.reactions.iter().any(|reaction| reaction.emoji == emoji);
    if !there && !world.may(world.bot, &channel, Permission::ADD_REACTIONS) {
        return Err(MISSING_PERMISSIONS);
    }
    let user = world.bot;
    world.apply(Change::ReactionAdded { message: message.id, user, emoji });
    Ok(Reply::Nothing)
}

pub(crate) fn remove_own(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, 0)?;
    let message = named(world, call, channel.id)?.id;
    let (user, emoji) = (world.bot, call.text("emoji_name").to_owned());
    world.apply(Change::ReactionRemoved { message, user, emoji });
    Ok(Reply::Nothing)
}

pub(crate) fn remove(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, Permission::MANAGE_MESSAGES)?;
    let message = named(world, call, channel.id)?.id;
    let (user, emoji) = (call.id("user_id")?, call.text("emoji_name").to_owned());
    world.apply(Change::ReactionRemoved { message, user, emoji });
    Ok(Reply::Nothing)
}

/// A unicode emoji, or `name:id`; plain words are no emoji.
fn check_emoji(emoji: &str) -> Result<(), Refusal> {
    let custom = emoji.split_once(':').is_some_and(|(name, id)| !name.is_empty() && id.parse::<u64>().is_ok());
    let unicode = !emoji.is_empty() && emoji.chars().all(|c| !c.is_ascii_alphabetic()) && !emoji.is_ascii();
    if custom || unicode { Ok(()) } else { Err(UNKNOWN_EMOJI) }
}
