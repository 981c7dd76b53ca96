//! The connection to Discord: made by the library with every default that would leave this machine turned off, kept until the
//! program ends. What it brings is handed on in `events.rs`.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poise::serenity_prelude as serenity;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Door, Parts, reach};
use crate::door::discord::aloud::Removals;
use crate::door::discord::connect::{self, OpenError};
use crate::door::discord::fetch::Fetcher;
use crate::door::discord::files::Files;
use crate::door::discord::rest::Rest;
use crate::door::discord::roles::Roles;
use crate::door::discord::voices::Hooks;
use crate::door::discord::{commands, convert, events, linked};
use crate::telemetry::Metrics;

/// How often the library is built before the gateway counts as out of reach.
const CLIENTS: u32 = 5;
/// The address of the real Discord.
const DISCORD: &str = "https://discord.com";

/// The door, open.
pub struct DiscordDoor {
    client: serenity::Client,
    channels: usize,
    ending: CancellationToken,
    hurried: CancellationToken,
    metrics: Metrics,
}

impl DiscordDoor {
    /// Checks the token and what it may, opens every table that has a channel, and gets ready to connect.
    ///
    /// # Errors
    /// What keeps the bot from working, before it has connected.
    pub async fn open(parts: Parts, token: SecretString) -> Result<Self, OpenError> {
        let api_url = parts.config.discord.api_url.clone();
        let client = connect::client(&parts.config.discord)?;
        let rest = Rest::new(client.clone(), &api_url, token.clone()).counted_by(parts.metrics.clone());
        let rest = Arc::new(rest);
        let identity = connect::identify(&rest, &api_url).await?;
        let roles = Arc::new(Roles::new(Arc::clone(&rest)));
        let ending = parts.ending.clone();
        connect::take_turn(identity.budget, &parts).await?;
        let hurried = CancellationToken::new();
        let application = identity.application;
        let door = Door {
            parts,
            roles,
            identity,
            hooks: Arc::new(Hooks::new(Arc::clone(&rest), application)),
            removals: Arc::new(Removals::new(Arc::clone(&rest))),
            rest,
            files: Fetcher::new(client.clone(), &api_url),
            connected: AtomicBool::default(),
            hurried,
            channels: Mutex::default(),
            adopting: tokio::sync::Mutex::default(),
        };
        let door = Arc::new(door);
        // Before the channels: they may have much to say, and the library's question is subject to the same limit.
        let client = gateway(&door, &client, &api_url, &token).await?;
        let channels = reach::reach_all(&door).await?;
        door.parts.metrics.readiness().tables_are_open();
        door.parts.bearers.add(convert::DOOR, Arc::new(Files::new(Arc::clone(&door))));
        look_back_now_and_then(&door);
        let metrics = door.parts.metrics.clone();
        Ok(Self { client, channels, ending, hurried: door.hurried.clone(), metrics })
    }

    /// In how many channels there are tables.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Stays connected until the program ends, or Discord will not have us any more.
    ///
    /// # Errors
    /// Why Discord ended the connection for good.
    pub async fn stay(mut self) -> Result<(), OpenError> {
        let shards = Arc::clone(&self.client.shard_manager);
        let ended = tokio::select! {
            ended = self.client.start() => ended,
            never = linked::watch(Arc::clone(&shards), self.metrics) => match never {},
            () = self.ending.cancelled() => {
                shards.shutdown_all().await;
                return Ok(());
            }
            () = self.hurried.cancelled() => {
                shards.shutdown_all().await;
                return Err(OpenError::TooOften);
            }
        };
        match ended {
            Ok(()) => Ok(()),
            Err(serenity::Error::Gateway(why)) => Err(closed(&why)),
            Err(other) => Err(OpenError::Unreachable { detail: other.to_string() }),
        }
    }
}

/// What the code means with which Discord ended a connection for good.
pub(in crate::door::discord) fn closed(why: &serenity::GatewayError) -> OpenError {
    match why {
        serenity::GatewayError::InvalidAuthentication | serenity::GatewayError::NoAuthentication => OpenError::Token,
        serenity::GatewayError::DisallowedGatewayIntents => OpenError::ContentIntent,
        other => OpenError::Closed(other.to_string()),
    }
}

fn look_back_now_and_then(door: &Arc<Door>) {
    let weak = Arc::downgrade(door);
    let (ending, every) = (door.parts.ending.clone(), door.parts.config.discord.look_back.every);
    door.parts.tasks.spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = ending.cancelled() => return,
            }
            let Some(door) = weak.upgrade() else { return };
            door.look_back().await;
        }
    });
}

/// The library's client, with every default that would ping, ask or leave this machine turned off.
async fn gateway(
    door: &Arc<Door>,
    client: &reqwest::Client,
    api_url: &str,
    token: &SecretString,
) -> Result<serenity::Client, OpenError> {
    let mut pause = Duration::from_millis(500);
    for _ in 1..CLIENTS {
        match build(door, client, api_url, token).await {
            Err(OpenError::Unreachable { detail }) => {
                warn!(detail, "the gateway's address is asked for again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            other => return other,
        }
    }
    build(door, client, api_url, token).await
}

/// Builds the library's client; the library asks for the gateway's address once, without any patience of its own.
async fn build(
    door: &Arc<Door>,
    client: &reqwest::Client,
    api_url: &str,
    token: &SecretString,
) -> Result<serenity::Client, OpenError> {
    let http = library(client, api_url, token, door.identity.application);
    let mut cache = serenity::cache::Settings::default();
    cache.max_messages = 0;
    let framework = commands::framework(Arc::clone(door), events::handle);
    let built = serenity::ClientBuilder::new_with_http(http, INTENTS).cache_settings(cache).framework(framework);
    let client = built.await.map_err(|failure| OpenError::Unreachable { detail: failure.to_string() })?;
    goes_to(&client, &door.identity.gateway).await?;
    Ok(client)
}

/// What the gateway is to bring.
pub(in crate::door::discord) const INTENTS: serenity::GatewayIntents = serenity::GatewayIntents::GUILDS
    .union(serenity::GatewayIntents::GUILD_MESSAGES)
    .union(serenity::GatewayIntents::MESSAGE_CONTENT);

/// The library's way to Discord's REST interface, through our own client.
pub(in crate::door::discord) fn library(
    client: &reqwest::Client,
    api_url: &str,
    token: &SecretString,
    application: u64,
) -> serenity::Http {
    let http = serenity::HttpBuilder::new(token.expose_secret())
        .client(client.clone())
        .application_id(serenity::ApplicationId::new(application))
        .default_allowed_mentions(serenity::CreateAllowedMentions::new());
    // The library ignores its `proxy` while its limiter is on and would speak to the real Discord.
    if api_url == DISCORD { http.build() } else { http.proxy(api_url).ratelimiter_disabled(true).build() }
}

/// Makes sure that the library connects where Discord said.
pub(in crate::door::discord) async fn goes_to(client: &serenity::Client, gateway: &str) -> Result<(), OpenError> {
    if *client.ws_url.lock().await == gateway {
        return Ok(());
    }
    // Its own question failed, so it would use the public address; better not to start.
    warn!("the gateway's address changed while starting");
    Err(OpenError::Unreachable { detail: "the gateway's address could not be had".to_owned() })
}
