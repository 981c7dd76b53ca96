//! What `top` shows: gathered anew for each look from the data folder, from `/proc` and from the bot's own page.
//! How it looks is `draw`'s; the fields are what `--json` prints.

use std::path::PathBuf;

use serde::Serialize;

use super::ask::Asker;
use crate::app;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::provider::household;
use crate::store::{Onlooking, Store, StoreError};
use crate::table::{Glimpse, Onlooker};
use crate::telemetry::ProcessFigures;

/// Everything that is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct View {
    /// When it was looked, in milliseconds since 1970-01-01 UTC.
    pub(super) at_ms: i64,
    /// Whether a program holds the data folder.
    pub(super) running: bool,
    /// The data folder.
    pub(super) data_dir: PathBuf,
    /// The program that runs.
    pub(super) process: Option<Process>,
    /// What it says of itself; none when it does not run.
    pub(super) ready: Option<String>,
    /// Why there are no tables, or why they are those of a moment ago.
    pub(super) note: Option<String>,
    /// The tables: those where something runs or waits first, then those where something happened last.
    pub(super) tables: Vec<TableLine>,
}

/// The program that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) up_s: u64,
    pub(super) memory_bytes: u64,
    pub(super) descriptors: u64,
    pub(super) provider_processes: u64,
    pub(super) provider_memory_bytes: u64,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct TableLine {
    pub(super) table: String,
    pub(super) people: Vec<String>,
    pub(super) provider: Option<String>,
    /// The turn that has not ended.
    pub(super) turn: Option<u64>,
    /// For how long.
    pub(super) turn_ms: Option<i64>,
    /// Actions that wait.
    pub(super) waiting: usize,
    pub(super) paused: bool,
    pub(super) today_usd: f64,
    /// Turns of today whose price nobody told.
    pub(super) today_unpriced: u64,
    pub(super) last_error: Option<String>,
    pub(super) last_error_at_ms: Option<i64>,
    pub(super) last_event_at_ms: Option<i64>,
}

/// Gathers.
pub(super) struct Gatherer<'a> {
    config: &'a Config,
    onlooker: Onlooker,
    asker: Asker,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        Self { config, onlooker: Onlooker::default(), asker: Asker::new(config.monitoring.listen) }
    }

    /// Looks.
    pub(super) async fn look(&mut self) -> Result<View, StoreError> {
        let data_dir = &self.config.data_dir;
        let (now, holder) = (app::now(), Store::holder(data_dir));
        let pid = holder.and_then(|holder| holder.pid);
        let mut view = View {
            at_ms: now.millis(),
            running: holder.is_some(),
            data_dir: data_dir.clone(),
            process: pid.and_then(|pid| process(pid, now)),
            ..View::default()
        };
        if view.running {
            view.ready = Some(self.asker.is_ready(pid).await);
        }
        match Store::look(data_dir)? {
            Onlooking::Nothing => {
                view.note = Some("There is no database yet: nothing was ever played here.".to_owned());
            }
            Onlooking::Older => {
                view.note =
                    Some("The database is of an older version; the next start brings it up to date.".to_owned());
            }
            Onlooking::Open(store) => {
                view.tables = self.onlooker.look(&store, now).await?.into_iter().map(|seen| line(seen, now)).collect();
                store.close().await;
            }
        }
        let busy = |line: &TableLine| line.turn.is_some() || line.waiting > 0;
        view.tables.sort_by_key(|line| (!busy(line), std::cmp::Reverse(line.last_event_at_ms), line.table.clone()));
        Ok(view)
    }
}

fn process(pid: u32, now: Timestamp) -> Option<Process> {
    let own = ProcessFigures::of(pid)?;
    let children = household(pid);
    Some(Process {
        pid,
        up_s: (now.millis() as f64 / 1000.0 - own.started).max(0.0) as u64,
        memory_bytes: own.memory,
        descriptors: own.descriptors,
        provider_processes: children.programs,
        provider_memory_bytes: children.memory,
    })
}

fn line(seen: Glimpse, now: Timestamp) -> TableLine {
    let (last_error, last_error_at) = seen.trouble.unzip();
    TableLine {
        table: seen.table.to_string(),
        people: seen.people,
        provider: seen.provider.map(|provider| provider.to_string()),
        turn: seen.running.map(|(turn, _)| turn.get()),
        turn_ms: seen.running.map(|(_, since)| now.millis().saturating_sub(since.millis()).max(0)),
        waiting: seen.waiting,
        paused: seen.paused,
        today_usd: seen.today.micros as f64 / 1e6,
        today_unpriced: seen.today.unknown_turns,
        last_error: last_error.map(|error| error.to_string()),
        last_error_at_ms: last_error_at.map(Timestamp::millis),
        last_event_at_ms: seen.last.map(Timestamp::millis),
    }
}
