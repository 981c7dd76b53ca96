//! What is counted while the program runs, with a verb for each thing that happens. Cheap to clone.
//! It serves nothing and asks nobody: what has to be looked up for a scrape is handed in ([`Now`]).

mod families;
mod names;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use families::Families;

use super::process::ProcessFigures;
use super::readiness::{Gateway, Readiness};

/// How many tables have a name of their own in labels; those that come after are counted as [`OTHERS`].
const TABLES: usize = 200;
/// What further tables are called in labels.
const OTHERS: &str = "others";

/// How a request to Discord ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// It was done.
    Done,
    /// Discord would not.
    Refused,
    /// It has to be asked again: no answer, or an error of Discord's.
    Again,
}

/// How a turn ended, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct TurnFigures<'a> {
    /// Who answered.
    pub provider: &'a str,
    /// The outcome's name, as in the log.
    pub outcome: &'static str,
    /// Milliseconds from opening to end.
    pub duration_ms: u64,
    /// Milliseconds from opening to the first text, if there was one.
    pub first_text_ms: Option<u64>,
}

/// What a call of a provider took, as far as it told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// Tokens read.
    pub tokens_in: Option<u64>,
    /// Tokens written.
    pub tokens_out: Option<u64>,
}

/// What is looked up for a scrape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Now {
    /// What the database says; none when it did not answer.
    pub kept: Option<Kept>,
    /// Tables that are open.
    pub tables_open: u64,
    /// Turns that wait for a place among those that run.
    pub turns_queued: u64,
    /// Living processes of providers.
    pub provider_processes: u64,
    /// Their guards.
    pub guard_processes: u64,
    /// The memory of both, in bytes.
    pub provider_memory: u64,
    /// This program.
    pub own: ProcessFigures,
}

/// What the database says of this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Tables there are.
    pub tables: u64,
    /// Actions that no turn has taken yet.
    pub actions_waiting: u64,
    /// Turns that have not ended.
    pub turns_running: u64,
    /// Messages that were planned and are not known to stand.
    pub outbox: u64,
}

/// The program's figures.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    families: Families,
    readiness: Readiness,
    named: Mutex<BTreeSet<String>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let counted = Counted { families: Families::new(), readiness: Readiness::default(), named: Mutex::default() };
        Self(Arc::new(counted))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metrics").field(&self.0.readiness).finish()
    }
}

impl Metrics {
    /// What is ready and what is not.
    pub fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// A turn has ended.
    pub fn turn_ended(&self, turn: &TurnFigures<'_>) {
        let families = &self.0.families;
        families.turns(turn.provider, turn.outcome).inc();
        families.turn_duration(turn.provider).observe(seconds(turn.duration_ms));
        if let Some(first) = turn.first_text_ms {
            families.first_text(turn.provider).observe(seconds(first));
        }
    }

    /// A provider could not answer. `fault` is its kind, in the words of the log.
    pub fn provider_failed(&self, provider: &str, fault: &str) {
        self.0.families.faults(provider, fault).inc();
    }

    /// Another provider goes on with a turn.
    pub fn rung_left(&self, provider: &str) {
        self.0.families.handed_on(provider).inc();
    }

    /// A provider told what a call took.
    pub fn spent(&self, table: &str, provider: &str, took: Took) {
        let families = &self.0.families;
        if let Some(micros) = took.cost_micros {
            families.cost(provider, &self.label_of(table)).inc_by(micros as f64 / 1e6);
        }
        for (direction, tokens) in [("in", took.tokens_in), ("out", took.tokens_out)] {
            if let Some(tokens) = tokens {
                families.tokens(provider, direction).inc_by(tokens);
            }
        }
    }

    /// So many events are durable.
    pub fn events_written(&self, count: usize) {
        self.0.families.events.inc_by(count as u64);
    }

    /// Something could not be saved.
    pub fn not_saved(&self) {
        self.0.families.not_saved.inc();
    }

    /// Discord was asked something.
    pub fn discord_asked(&self, ended: Asked) {
        let ended = match ended {
            Asked::Done => "done",
            Asked::Refused => "refused",
            Asked::Again => "again",
        };
        self.0.families.discord_requests(ended).inc();
    }

    /// Discord answered 429.
    pub fn discord_limited(&self, everything: bool) {
        self.0.families.discord_limited(if everything { "global" } else { "route" }).inc();
    }

    /// The connection to Discord's gateway is like this now.
    pub fn gateway_is(&self, gateway: Gateway) {
        let before = self.0.readiness.gateway_is(gateway);
        if gateway == Gateway::Connected && before != Gateway::Connected {
            self.0.families.gateway_connections.inc();
        }
    }

    /// Everything as OpenMetrics text, with what was looked up just now.
    pub fn text(&self, now: &Now) -> String {
        self.0.families.text(now, self.0.readiness.gateway())
    }

    /// A table's name in labels: so many have one of their own.
    fn label_of(&self, table: &str) -> String {
        // A set of names cannot be left half changed.
        let mut named = self.0.named.lock().unwrap_or_else(PoisonError::into_inner);
        if !named.contains(table) {
            if named.len() >= TABLES {
                return OTHERS.to_owned();
            }
            named.insert(table.to_owned());
        }
        table.to_owned()
    }
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
mod tests;
