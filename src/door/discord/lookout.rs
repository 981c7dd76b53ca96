//! Watches the gateway while a bot is being set up, until somebody writes to it: what changes is told at once.
//! It plays at no table and keeps nothing; it says one sentence, to whoever mentioned the bot first.

use std::time::Duration;

use poise::serenity_prelude as serenity;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::arrival::{Arrival, Place, Standing};
use super::connect::{self, OpenError};
use super::door::{INTENTS, closed, goes_to, library};
use super::hearing;
use super::rest::Draft;
use super::wording;

/// How soon is looked again where no event tells that something was mended, such as a switch on a page of Discord's.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// How much may wait to be looked at.
const SEEN: usize = 64;

/// What was seen while watching.
#[derive(Debug)]
pub enum Sighting {
    /// How far the bot has come.
    Stands(Standing),
    /// Somebody wrote to it.
    Mentioned(Mention),
    /// Discord is not reached for the moment; it is tried again.
    Unreached,
}

/// The bot was mentioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Who did, by the name they go by.
    pub by: String,
    /// Where.
    pub place: Place,
    /// Whether it could answer there.
    pub answered: bool,
}

/// What the gateway brought, as far as it matters here.
enum Seen {
    /// Something that may have mended what was missing, or broken it.
    Changed,
    /// The bot was mentioned in this channel: by whom, with which message.
    Mentioned { by: String, channel: u64, message: u64 },
}

impl Arrival {
    /// Watches until `ending` fires and tells what it sees. A switch that is off is waited for.
    ///
    /// # Errors
    /// Why Discord will not have the bot, whatever is waited for.
    pub async fn watch(&self, tell: &mpsc::Sender<Sighting>, ending: &CancellationToken) -> Result<(), OpenError> {
        loop {
            match self.watch_once(tell, ending).await {
                Ok(()) => return Ok(()),
                Err(OpenError::ContentIntent) => {
                    // A connection that Discord refuses for it counts like any other, so none is tried meanwhile.
                    let standing = Standing { reads: false, servers: Vec::new(), places: Vec::new() };
                    drop(tell.send(Sighting::Stands(self.look().await.unwrap_or(standing))).await);
                }
                Err(OpenError::Unreachable { .. }) => drop(tell.send(Sighting::Unreached).await),
                Err(other) => return Err(other),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = ending.cancelled() => return Ok(()),
            }
        }
    }

    /// Watches over one connection.
    async fn watch_once(&self, tell: &mpsc::Sender<Sighting>, ending: &CancellationToken) -> Result<(), OpenError> {
        let Some(standing) = ending.run_until_cancelled(self.look()).await else { return Ok(()) };
        let standing = standing?;
        if !standing.reads {
            return Err(OpenError::ContentIntent);
        }
        drop(tell.send(Sighting::Stands(standing)).await);
        connect::may_connect(&self.rest).await?;
        let (saw, mut seen) = mpsc::channel(SEEN);
        let http = library(&self.client, &self.api_url, &self.token, self.application);
        let watcher = Watcher { us: self.us, saw };
        let client = serenity::ClientBuilder::new_with_http(http, INTENTS).event_handler(watcher).await;
        let mut client = client.map_err(|failure| OpenError::Unreachable { detail: failure.to_string() })?;
        goes_to(&client, &self.gateway).await?;
        let shards = std::sync::Arc::clone(&client.shard_manager);
        let mut connection = std::pin::pin!(client.start());
        let ended = loop {
            tokio::select! {
                ended = &mut connection => break ended,
                () = ending.cancelled() => break Ok(()),
                Some(seen) = seen.recv() => {
                    let _ = ending.run_until_cancelled(self.tell(seen, tell)).await;
                }
                () = tokio::time::sleep(LOOK_AGAIN) => {
                    let _ = ending.run_until_cancelled(self.tell(Seen::Changed, tell)).await;
                }
            }
        };
        shards.shutdown_all().await;
        match ended {
            Ok(()) => Ok(()),
            Err(serenity::Error::Gateway(why)) => Err(closed(&why)),
            Err(other) => Err(OpenError::Unreachable { detail: other.to_string() }),
        }
    }

    async fn tell(&self, seen: Seen, tell: &mpsc::Sender<Sighting>) {
        let sighting = match seen {
            Seen::Changed => self.look().await.map_or(Sighting::Unreached, Sighting::Stands),
            Seen::Mentioned { by, channel, message } => {
                let Some(place) = self.place(channel).await else { return };
                let answered = place.is_playable() && self.answer(channel, message).await;
                Sighting::Mentioned(Mention { by, place, answered })
            }
        };
        drop(tell.send(sighting).await);
    }

    /// Answers whoever wrote, which shows that it can.
    async fn answer(&self, channel: u64, message: u64) -> bool {
        let draft = Draft { reply_to: Some(message), ..Draft::text(wording::HEARD_WHILE_SET_UP) };
        self.rest.send(channel, &draft, &format!("init-{message}")).await.is_ok()
    }
}

/// Notes what the gateway brings.
struct Watcher {
    us: u64,
    saw: mpsc::Sender<Seen>,
}

impl Watcher {
    async fn changed(&self) {
        drop(self.saw.send(Seen::Changed).await);
    }
}

#[serenity::async_trait]
impl serenity::EventHandler for Watcher {
    async fn ready(&self, _: serenity::Context, _: serenity::Ready) {
        self.changed().await;
    }

    async fn guild_create(&self, _: serenity::Context, _: serenity::Guild, _: Option<bool>) {
        self.changed().await;
    }

    async fn guild_delete(&self, _: serenity::Context, _: serenity::UnavailableGuild, _: Option<serenity::Guild>) {
        self.changed().await;
    }

    async fn channel_create(&self, _: serenity::Context, _: serenity::GuildChannel) {
        self.changed().await;
    }

    async fn channel_update(&self, _: serenity::Context, _: Option<serenity::GuildChannel>, _: serenity::GuildChannel) {
        self.changed().await;
    }

    async fn guild_role_update(&self, _: serenity::Context, _: Option<serenity::Role>, _: serenity::Role) {
        self.changed().await;
    }

    async fn message(&self, _: serenity::Context, message: serenity::Message) {
        let written_to_us = message.mentions_user_id(self.us) && !message.author.bot && message.guild_id.is_some();
        if written_to_us {
            let nick = message.member.as_ref().and_then(|member| member.nick.as_deref());
            let by = hearing::name(nick.unwrap_or_else(|| message.author.display_name()), message.author.id.get());
            let (channel, message) = (message.channel_id.get(), message.id.get());
            drop(self.saw.send(Seen::Mentioned { by, channel, message }).await);
        }
    }
}
