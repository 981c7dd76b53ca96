//! What the gateway brings, handed to whom it concerns. Each event runs in a task of its own.
//! It decides nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use poise::serenity_prelude as serenity;
use serenity::FullEvent;
use tracing::{error, info};

use super::commands::{self, Failure};
use super::door::{Door, Reached};
use super::hearing::{self, Author, Overheard};
use super::ingest::Heard;
use super::{ask_presses, card, convert, forms, letters, lines, presses, threads};
use crate::telemetry::{Gateway, new_error_id};

/// How long is waited for the servers' roles before missed messages are read; without them people keep their roles.
const SERVERS: Duration = Duration::from_secs(2);

/// In how many channels is looked back at once.
const AT_ONCE: usize = 4;

/// What poise calls for every event.
pub(super) fn handle<'a>(
    framework: poise::FrameworkContext<'a, Arc<Door>, Failure>,
    event: &'a FullEvent,
) -> poise::BoxFuture<'a, Result<(), Failure>> {
    let (context, door) = (framework.serenity_context, framework.user_data);
    Box::pin(async move {
        take(context, door, event).await;
        Ok(())
    })
}

async fn take(context: &serenity::Context, door: &Arc<Door>, event: &FullEvent) {
    match event {
        FullEvent::Ready { data_about_bot } => {
            info!(servers = data_about_bot.guilds.len(), "connected to Discord");
            door.parts.metrics.gateway_is(Gateway::Connected);
            door.roles.know(&context.cache);
            door.is_ready().await;
            // What was missed does not wait until Discord has taken the commands.
            tokio::join!(register(door), look_back(context, door));
        }
        FullEvent::Resume { .. } => {
            info!("the connection to Discord is back");
            door.parts.metrics.gateway_is(Gateway::Connected);
            door.look_back().await;
        }
        FullEvent::Message { new_message } => {
            let channel = new_message.channel_id.get();
            if door.at(channel).is_none() {
                return threads::heard(context, door, new_message).await;
            }
            door.heard(channel, Heard::Written(Box::new(new_message.clone()))).await;
        }
        FullEvent::MessageUpdate { event, .. } => {
            if let Some(overheard) = edited(event) {
                let channel = event.channel_id.get();
                door.heard(channel, Heard::Edited { channel, overheard }).await;
            }
        }
        FullEvent::MessageDelete { channel_id, deleted_message_id, .. } => {
            let (channel, messages) = (channel_id.get(), vec![deleted_message_id.get()]);
            door.heard(channel, Heard::Removed { channel, messages }).await;
        }
        FullEvent::MessageDeleteBulk { channel_id, multiple_deleted_messages_ids, .. } => {
            let messages = multiple_deleted_messages_ids.iter().map(|id| id.get()).collect();
            let channel = channel_id.get();
            door.heard(channel, Heard::Removed { channel, messages }).await;
        }
        // A thread's flag is that of the channel above it, so every table looks.
        FullEvent::ChannelUpdate { .. } | FullEvent::GuildCreate { .. } => door.check_ages().await,
        FullEvent::ThreadUpdate { new, .. } if new.thread_metadata.is_some_and(|thread| thread.archived) => {
            door.unlend(new.id.get());
        }
        FullEvent::ThreadDelete { thread, .. } => threads::gone(door, thread.id.get()).await,
        FullEvent::ChannelDelete { channel, .. } => threads::gone(door, channel.id.get()).await,
        FullEvent::InteractionCreate { interaction: serenity::Interaction::Component(press) } => {
            pressed(context, door, press).await;
        }
        FullEvent::InteractionCreate { interaction: serenity::Interaction::Modal(form) } => {
            sent(context, door, form).await;
        }
        _ => {}
    }
}

async fn register(door: &Arc<Door>) {
    if let Err(failure) = commands::register(door).await {
        let error_id = new_error_id();
        error!(%error_id, error = %failure, detail = ?failure, "commands not registered");
    }
}

/// After a new session: reads what no event brought, also in threads that nobody has heard of yet.
async fn look_back(context: &serenity::Context, door: &Arc<Door>) {
    wait_for_servers(context, door).await;
    let tables = door.all();
    threads::look_for(context, door).await;
    let look_back = |reached: Arc<Reached>| async move {
        // Before the channel counts as looked at, because what is found is read from where the channel was heard to.
        threads::look_for_archived(context, door, reached.channel).await;
        door.look_back_in(&reached).await;
    };
    futures_util::stream::iter(tables).for_each_concurrent(AT_ONCE, look_back).await;
}

/// A button: one under something asked, one on an envelope, or one under a reply.
async fn pressed(context: &serenity::Context, door: &Arc<Door>, press: &serenity::ComponentInteraction) {
    let taken = card::take(context, door, press).await || ask_presses::take(context, door, press).await;
    if !taken && !letters::take(context, door, press).await {
        presses::take(context, door, press).await;
    }
}

/// A form: an answer in one's own words, or the one that opens a table.
async fn sent(context: &serenity::Context, door: &Arc<Door>, form: &serenity::ModalInteraction) {
    let taken = commands::take_lines(context, door, form).await || ask_presses::take_form(context, door, form).await;
    if !taken && !lines::take(context, door, form).await {
        forms::take(context, door, form).await;
    }
}

/// What an edited message says now; none where only its look changed, as when a link's preview comes.
fn edited(event: &serenity::MessageUpdateEvent) -> Option<Overheard> {
    event.edited_timestamp?;
    let mentions = event.mentions.iter().flatten();
    let mentions = mentions.map(|user| (user.id.get(), hearing::name(user.display_name(), user.id.get())));
    Some(Overheard {
        message: event.id.get(),
        author: Author::default(),
        content: event.content.clone()?,
        mentions: mentions.collect(),
        answers_us: false,
        files: event.attachments.iter().flatten().map(convert::offered).collect(),
        plain: true,
    })
}

/// Until every table's server is known, or for a while.
async fn wait_for_servers(context: &serenity::Context, door: &Door) {
    let step = Duration::from_millis(50);
    for _ in 0..SERVERS.as_millis() / step.as_millis() {
        if door
            .channels()
            .into_iter()
            .all(|channel| convert::guild_of(&context.cache, serenity::ChannelId::new(channel)).is_some())
        {
            return;
        }
        tokio::time::sleep(step).await;
    }
}
