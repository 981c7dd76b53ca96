//! Threads and forum posts: whose they are, and the side tables that begin in them.
//! A side table is like its parent's in all but its story; what is played in it is its own.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{ChannelId, ChannelType, Message};
use tracing::{error, info, warn};

use super::commands::Failure;
use super::door::Door;
use super::ingest::{Heard, Look};
use super::knobs::Knobs;
use super::snowflakes::{snowflake, written_at};
use super::{archived, convert, forms, hearing};
use crate::config::{TableConfig, Threads, Wishes};
use crate::telemetry::new_error_id;

/// How short an absence is in which nobody writes in a thread and archives it.
const MOMENT_MS: i64 = 10_000;

/// A message where no table is: a thread of a table's channel, perhaps. Whether somebody hears it now.
pub(super) async fn heard(context: &serenity::Context, door: &Arc<Door>, message: &Message) {
    // Our own messages never begin anything; in a channel that has just gone Discord need not be asked about them.
    if message.author.id.get() == door.identity.us {
        return;
    }
    let Some((parent, called)) = parent(context, door, message.channel_id).await else { return };
    let Some((table, knobs)) = door.table_in(parent) else { return };
    let overheard =
        convert::overheard(message, convert::Us { user: door.identity.us, application: door.identity.application });
    if hearing::meant(&overheard, door.identity.us, knobs.listen, &door.parts.config.discord.hear_bots).is_none() {
        return;
    }
    let channel = message.channel_id.get();
    let written = Heard::Written(Box::new(message.clone()));
    if knobs.threads == Threads::Parent && !door.roles.is_forum(parent) {
        door.lend(channel, parent);
        return door.heard(channel, written).await;
    }
    if let Err(failure) = begin(door, &table, channel, &called, message.id.get()).await {
        let error_id = new_error_id();
        error!(channel, %error_id, error = %failure, "a thread's table was not opened");
    }
    door.heard(channel, written).await;
}

/// A thread of a table's channel, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    /// Its id, as a channel.
    pub id: u64,
    /// The channel it belongs to.
    pub parent: u64,
    /// Its name.
    pub called: String,
    /// The newest message in it, as far as Discord tells.
    pub newest: u64,
}

/// Looks for threads of tables' channels that were begun or written to while nobody listened.
pub(super) async fn look_for(context: &serenity::Context, door: &Arc<Door>) {
    let since = since(door);
    for thread in open_threads(context).into_iter().filter(|thread| thread.newest > since) {
        take_in(door, thread).await;
    }
}

/// The same for threads of one channel that were archived since. A channel that was heard a moment ago is spared: each
/// list is a request, and a start has many channels.
pub(super) async fn look_for_archived(context: &serenity::Context, door: &Arc<Door>, channel: u64) {
    let heard_upto = match door.parts.store.place(&convert::place(channel)).await {
        Ok(place) => place.map_or(0, |place| place.heard_upto),
        Err(failure) => return warn!(channel, error = %failure, "archived threads were not looked for"),
    };
    if (door.parts.now)().millis() - written_at(heard_upto).millis() < MOMENT_MS {
        return;
    }
    for thread in archived::threads_of(door.rest(), &context.cache, channel, since(door)).await {
        take_in(door, thread).await;
    }
}

fn look(door: &Door) -> Look<'_> {
    Look { rest: door.rest(), bounds: door.parts.config.discord.look_back, now: (door.parts.now)() }
}

/// What was written before this message is too old to be answered.
fn since(door: &Door) -> u64 {
    look(door).oldest()
}

/// What is meant for the bot in a thread that nobody hears yet begins a table of its own, or is lent to the channel's.
async fn take_in(door: &Arc<Door>, thread: Thread) {
    let Some((table, knobs)) = door.table_in(thread.parent) else { return };
    if door.at(thread.id).is_some() {
        return;
    }
    if knobs.threads == Threads::Parent && !door.roles.is_forum(thread.parent) {
        return door.lend(thread.id, thread.parent);
    }
    if let Err(failure) = begin_late(door, &table, &thread, knobs).await {
        warn!(channel = thread.id, error = %failure, "what was missed in a thread was not read");
    }
}

/// Every thread that is open, as Discord told when we connected and since.
fn open_threads(context: &serenity::Context) -> Vec<Thread> {
    let guilds = context.cache.guilds().into_iter().filter_map(|guild| context.cache.guild(guild));
    let seen = |thread: &serenity::GuildChannel| {
        let (id, newest) = (thread.id.get(), thread.last_message_id.map_or(0, |message| message.get()));
        Some(Thread { id, parent: thread.parent_id?.get(), called: thread.name.clone(), newest: newest.max(id) })
    };
    guilds.flat_map(|guild| guild.threads.iter().filter_map(seen).collect::<Vec<_>>()).collect()
}

/// Begins a thread's table if something in it was meant for the bot while it did not listen. The table reads it back.
async fn begin_late(door: &Arc<Door>, table: &TableConfig, thread: &Thread, knobs: Knobs) -> Result<(), Failure> {
    let Some(heard_upto) = unheard_since(door, thread).await? else { return Ok(()) };
    let us = convert::Us { user: door.identity.us, application: door.identity.application };
    let missed = look(door).since(thread.id, heard_upto).await?;
    let meant = missed.messages.iter().find(|message| {
        let overheard = convert::overheard(message, us);
        hearing::meant(&overheard, us.user, knobs.listens_to(message.id.get()), &door.parts.config.discord.hear_bots)
            .is_some()
    });
    let Some(first) = meant else { return Ok(()) };
    begin(door, table, thread.id, &thread.called, first.id.get()).await?;
    if let Some(begun) = door.at(thread.id) {
        door.look_back_in(&begun).await;
    }
    Ok(())
}

/// From where on nobody has heard what was said in a thread without a table. The parent's mark says nothing about it: that
/// moves with what is read in the parent, and a forum is never read. What is meant for the bot begins a table when it is
/// heard, so in a thread that never had one everything since the parent was reached was not meant, or was missed.
async fn unheard_since(door: &Door, thread: &Thread) -> Result<Option<u64>, Failure> {
    let store = &door.parts.store;
    if let Some(own) = store.place(&convert::place(thread.id)).await? {
        return Ok(Some(own.heard_upto));
    }
    let parent = store.place(&convert::place(thread.parent)).await?;
    Ok(parent.map(|parent| parent.heard_upto.min(snowflake(parent.opened_at))))
}

/// A channel or thread is gone. Its table's log and story stay.
pub(super) async fn gone(door: &Door, channel: u64) {
    if door.at(channel).is_none() {
        return;
    }
    door.leave(channel);
    if let Err(failure) = door.parts.store.close_table(&convert::place(channel), (door.parts.now)()).await {
        warn!(channel, error = %failure, "a table without a channel was not closed");
    }
    info!(channel, "a table's channel is gone");
}

/// The channel that a thread belongs to, and what the thread is called; none for anything else.
async fn parent(context: &serenity::Context, door: &Door, channel: ChannelId) -> Option<(u64, String)> {
    let known = convert::guild_of(&context.cache, channel).and_then(|guild| {
        let guild = context.cache.guild(guild)?;
        if guild.channels.contains_key(&channel) {
            return Some(None);
        }
        let thread = guild.threads.iter().find(|thread| thread.id == channel)?;
        Some(Some((thread.parent_id?.get(), thread.name.clone())))
    });
    if let Some(known) = known {
        return known;
    }
    // A thread that was archived when we connected and woke up since is in no cache.
    let found = door.rest().get(&format!("/channels/{channel}")).await.ok()?;
    let kind = found["type"].as_u64()?;
    let threads = [ChannelType::NewsThread, ChannelType::PublicThread, ChannelType::PrivateThread];
    let is_thread = threads.iter().any(|thread| u64::from(u8::from(*thread)) == kind);
    let parent = found["parent_id"].as_str()?.parse().ok()?;
    is_thread.then(|| (parent, found["name"].as_str().unwrap_or_default().to_owned()))
}

/// Opens a side table in a thread, once. The place begins before `message`, so that a crash does not lose it.
async fn begin(door: &Door, parent: &TableConfig, channel: u64, called: &str, message: u64) -> Result<(), Failure> {
    let _one = door.adopting.lock().await;
    if door.at(channel).is_some() {
        return Ok(());
    }
    let (store, now, place) = (&door.parts.store, (door.parts.now)(), convert::place(channel));
    let wishes = Wishes { side_of: Some(parent.name.to_string()), ..Wishes::default() };
    let wanted = format!("{}-{}", parent.name, forms::place_name(called, channel));
    let wanted: String = wanted.chars().take(40).collect();
    let name = forms::free_name(door, wanted.trim_end_matches('-'), channel).await?;
    let table = wishes.table(name.clone(), Some(parent));
    let row = store.ensure_table(&name, now).await?;
    store.ensure_place(&place, row.id, message.saturating_sub(1), now).await?;
    store.open_table(row.id, &place, serde_json::to_string(&wishes)?, now).await?;
    door.parts.roster.add(table.clone());
    door.reach(&table, channel).await?;
    info!(table = %name, parent = %parent.name, channel, "a thread is a side table");
    Ok(())
}
