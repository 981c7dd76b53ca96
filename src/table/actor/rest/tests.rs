use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::brief::Mode;
use crate::domain::{Budget, Person, PersonId, Role, SafetyAct, SourceId};
use crate::format::spans::Reading;
use crate::provider::Registry;
use crate::store::Store;
use crate::table::handle::TableHandle;
use crate::table::machine::Setup;
use crate::table::state::TableState;
use crate::table::{Bearers, HousePurse, RunSlots};

/// A table without a provider, so that a turn ends as soon as it is begun; driven by hand.
struct Bench {
    table: Resting,
    handle: TableHandle,
    messages: Option<Messages>,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let now = || Timestamp::from_millis(1_800_000_000_000);
        let parts = Parts {
            store: store.clone(),
            providers: Registry::new([]),
            tools: None,
            slots: RunSlots::new(1),
            purse: HousePurse::default(),
            bearers: Bearers::default(),
            data_dir: folder.path().to_owned(),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            finish_within: Duration::from_secs(1),
            metrics: crate::telemetry::Metrics::default(),
            keeper: None,
            now,
        };
        let name: TableName = "gate".parse().unwrap();
        let row = store.ensure_table(&name, now()).await.unwrap();
        let ((inbox, messages), frames) = (mpsc::channel(8), Feed::default());
        let table = Resting::new(row, Arc::new(settings()), parts, frames.clone()).await.unwrap();
        let handle = TableHandle::new(name, inbox, frames);
        Self { table, handle, messages: Some(messages), _folder: folder }
    }

    /// Plays while `people` do something, until the table rests: its state then.
    async fn plays(&mut self, people: impl AsyncFnOnce(&TableHandle)) -> TableState {
        let mut actor = self.table.wake().await.unwrap();
        actor.open().await;
        let messages = self.messages.take().unwrap();
        let (left, ()) = tokio::join!(actor.play(messages), people(&self.handle));
        self.messages = left;
        let state = actor.machine.state().clone();
        self.table.rest(actor);
        state
    }
}

fn settings() -> TableSettings {
    TableSettings {
        setup: Setup {
            provider: ProviderName::new("nobody"),
            model: None,
            fallbacks: Vec::new(),
            reading: Reading::Narrative,
            action_bytes: 1_000,
            waiting: 5,
            turn_bytes: 1_000,
            reply_bytes: 1_000,
            ask_ms: None,
            budget: Budget::default(),
            summaries: false,
        },
        mode: Mode::Narrative,
        language: "en".to_owned(),
        style: Default::default(),
        adults: false,
        house_rules: None,
        allowed_tools: Vec::new(),
        characters: Vec::new(),
        workspace: None,
        kit: Default::default(),
        brief_bytes: 10_000,
        keep_turns: 0,
    }
}

fn ana() -> Person {
    Person { id: PersonId::new("test:ana"), name: "Ana".to_owned(), role: Role::Host }
}

async fn says(table: &TableHandle, text: &str) {
    table.say(ana(), SourceId::new(format!("test:{text}")), text.to_owned()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_table_that_rested_is_the_same_when_somebody_comes() {
    let mut bench = Bench::new().await;
    let before = bench.plays(async |table| says(table, "I knock.").await).await;
    assert!(before.ledger.last_turn > 0, "a turn was played");
    let woken = bench.table.wake().await.unwrap();
    assert_eq!(*woken.machine.state(), before);
    assert_eq!(woken.kept.asked, Some(ProviderName::new("nobody")), "what no log has outlasts the rest");
}

#[tokio::test(start_paused = true)]
async fn who_comes_to_a_table_at_rest_finds_it_awake() {
    let bench = Bench::new().await;
    let Bench { mut table, handle, messages, _folder } = bench;
    let (actor, ending) = (table.wake().await.unwrap(), table.parts.ending.clone());
    let asked = async {
        for _ in 0..3 {
            tokio::time::sleep(LINGERS * 2).await;
            assert_eq!(handle.view().await.unwrap().name.as_str(), "gate");
        }
        says(&handle, "I knock.").await;
        tokio::time::sleep(LINGERS * 2).await;
        assert_eq!(handle.view().await.unwrap().seats.len(), 1);
        ending.cancel();
    };
    tokio::join!(table.attend(actor, messages.unwrap()), asked);
}

#[tokio::test(start_paused = true)]
async fn who_only_tells_a_table_of_its_guests_does_not_wake_it_unless_they_changed() {
    let mut bench = Bench::new().await;
    bench.plays(async |_| {}).await;
    bench.handle.release().await;
    bench.handle.check_age().await;
    bench.handle.guard(AdultsHere::new(|| false)).await;
    bench.handle.guard(AdultsHere::new(|| true)).await;
    let messages = bench.messages.as_mut().unwrap();
    assert!(matches!(*bench.table.somebody(messages).await.unwrap(), Message::Age));
    assert!(messages.is_empty(), "the first three woke nobody");
    let mut woken = bench.table.wake().await.unwrap();
    woken.message(Message::Age).await;
    bench.table.rest(woken);
    assert!(bench.table.wake().await.unwrap().machine.adults(), "who comes is known after a rest");
}

#[tokio::test(start_paused = true)]
async fn a_table_where_play_was_stopped_stays_awake() {
    let mut bench = Bench::new().await;
    let mut actor = bench.table.wake().await.unwrap();
    let messages = bench.messages.take().unwrap();
    let stop = async {
        bench.handle.safety(ana(), SafetyAct::Stop).await.unwrap();
        std::future::pending::<()>().await;
    };
    let played = async { tokio::join!(actor.play(messages), stop) };
    // Who stopped play is known to nobody but the table, and to it only while it is awake.
    assert!(tokio::time::timeout(LINGERS * 10, played).await.is_err());
    assert!(!actor.may_rest());
}
