//! Every metric with its name, its help and its unit: the only place that names `prometheus_client`'s registry.
//! What happens and when it is counted is said in `mod.rs`; docs/monitoring.md has the same list for people.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::super::readiness::Gateway;
use super::Now;
use super::names::{OfBuild, OfCost, OfFault, OfProvider, OfResult, OfScope, OfState, OfTokens, OfTurn};

/// Seconds to the first text: from what a warm process needs to what people give up at.
const FIRST_TEXT: [f64; 12] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0];
/// Seconds of whole turns.
const DURATION: [f64; 11] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 600.0];

type Whole = Gauge<u64, AtomicU64>;
type Times = Family<OfProvider, Histogram, fn() -> Histogram>;

/// All of them.
pub(super) struct Families {
    registry: Registry,
    turns: Family<OfTurn, Counter>,
    first_text: Times,
    turn_duration: Times,
    faults: Family<OfFault, Counter>,
    handed_on: Family<OfProvider, Counter>,
    cost: Family<OfCost, Counter<f64, AtomicU64>>,
    tokens: Family<OfTokens, Counter>,
    pub(super) events: Counter,
    pub(super) not_saved: Counter,
    discord_requests: Family<OfResult, Counter>,
    discord_limited: Family<OfScope, Counter>,
    pub(super) gateway_connections: Counter,
    standing: Standing,
}

/// What is looked up for every scrape.
struct Standing {
    gateway: Family<OfState, Whole>,
    database: Whole,
    tables: Whole,
    tables_open: Whole,
    actions_waiting: Whole,
    turns_running: Whole,
    turns_queued: Whole,
    outbox: Whole,
    provider_processes: Whole,
    guard_processes: Whole,
    provider_memory: Whole,
    memory: Whole,
    descriptors: Whole,
    most_descriptors: Whole,
    threads: Whole,
    processor: Counter<f64, AtomicU64>,
    started: Gauge<f64, AtomicU64>,
}

/// Registers, and gives what was registered back to whoever counts.
struct Naming(Registry);

impl Naming {
    fn add<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn add_in<M: Metric + Clone>(&mut self, unit: Unit, name: &str, help: &str, metric: M) -> M {
        self.0.register_with_unit(name, help, unit, metric.clone());
        metric
    }

    fn times(&mut self, name: &str, help: &str, make: fn() -> Histogram) -> Times {
        self.add_in(Unit::Seconds, name, help, Family::new_with_constructor(make))
    }
}

impl Families {
    pub(super) fn new() -> Self {
        let mut to = Naming(Registry::default());
        to.0.register(
            "talekeeper_build",
            "Which version of the program runs",
            Info::new(OfBuild { version: env!("CARGO_PKG_VERSION") }),
        );
        let usd = || Unit::Other("usd".to_owned());
        let new = Self {
            turns: to.add("talekeeper_turns", "Turns that ended, by who answered and how", Family::default()),
            first_text: to.times("talekeeper_turn_first_text", "From the opening of a turn to its first text", || {
                Histogram::new(FIRST_TEXT)
            }),
            turn_duration: to.times(
                "talekeeper_turn_duration",
                "From the opening of a turn to its end, waiting included",
                || Histogram::new(DURATION),
            ),
            faults: to.add(
                "talekeeper_provider_faults",
                "Times that a provider could not answer, by the kind of fault",
                Family::default(),
            ),
            handed_on: to.add(
                "talekeeper_provider_handed_on",
                "Turns with which the next provider of the list went on, by the one that could not",
                Family::default(),
            ),
            cost: to.add_in(
                usd(),
                "talekeeper_cost",
                "What turns and summaries cost, as far as providers told",
                Family::default(),
            ),
            tokens: to.add(
                "talekeeper_tokens",
                "Tokens that were read (in) and written (out), as far as providers told",
                Family::default(),
            ),
            events: to.add(
                "talekeeper_events_written",
                "Events that were written to the log of a table",
                Counter::default(),
            ),
            not_saved: to.add(
                "talekeeper_saves_failed",
                "Times that something could not be written to the database",
                Counter::default(),
            ),
            discord_requests: to.add(
                "talekeeper_discord_requests",
                "Requests to Discord: done, refused, or to be asked again",
                Family::default(),
            ),
            discord_limited: to.add(
                "talekeeper_discord_rate_limits",
                "Answers 429 of Discord, about one route or about everything (global)",
                Family::default(),
            ),
            gateway_connections: to.add(
                "talekeeper_gateway_connections",
                "Times that the connection to Discord's gateway came to stand",
                Counter::default(),
            ),
            standing: Standing::new(&mut to),
            registry: Registry::default(),
        };
        // What never happened is a zero, so that the first time shows as an increase.
        for scope in ["route", "global"] {
            drop(new.discord_limited(scope));
        }
        for result in ["done", "refused", "again"] {
            drop(new.discord_requests(result));
        }
        Self { registry: to.0, ..new }
    }

    pub(super) fn turns(&self, provider: &str, outcome: &'static str) -> Counter {
        self.turns.get_or_create_owned(&OfTurn { provider: provider.to_owned(), outcome })
    }

    pub(super) fn first_text(&self, provider: &str) -> Histogram {
        self.first_text.get_or_create_owned(&OfProvider { provider: provider.to_owned() })
    }

    pub(super) fn turn_duration(&self, provider: &str) -> Histogram {
        self.turn_duration.get_or_create_owned(&OfProvider { provider: provider.to_owned() })
    }

    pub(super) fn faults(&self, provider: &str, fault: &str) -> Counter {
        self.faults.get_or_create_owned(&OfFault { provider: provider.to_owned(), fault: fault.to_owned() })
    }

    pub(super) fn handed_on(&self, provider: &str) -> Counter {
        self.handed_on.get_or_create_owned(&OfProvider { provider: provider.to_owned() })
    }

    pub(super) fn cost(&self, provider: &str, table: &str) -> Counter<f64, AtomicU64> {
        self.cost.get_or_create_owned(&OfCost { provider: provider.to_owned(), table: table.to_owned() })
    }

    pub(super) fn tokens(&self, provider: &str, direction: &'static str) -> Counter {
        self.tokens.get_or_create_owned(&OfTokens { provider: provider.to_owned(), direction })
    }

    pub(super) fn discord_requests(&self, result: &'static str) -> Counter {
        self.discord_requests.get_or_create_owned(&OfResult { result })
    }

    pub(super) fn discord_limited(&self, scope: &'static str) -> Counter {
        self.discord_limited.get_or_create_owned(&OfScope { scope })
    }

    /// Everything as text.
    pub(super) fn text(&self, now: &Now, gateway: Gateway) -> String {
        self.standing.set(now, gateway);
        let mut text = String::with_capacity(16 * 1024);
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Standing {
    fn new(to: &mut Naming) -> Self {
        let whole = Whole::default;
        Self {
            gateway: to.add(
                "talekeeper_gateway_state",
                "How the connection to Discord's gateway is: 1 for the state it is in; absent without Discord",
                Family::default(),
            ),
            database: to.add("talekeeper_database_up", "Whether the database answered this scrape", whole()),
            tables: to.add("talekeeper_tables", "Tables that were ever played", whole()),
            tables_open: to.add("talekeeper_tables_open", "Tables that are open", whole()),
            actions_waiting: to.add("talekeeper_actions_waiting", "Actions that no turn has taken yet", whole()),
            turns_running: to.add("talekeeper_turns_running", "Turns that were opened and have not ended", whole()),
            turns_queued: to.add(
                "talekeeper_turns_queued",
                "Turns that wait for a place among limits.running_turns",
                whole(),
            ),
            outbox: to.add(
                "talekeeper_outbox_messages",
                "Messages to channels that were planned and are not known to stand there",
                whole(),
            ),
            provider_processes: to.add("talekeeper_provider_processes", "Living processes of providers", whole()),
            guard_processes: to.add("talekeeper_guard_processes", "Living guards of providers' processes", whole()),
            provider_memory: to.add_in(
                Unit::Bytes,
                "talekeeper_provider_memory",
                "Resident memory of providers' processes and their guards; what they share counts for each",
                whole(),
            ),
            memory: to.add_in(Unit::Bytes, "process_resident_memory", "Resident memory of this program", whole()),
            descriptors: to.add("process_open_fds", "File descriptors that are open", whole()),
            most_descriptors: to.add("process_max_fds", "File descriptors that may be open", whole()),
            threads: to.add("process_threads", "Threads", whole()),
            processor: to.add_in(
                Unit::Seconds,
                "process_cpu",
                "Processor time of this program, user and system",
                Counter::default(),
            ),
            started: to.add_in(
                Unit::Seconds,
                "process_start_time",
                "When this program was started, since 1970-01-01 UTC",
                Gauge::default(),
            ),
        }
    }

    fn set(&self, now: &Now, gateway: Gateway) {
        for state in Gateway::ALL.into_iter().filter(|_| gateway != Gateway::None) {
            self.gateway.get_or_create_owned(&OfState { state: state.as_str() }).set(u64::from(state == gateway));
        }
        self.database.set(u64::from(now.kept.is_some()));
        // What is not known stays as it was last; `talekeeper_database_up` tells.
        if let Some(kept) = now.kept {
            self.tables.set(kept.tables);
            self.actions_waiting.set(kept.actions_waiting);
            self.turns_running.set(kept.turns_running);
            self.outbox.set(kept.outbox);
        }
        self.tables_open.set(now.tables_open);
        self.turns_queued.set(now.turns_queued);
        self.provider_processes.set(now.provider_processes);
        self.guard_processes.set(now.guard_processes);
        self.provider_memory.set(now.provider_memory);
        self.memory.set(now.own.memory);
        self.descriptors.set(now.own.descriptors);
        self.most_descriptors.set(now.own.most_descriptors);
        self.threads.set(now.own.threads);
        self.processor.inner().store(now.own.processor_seconds.to_bits(), Ordering::Relaxed);
        self.started.set(now.own.started);
    }
}
