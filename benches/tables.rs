//! What the table itself costs: from an action to the provider, from the provider's text to those who look on, and
//! opening long tables. Prints percentiles; `docs/performance.md` says how to read them.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark speaks to the one who runs it, and fails where it cannot go on"
)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use talekeeper::brief::Mode;
use talekeeper::domain::{
    ActionId, Actor, Audience, BlockKey, BranchId, Budget, Event, EventKind, EventSeq, Finished, Person, PersonId,
    ProviderEvent, ProviderName, Reply, Role, Said, SceneNo, SeatId, SourceId, Span, Spent, TableId, TableName,
    Timestamp, TurnNo, TurnOutcome, Viewer,
};
use talekeeper::format::spans::Reading;
use talekeeper::provider::process::{Grace, Heard, Launcher, Process, ProcessSpec};
use talekeeper::provider::{BoxFuture, Provider, Registry, TurnOrder};
use talekeeper::store::Store;
use talekeeper::table::machine::Setup;
use talekeeper::table::{Bearers, FrameBody, Hall, HousePurse, Parts, RunSlots, TableSettings, Watched};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const TABLES: usize = 1_000;
const ROUNDS: usize = 3;

/// A provider that answers at once and notes when it was asked and when it spoke.
#[derive(Default)]
struct Meter {
    asked: Mutex<Vec<Instant>>,
    spoke: Mutex<Vec<Instant>>,
}

struct Metered(ProviderName, Arc<Meter>);

impl Provider for Metered {
    fn name(&self) -> &ProviderName {
        &self.0
    }

    fn is_process(&self) -> bool {
        false
    }

    fn run(&self, _: TurnOrder, events: mpsc::Sender<ProviderEvent>, _: CancellationToken) -> BoxFuture<'_, ()> {
        self.1.asked.lock().unwrap().push(Instant::now());
        Box::pin(async move {
            let block = BlockKey { message: String::new(), index: 0 };
            self.1.spoke.lock().unwrap().push(Instant::now());
            let text = ProviderEvent::Text { block, text: "# The Gate\n\nA bolt slides back.".to_owned() };
            let _ = events.send(text).await;
            let _ = events.send(ProviderEvent::Finished(Finished::default())).await;
        })
    }
}

fn settings() -> TableSettings {
    TableSettings {
        adults: false,
        setup: Setup {
            provider: ProviderName::new("meter"),
            model: None,
            fallbacks: Vec::new(),
            reading: Reading::Narrative,
            action_bytes: 32_000,
            waiting: 50,
            turn_bytes: 128_000,
            reply_bytes: 256_000,
            ask_ms: None,
            budget: Budget::default(),
            summaries: false,
        },
        mode: Mode::Narrative,
        language: "en".to_owned(),
        style: Default::default(),
        house_rules: None,
        allowed_tools: Vec::new(),
        characters: Vec::new(),
        workspace: None,
        kit: Default::default(),
        brief_bytes: 96_000,
        keep_turns: 0,
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

fn hall(store: &Store, data_dir: PathBuf, meter: &Arc<Meter>) -> Hall {
    let provider = Arc::new(Metered(ProviderName::new("meter"), Arc::clone(meter))) as Arc<dyn Provider>;
    let parts = Parts {
        store: store.clone(),
        providers: Registry::new([provider]),
        tools: None,
        bearers: Bearers::default(),
        slots: RunSlots::new(4),
        purse: HousePurse::default(),
        data_dir,
        tasks: TaskTracker::new(),
        ending: CancellationToken::new(),
        finish_within: Duration::from_secs(1),
        metrics: talekeeper::telemetry::Metrics::default(),
        keeper: None,
        now,
    };
    Hall::new(parts, Arc::new(|_| settings()))
}

fn name(number: usize) -> TableName {
    format!("table-{number}").parse().unwrap()
}

fn percentiles(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what:<58} p50 {:8.3} ms   p99 {:8.3} ms   n {}", at(0.5), at(0.99), times.len());
}

async fn overhead() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let meter = Arc::new(Meter::default());
    let hall = hall(&store, folder.path().to_owned(), &meter);
    let person = Person { id: PersonId::new("bench:ana"), name: "Ana".to_owned(), role: Role::Host };
    let mut tables = Vec::new();
    for number in 0..TABLES {
        tables.push(hall.table(&name(number)).await.unwrap());
    }
    let (mut durable, mut shown) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for table in &tables {
            let mut watch = table.watch(Viewer::Public);
            let source = SourceId::new(format!("bench:{}:{round}", table.name()));
            table.say(person.clone(), source, "I knock twice at the green door.".to_owned()).await.unwrap();
            durable.push(Instant::now());
            loop {
                let Watched::Frame(frame) = watch.next().await else { continue };
                match frame.body {
                    FrameBody::Text { .. } => shown.push(Instant::now()),
                    FrameBody::TurnEnded { .. } => break,
                    _ => {}
                }
            }
        }
    }
    let asked = meter.asked.lock().unwrap().clone();
    let spoke = meter.spoke.lock().unwrap().clone();
    let between = |from: &[Instant], to: &[Instant]| {
        from.iter().zip(to).map(|(from, to)| to.saturating_duration_since(*from)).collect::<Vec<_>>()
    };
    println!("{TABLES} tables open, {ROUNDS} turns each, one after the other");
    percentiles("action durable -> order handed to the provider", between(&durable, &asked));
    percentiles("provider's first text -> shown to those who look on", between(&spoke, &shown));
}

async fn spawning() {
    let folder = tempfile::tempdir().unwrap();
    let launcher = Launcher::at(env!("CARGO_BIN_EXE_talekeeper"));
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        let mut process = Process::spawn(&launcher, ProcessSpec::new("/bin/true", folder.path())).await.unwrap();
        times.push(begun.elapsed());
        process.close_input();
        while !matches!(process.next().await, Heard::Ended(_)) {}
        process.stop(Grace::NONE).await;
    }
    percentiles("order -> program running under its guard", times);
}

/// A log of `events` events, all in one long scene.
fn long_log(events: u64) -> Vec<Event> {
    let event = |seq: u64, turn: Option<u64>, kind: EventKind| Event {
        seq: EventSeq::new(seq),
        branch: BranchId::new(0),
        scene: SceneNo::new(1),
        turn: turn.map(TurnNo::new),
        at: Timestamp::from_millis(1_700_000_000_000 + i64::try_from(seq).unwrap()),
        actor: Actor::Program,
        audience: Audience::Table,
        cause: None,
        kind,
    };
    let join = EventKind::SeatJoined {
        seat: SeatId::new(1),
        person: PersonId::new("bench:ana"),
        name: "Ana".to_owned(),
        role: Role::Host,
    };
    let mut log = vec![
        event(1, None, join),
        event(2, None, EventKind::SceneOpened { scene: SceneNo::new(1), title: Some("The Long Road".to_owned()) }),
    ];
    let mut turn = 0;
    while (log.len() as u64) + 3 <= events {
        turn += 1;
        let seq = log.len() as u64 + 1;
        let text = format!("I walk on, for the {turn}th time.");
        let source = SourceId::new(format!("bench:{turn}"));
        let (action, seat, name) = (ActionId::new(seq), SeatId::new(1), "Ana".to_owned());
        let heard = EventKind::ActionSaid { source, seat, text: text.clone(), files: Vec::new(), character: None };
        log.push(event(seq, None, heard));
        let said =
            vec![Said { action, seat, name, text, files: Vec::new(), audience: Audience::Table, character: None }];
        let opened = EventKind::TurnOpened {
            turn: TurnNo::new(turn),
            said,
            provider: ProviderName::oracle(),
            model: None,
            retry_of: None,
        };
        log.push(event(seq + 1, Some(turn), opened));
        let reply = Reply { spans: vec![Span { speaker: None, text: "The road goes on. Rain. ".repeat(8) }] };
        let ended = EventKind::TurnEnded {
            turn: TurnNo::new(turn),
            outcome: TurnOutcome::Answered { reply },
            spent: Spent { cost_micros: Some(0), ..Spent::default() },
            session: None,
            duration_ms: 1,
            first_text_ms: Some(1),
            spoken: talekeeper::domain::Spoken::default(),
        };
        log.push(event(seq + 2, Some(turn), ended));
    }
    log
}

/// Fills a table; what play does every 200 events is done here too.
async fn fill(store: &Store, events: u64) -> (TableId, TableName) {
    let name: TableName = format!("long-{events}").parse().unwrap();
    let row = store.ensure_table(&name, now()).await.unwrap();
    let mut state = talekeeper::table::state::TableState::default();
    for chunk in long_log(events).chunks(200) {
        store.append(row.id, chunk.to_vec()).await.unwrap();
        for event in chunk {
            state.apply(event);
        }
        if chunk.len() == 200 {
            let text = serde_json::to_string(&state).unwrap();
            store.save_snapshot(row.id, BranchId::new(0), state.ledger.seq, text).await.unwrap();
        }
    }
    (row.id, name)
}

async fn opening() {
    println!("\nopening a table, 40 times each, with a fresh hall");
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut medians = Vec::new();
    for events in [550, 50_150] {
        let (_, name) = fill(&store, events).await;
        let mut times = Vec::new();
        for _ in 0..40 {
            let hall = hall(&store, folder.path().to_owned(), &Arc::default());
            let begun = Instant::now();
            hall.table(&name).await.unwrap().view().await.unwrap();
            times.push(begun.elapsed());
        }
        percentiles(&format!("open a table of {events} events (story file included)"), times.clone());
        times.sort();
        medians.push(times[times.len() / 2].as_secs_f64());
    }
    println!("ratio of the medians: {:.2}", medians[1] / medians[0]);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        overhead().await;
        spawning().await;
        opening().await;
    });
}
