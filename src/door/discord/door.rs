//! The door: which tables are reached in which channels, and what commands, buttons and events share.
//! What is heard and shown is each channel's own matter.

mod gateway;
mod reach;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use gateway::DiscordDoor;
pub(super) use gateway::{INTENTS, closed, goes_to, library};
pub(super) use reach::ReachError;

use super::aloud::Removals;
use super::budget::Budget;
use super::channel::Notice;
use super::connect::{self, Identity};
use super::fetch::Fetcher;
use super::health::Health;
use super::ingest::Heard;
use super::knobs::Knobs;
use super::outgoing::Outgoing;
use super::rest::{Rest, RestError};
use super::roles::Roles;
use super::voices::Hooks;
use crate::character::Cast;
use crate::config::{Config, Roster, TableConfig};
use crate::domain::{TableId, Timestamp};
use crate::provider::Registry;
use crate::store::Store;
use crate::table::{Bearers, Hall, TableHandle};
use crate::telemetry::Metrics;

/// How long a table with something left from before waits until the door has seen what was changed meanwhile.
pub const LOOKS_BACK_WITHIN: Duration = Duration::from_secs(30);

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
        let reached = reach::reach(self, table, channel).await?;
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
