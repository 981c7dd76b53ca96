//! The door: opens the channels of the configured tables, keeps the gateway connection, and closes first at the end.
//! What is heard and shown is each channel's own matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use poise::serenity_prelude as serenity;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use super::aloud::Removals;
use super::budget::Budget;
use super::channel::{Channel, Notice, Stage};
use super::connect::{self, Identity, OpenError};
use super::fetch::Fetcher;
use super::files::Files;
use super::health::Health;
use super::ingest::{Ear, Heard};
use super::knobs::Knobs;
use super::marks::Marks;
use super::outgoing::{Outgoing, snowflake};
use super::rest::{Rest, RestError};
use super::roles::Roles;
use super::voices::Hooks;
use super::{commands, convert, events, linked};
use crate::character::Cast;
use crate::config::{Config, Roster, TableConfig};
use crate::domain::{TableId, TableName, Timestamp};
use crate::provider::Registry;
use crate::store::{Store, StoreError};
use crate::table::{AdultsHere, Bearers, Hall, TableHandle};
use crate::telemetry::{Metrics, new_error_id};

/// How much may wait to be heard in one channel; more waits at the gateway.
const HEARD: usize = 256;
/// How many notices may wait for one channel's show.
const NOTICES: usize = 64;
/// How long a table with something left from before waits until the door has seen what was changed meanwhile.
pub const LOOKS_BACK_WITHIN: Duration = Duration::from_secs(30);
/// How often is looked for messages that no event brought.
const LOOK_BACK: Duration = Duration::from_secs(300);
/// How long the outbox remembers what was sent; a start looks back less far.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How often the library is built before the gateway counts as out of reach.
const CLIENTS: u32 = 5;
/// The address of the real Discord.
const DISCORD: &str = "https://discord.com";

/// What the door needs of the program.
#[derive(Clone)]
pub struct Parts {
    /// What the owner wants.
    pub config: Arc<Config>,
    /// All tables.
    pub hall: Arc<Hall>,
    /// Who can answer.
    pub providers: Registry,
    /// The tables that were opened beside those of the configuration.
    pub roster: Roster,
    /// The record.
    pub store: Store,
    /// Where tasks are started.
    pub tasks: TaskTracker,
    /// What is counted for operators.
    pub metrics: Metrics,
    /// Who brings the files that people attached.
    pub bearers: Bearers,
    /// Fires when the program ends.
    pub ending: CancellationToken,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// A table in its channel.
pub(super) struct Reached {
    /// The table.
    pub table: TableHandle,
    /// Its id.
    pub id: TableId,
    /// The channel it is at home in; its threads may be lent to it.
    pub channel: u64,
    /// What hosts set.
    pub knobs: Arc<watch::Sender<Knobs>>,
    /// How the channel is.
    pub health: Arc<Health>,
    /// Who is in the table's cast.
    pub cast: Cast,
    /// Into the channel.
    pub out: Outgoing,
    /// To what shows there.
    pub show: mpsc::Sender<Box<Notice>>,
    /// To what listens there.
    pub ear: mpsc::Sender<Box<Heard>>,
    /// Fires when it is not reached there any more.
    ending: CancellationToken,
}

/// What commands, buttons and events share.
pub(super) struct Door {
    /// What the program gave.
    pub parts: Parts,
    /// Who may what.
    pub roles: Arc<Roles>,
    /// Who we are.
    pub identity: Identity,
    rest: Arc<Rest>,
    /// Where handed files come from.
    pub files: Fetcher,
    hooks: Arc<Hooks>,
    removals: Arc<Removals>,
    /// Whether the gateway was ready once.
    connected: AtomicBool,
    /// Fires when connections are used up faster than they last.
    hurried: CancellationToken,
    channels: Mutex<HashMap<u64, Arc<Reached>>>,
    /// Side tables are opened one after another.
    pub adopting: tokio::sync::Mutex<()>,
}

impl Door {
    /// The table of a channel.
    pub(super) fn at(&self, channel: u64) -> Option<Arc<Reached>> {
        self.lock().get(&channel).cloned()
    }

    /// What is known of the table of a channel.
    pub(super) fn table_in(&self, channel: u64) -> Option<(TableConfig, Knobs)> {
        let reached = self.at(channel)?;
        let (name, knobs) = (reached.table.name().clone(), *reached.knobs.borrow());
        let written = self.parts.config.tables.iter().find(|table| table.name == name);
        Some((written.cloned().or_else(|| self.parts.roster.find(&name))?, knobs))
    }

    /// The way to Discord.
    pub(super) fn rest(&self) -> &Rest {
        &self.rest
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Reached>>> {
        // A map of handles cannot be left half changed.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All tables that are reached here.
    pub(super) fn all(&self) -> Vec<Arc<Reached>> {
        self.lock()
            .iter()
            .filter(|(channel, reached)| **channel == reached.channel)
            .map(|(_, one)| Arc::clone(one))
            .collect()
    }

    /// All channels that have a table.
    pub(super) fn channels(&self) -> Vec<u64> {
        self.lock().keys().copied().collect()
    }

    /// Begins to hear and to show a table in a channel.
    pub(super) async fn reach(&self, table: &TableConfig, channel: u64) -> Result<(), ReachError> {
        let reached = reach(self, table, channel).await?;
        self.lock().insert(channel, Arc::new(reached));
        Ok(())
    }

    /// Lets the table of a channel hear what is said in one of its threads; it is shown in the channel.
    pub(super) fn lend(&self, thread: u64, channel: u64) {
        let mut channels = self.lock();
        if let Some(reached) = channels.get(&channel).cloned() {
            channels.insert(thread, reached);
        }
    }

    /// Hears and shows no more in a channel.
    pub(super) fn leave(&self, channel: u64) {
        let mut channels = self.lock();
        let Some(reached) = channels.remove(&channel) else { return };
        if reached.channel == channel {
            channels.retain(|_, other| other.channel != channel);
            reached.ending.cancel();
        }
    }

    /// Something happened in a channel.
    pub(super) async fn heard(&self, channel: u64, heard: Heard) {
        if let Some(reached) = self.at(channel) {
            // A channel that does not listen any more is a program that ends.
            drop(reached.ear.send(Box::new(heard)).await);
        }
    }

    /// Something changed about who may enter channels: every table looks again.
    pub(super) async fn check_ages(&self) {
        for reached in self.all() {
            reached.table.check_age().await;
        }
    }

    /// The gateway is ready. After the first time that was a connection the library made by itself: it counts, and when
    /// there are too many of them the program ends and waits at its next start.
    pub(super) async fn is_ready(&self) {
        if !self.connected.swap(true, Ordering::Relaxed) {
            return;
        }
        let Ok(answer) = self.rest.get("/gateway/bot").await else { return };
        let Some(budget) = Budget::read(&answer) else { return };
        if connect::note_turn(budget, &self.parts).await {
            self.hurried.cancel();
        }
    }

    /// Has Discord know these commands and no others.
    pub(super) async fn set_commands(&self, commands: serde_json::Value) -> Result<(), RestError> {
        self.rest.set_commands(self.identity.application, commands).await
    }

    /// Lets every channel look for what no event brought, there and in the threads that are lent to its table.
    pub(super) async fn look_back(&self) {
        for reached in self.all() {
            self.look_back_in(&reached).await;
        }
    }

    /// The same in one channel.
    pub(super) async fn look_back_in(&self, reached: &Reached) {
        // In a forum nobody writes, only in its posts.
        if !self.roles.is_forum(reached.channel) {
            let lent = self.lent(reached.channel);
            drop(reached.ear.send(Box::new(Heard::LookBack { lent })).await);
        }
    }

    /// A thread sleeps; the next message in it lends it again.
    pub(super) fn unlend(&self, thread: u64) {
        let mut channels = self.lock();
        if channels.get(&thread).is_some_and(|reached| reached.channel != thread) {
            channels.remove(&thread);
        }
    }

    /// The threads whose lines are heard by the table of that channel.
    fn lent(&self, channel: u64) -> Vec<u64> {
        let channels = self.lock();
        let threads = channels.iter().filter(|(thread, reached)| **thread != channel && reached.channel == channel);
        threads.map(|(thread, _)| *thread).collect()
    }
}

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
        let channels = reach_all(&door).await?;
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
pub(super) fn closed(why: &serenity::GatewayError) -> OpenError {
    match why {
        serenity::GatewayError::InvalidAuthentication | serenity::GatewayError::NoAuthentication => OpenError::Token,
        serenity::GatewayError::DisallowedGatewayIntents => OpenError::ContentIntent,
        other => OpenError::Closed(other.to_string()),
    }
}

/// Why a table cannot be reached in its channel.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReachError {
    /// The table does not open.
    #[error(transparent)]
    Hall(#[from] crate::table::HallError),
    /// The database does not say how far the channel is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has no row.
    #[error("the table is not in the database")]
    NoTable,
}

/// The tables of the configuration, and those that people opened; where both want a channel, the configuration's.
async fn reach_all(door: &Door) -> Result<usize, StoreError> {
    let long_ago = (door.parts.now)().millis() - KEPT_MS;
    door.parts.store.forget_messages(Timestamp::from_millis(long_ago)).await?;
    let written = door.parts.config.tables.iter().filter_map(|table| Some((table.channel_id?, table.clone())));
    let mut wanted: BTreeMap<u64, TableConfig> = written.collect();
    for opened in door.parts.store.opened_tables().await? {
        if let (Some(channel), Some(table)) = (convert::channel_of(&opened.place), door.parts.roster.find(&opened.name))
        {
            wanted.entry(channel).or_insert(table);
        }
    }
    for (channel, table) in &wanted {
        if let Err(failure) = door.reach(table, *channel).await {
            let error_id = new_error_id();
            error!(table = %table.name, %error_id, error = %failure, detail = ?failure, "table not opened");
        }
    }
    info!(channels = wanted.len(), "channels are open");
    Ok(wanted.len())
}

/// Opens a table and begins to listen and to show in its channel.
async fn reach(door: &Door, config: &TableConfig, channel: u64) -> Result<Reached, ReachError> {
    let Door { parts, roles, identity, rest, hooks, removals, .. } = door;
    let ending = parts.ending.child_token();
    let (table, id) = open(parts, &config.name).await?;
    let ages = Arc::clone(roles);
    table.guard(AdultsHere::new(move || ages.is_age_restricted(channel))).await;
    let place = convert::place(channel);
    let row = parts.store.ensure_place(&place, id, snowflake((parts.now)()), (parts.now)()).await?;
    let health = Arc::new(Health::default());
    let out = Outgoing {
        health: Arc::clone(&health),
        rest: Arc::clone(rest),
        hooks: Arc::clone(hooks),
        removals: Arc::clone(removals),
        store: parts.store.clone(),
        table: id,
        place,
        channel,
        us: identity.us,
        now: parts.now,
    };
    // Boxed, because each channel keeps room for many.
    let (notices, shown) = mpsc::channel::<Box<Notice>>(NOTICES);
    let (ear, heard) = mpsc::channel(HEARD);
    let marks = Marks::new(Arc::clone(rest), parts.tasks.clone());
    let tasks = parts.tasks.clone();
    let listen_set = parts.store.set_when(id, "listen").await?.map_or(0, snowflake);
    let knobs = Knobs::new(config, &parts.store.settings_of(id).await?, listen_set);
    let knobs = Arc::new(watch::Sender::new(knobs));
    let (heeded, listen) = (knobs.subscribe(), knobs.subscribe());
    let cast = Cast::new(parts.config.data_dir.join("tables").join(config.name.as_str()).join("characters"));
    let (table_shown, shown_upto) = (table.clone(), row.shown_upto);
    let (out_shown, cast_shown) = (out.clone(), cast.clone());
    let stage = Stage {
        knobs: heeded,
        out: out_shown,
        table: table_shown,
        cast: cast_shown,
        id,
        shown: shown_upto,
        marks,
        tasks,
    };
    parts.tasks.spawn(Channel::new(stage).run(shown, ending.clone()));
    let (table_of_ear, roles) = (table.clone(), Arc::clone(roles));
    let sure = row.heard_upto;
    let (files, bots) = (parts.config.attachments.clone(), parts.config.discord.hear_bots.clone());
    let show = notices.clone();
    let of_reached = out.clone();
    let listener = Ear {
        out,
        table: table_of_ear,
        id,
        listen,
        bots,
        files,
        bounds: parts.config.discord.look_back,
        roles,
        cast: cast.clone(),
        notices,
        sure,
        passed: BTreeSet::new(),
        closed: false,
    };
    parts.tasks.spawn(listener.run(heard, ending.clone()));
    Ok(Reached { table, id, channel, knobs, health, ear, cast, out: of_reached, show, ending })
}

async fn open(parts: &Parts, name: &TableName) -> Result<(TableHandle, TableId), ReachError> {
    let table = parts.hall.table(name).await?;
    let row = parts.store.table_named(name).await?.ok_or(ReachError::NoTable)?;
    Ok((table, row.id))
}

fn look_back_now_and_then(door: &Arc<Door>) {
    let weak = Arc::downgrade(door);
    let ending = door.parts.ending.clone();
    door.parts.tasks.spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_BACK) => {}
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
pub(super) const INTENTS: serenity::GatewayIntents = serenity::GatewayIntents::GUILDS
    .union(serenity::GatewayIntents::GUILD_MESSAGES)
    .union(serenity::GatewayIntents::MESSAGE_CONTENT);

/// The library's way to Discord's REST interface, through our own client.
pub(super) fn library(
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
pub(super) async fn goes_to(client: &serenity::Client, gateway: &str) -> Result<(), OpenError> {
    if *client.ws_url.lock().await == gateway {
        return Ok(());
    }
    // Its own question failed, so it would use the public address; better not to start.
    warn!("the gateway's address changed while starting");
    Err(OpenError::Unreachable { detail: "the gateway's address could not be had".to_owned() })
}
