//! Tables through their handles, as a door uses them: several people, a slow provider, a full house.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use talekeeper::brief::Mode;
use talekeeper::domain::{
    BlockKey, Budget, Command, Deed, Envelope, Finished, Person, PersonId, ProviderEvent, ProviderName, Refusal, Role,
    SeatId, SourceId, TableName, Timestamp, Viewer,
};
use talekeeper::format::spans::Reading;
use talekeeper::provider::{BoxFuture, Provider, Registry, TurnOrder};
use talekeeper::store::Store;
use talekeeper::table::machine::{Answer, Setup};
use talekeeper::table::{
    Bearers, FrameBody, Hall, HousePurse, Parts, RunSlots, TableError, TableHandle, TableSettings, TurnEnd, Watch,
    Watched,
};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::installation::PATIENCE;

/// A provider that does nothing until the test says what.
struct Puppet {
    name: ProviderName,
    calls: mpsc::UnboundedSender<Call>,
}

/// One run, in the test's hands.
struct Call {
    order: TurnOrder,
    events: mpsc::Sender<ProviderEvent>,
    cancel: CancellationToken,
    done: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Call {
    async fn says(&self, text: &str) {
        let block = BlockKey { message: "m".to_owned(), index: 0 };
        self.events.send(ProviderEvent::Text { block, text: text.to_owned() }).await.unwrap();
    }

    async fn ends(mut self) {
        self.events.send(ProviderEvent::Finished(Finished::default())).await.unwrap();
        self.done.take().unwrap().send(()).unwrap();
    }

    fn said(&self) -> Vec<(String, String)> {
        self.order.said.iter().map(|said| (said.name.clone(), said.text.clone())).collect()
    }
}

impl Provider for Puppet {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn run(
        &self,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (done, finished) = tokio::sync::oneshot::channel();
            let _ = self.calls.send(Call { order, events, cancel, done: Some(done) });
            let _ = finished.await;
        })
    }
}

struct House {
    hall: Hall,
    calls: mpsc::UnboundedReceiver<Call>,
    parts: Parts,
    _folder: TempDir,
}

impl House {
    fn new(running: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (calls, called) = mpsc::unbounded_channel();
        let puppet = Arc::new(Puppet { name: ProviderName::new("puppet"), calls }) as Arc<dyn Provider>;
        let parts = Parts {
            store: Store::open(folder.path()).unwrap(),
            providers: Registry::new([puppet]),
            tools: None,
            slots: RunSlots::new(running),
            purse: HousePurse::default(),
            bearers: Bearers::default(),
            data_dir: PathBuf::from(folder.path()),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            finish_within: Duration::from_secs(1),
            metrics: talekeeper::telemetry::Metrics::default(),
            keeper: None,
            now: || Timestamp::from_millis(1_800_000_000_000),
        };
        let hall = Hall::new(parts.clone(), Arc::new(|_: &TableName| settings()));
        Self { hall, calls: called, parts, _folder: folder }
    }

    /// The same house after everybody went home: tables are folded from the log again.
    fn reopened(&self) -> Hall {
        Hall::new(self.parts.clone(), Arc::new(|_: &TableName| settings()))
    }

    /// Plays one turn to its end.
    async fn turn(&mut self, table: &TableHandle, number: u32) {
        let mut watch = table.watch(Viewer::Public);
        say(table, "Ana", number, &format!("I take step {number}.")).await;
        let call = self.call().await;
        call.says(&format!("Step {number} is taken.")).await;
        call.ends().await;
        shown(&mut watch, answered).await;
    }

    async fn table(&self, name: &str) -> TableHandle {
        self.hall.table(&name.parse().unwrap()).await.unwrap()
    }

    async fn call(&mut self) -> Call {
        tokio::time::timeout(PATIENCE, self.calls.recv()).await.expect("the provider is asked").unwrap()
    }
}

fn settings() -> TableSettings {
    TableSettings {
        setup: Setup {
            provider: ProviderName::new("puppet"),
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
        adults: false,
        house_rules: None,
        allowed_tools: Vec::new(),
        characters: Vec::new(),
        workspace: None,
        kit: Default::default(),
        brief_bytes: 96_000,
        keep_turns: 0,
    }
}

fn person(name: &str) -> Person {
    Person { id: PersonId::new(format!("test:{name}")), name: name.to_owned(), role: Role::Host }
}

fn source(number: u32) -> SourceId {
    SourceId::new(format!("test:{number}"))
}

async fn say(table: &TableHandle, name: &str, number: u32, text: &str) {
    table.say(person(name), source(number), text.to_owned()).await.unwrap();
}

/// Waits for the frame that `wanted` picks something from.
async fn shown<T>(watch: &mut Watch, wanted: impl Fn(&FrameBody) -> Option<T>) -> T {
    let found = async {
        loop {
            match watch.next().await {
                Watched::Frame(frame) => {
                    if let Some(found) = wanted(&frame.body) {
                        return found;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it is shown")
}

fn answered(body: &FrameBody) -> Option<String> {
    match body {
        FrameBody::TurnEnded { end: TurnEnd::Answered { reply, .. }, .. } => Some(reply.to_markdown()),
        _ => None,
    }
}

#[tokio::test]
async fn what_is_said_meanwhile_waits_follows_its_source_and_is_answered_together() {
    let mut house = House::new(4);
    let table = house.table("gate").await;
    let mut watch = table.watch(Viewer::Public);
    say(&table, "Ana", 1, "I knock.").await;
    let first = house.call().await;
    say(&table, "Ben", 2, "I wiat.").await;
    say(&table, "Ana", 3, "I sing.").await;
    say(&table, "Ben", 4, "I dance.").await;
    table.edit(source(2), "I wait.".to_owned()).await.unwrap();
    table.withdraw(source(3)).await.unwrap();
    assert_eq!(table.view().await.unwrap().waiting, 2);
    first.says("Silence.").await;
    first.ends().await;
    let second = house.call().await;
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(second.said(), [pair("Ben", "I wait."), pair("Ben", "I dance.")]);
    assert!(second.order.prompt.contains("[seat 2 · Ben]\n| I wait.\n"), "{}", second.order.prompt);
    let late = table.edit(source(2), "I run.".to_owned()).await;
    assert_eq!(late, Err(TableError::Refused(Refusal::NotWaiting)));
    second.says("It rains.").await;
    second.ends().await;
    assert_eq!(shown(&mut watch, answered).await, "Silence.");
    assert_eq!(shown(&mut watch, answered).await, "It rains.");
}

#[tokio::test]
async fn hearing_an_action_twice_is_hearing_it_once() {
    let mut house = House::new(4);
    let table = house.table("gate").await;
    let once = table.say(person("Ana"), source(1), "I knock.".to_owned()).await.unwrap();
    let call = house.call().await;
    let twice = table.say(person("Ana"), source(1), "I knock.".to_owned()).await.unwrap();
    let action = |answer: &Answer| match answer {
        Answer::Heard { action, .. } => *action,
        other => panic!("{other:?}"),
    };
    assert_eq!(action(&once), action(&twice));
    call.says("Once.").await;
    call.ends().await;
    assert_eq!(table.view().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_full_house_answers_in_the_order_of_asking_and_tells_the_place() {
    let mut house = House::new(1);
    let (first, second, third) = (house.table("one").await, house.table("two").await, house.table("three").await);
    let (mut second_watch, mut third_watch) = (second.watch(Viewer::Public), third.watch(Viewer::Public));
    say(&first, "Ana", 1, "One.").await;
    let running = house.call().await;
    let ahead = |body: &FrameBody| match body {
        FrameBody::Queued { ahead, .. } => Some(*ahead),
        _ => None,
    };
    say(&second, "Ben", 2, "Two.").await;
    assert_eq!(shown(&mut second_watch, ahead).await, 0);
    say(&third, "Cleo", 3, "Three.").await;
    assert_eq!(shown(&mut third_watch, ahead).await, 1);
    running.says("1").await;
    running.ends().await;
    let next = house.call().await;
    assert_eq!(next.order.table, "two");
    next.says("2").await;
    next.ends().await;
    assert_eq!(house.call().await.order.table, "three");
}

#[tokio::test]
async fn a_stop_reaches_the_provider_and_nothing_of_the_turn_is_shown_after_it() {
    let mut house = House::new(4);
    let table = house.table("gate").await;
    let mut watch = table.watch(Viewer::Public);
    say(&table, "Ana", 1, "I knock.").await;
    let call = house.call().await;
    call.says("A bolt").await;
    shown(&mut watch, |body| matches!(body, FrameBody::Text { .. }).then_some(())).await;
    table.command(person("Ana"), Command::Stop).await.unwrap();
    tokio::time::timeout(PATIENCE, call.cancel.cancelled()).await.expect("the run is cancelled");
    call.says(" slides back").await;
    call.ends().await;
    let end = shown(&mut watch, |body| match body {
        FrameBody::Text { append, .. } => panic!("shown after the stop: {append}"),
        FrameBody::TurnEnded { end, .. } => Some(end.clone()),
        _ => None,
    });
    assert_eq!(end.await, TurnEnd::Stopped);
}

#[tokio::test]
async fn text_that_the_provider_takes_back_is_taken_back_from_those_who_look_on() {
    let mut house = House::new(4);
    let table = house.table("gate").await;
    let mut watch = table.watch(Viewer::Public);
    say(&table, "Ana", 1, "I knock.").await;
    let call = house.call().await;
    call.says("Half a sen").await;
    call.events.send(ProviderEvent::Withdrawn { message: "m".to_owned(), from: 0 }).await.unwrap();
    let replaced = shown(&mut watch, |body| match body {
        FrameBody::Replaced { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(replaced.await, "");
    call.says("A whole sentence.").await;
    call.ends().await;
    assert_eq!(shown(&mut watch, answered).await, "A whole sentence.");
}

#[tokio::test]
async fn no_table_waits_for_another() {
    let mut house = House::new(4);
    let (slow, quick) = (house.table("slow").await, house.table("quick").await);
    let mut watch = quick.watch(Viewer::Public);
    say(&slow, "Ana", 1, "I wait.").await;
    let held = house.call().await;
    say(&quick, "Ben", 2, "I run.").await;
    let call = house.call().await;
    call.says("You are there.").await;
    call.ends().await;
    assert_eq!(shown(&mut watch, answered).await, "You are there.");
    drop(held);
}

#[tokio::test]
async fn a_long_table_with_undone_turns_is_the_same_from_snapshots_and_from_the_log() {
    let mut house = House::new(4);
    let table = house.table("road").await;
    for number in 1..=90 {
        house.turn(&table, number).await;
        if number % 20 == 0 {
            for _ in 0..3 {
                table.command(person("Ana"), Command::Undo).await.unwrap();
            }
        }
        if number == 50 {
            table
                .command(person("Ana"), Command::SceneNew { title: Some("The Far Side".to_owned()), greeting: None })
                .await
                .unwrap();
        }
    }
    // 90 turns told, 4 times 3 of them taken back.
    let before = table.view().await.unwrap();
    assert_eq!((before.turns, before.waiting), (78, 0));
    let name: TableName = "road".parse().unwrap();
    let by_snapshot = house.reopened().table(&name).await.unwrap().view().await.unwrap();
    assert_eq!(by_snapshot, before);
    house.parts.store.rebuild().await.unwrap();
    let by_log = house.reopened().table(&name).await.unwrap().view().await.unwrap();
    assert_eq!(by_log, before);
}

#[tokio::test]
async fn secrets_reach_the_game_master_and_their_seat_and_nothing_else() {
    let mut house = House::new(4);
    let table = house.table("gate").await;
    for name in ["Ana", "Ben"] {
        table.sit(person(name)).await.unwrap();
    }
    let mut everyone = table.watch(Viewer::Public);
    table.deed(person("Ben"), whisper(1, "Trust nobody here.")).await.unwrap();
    let envelope = |body: &FrameBody| match body {
        FrameBody::Letter { event, .. } => Some(*event),
        FrameBody::Game { .. } => panic!("{body:?}"),
        _ => None,
    };
    let first = shown(&mut everyone, envelope).await;
    table.say_in_secret(person("Ana"), source(1), "I palm the silver key.".to_owned()).await.unwrap();
    let call = house.call().await;
    assert!(
        call.order.prompt.contains("[seat 1 · Ana · in secret]\n| I palm the silver key.\n"),
        "{}",
        call.order.prompt
    );
    assert!(call.order.prompt.contains("[seat 2 · Ben · to seat 1 · Ana · in secret]\n| Trust nobody here.\n"));
    let told = call.order.hand.deed(whisper(1, "It is warm.")).await.unwrap();
    assert_eq!(call.order.hand.game().await.unwrap().whispers.len(), 2);
    call.says("The lamp gutters.").await;
    call.ends().await;
    let second = shown(&mut everyone, envelope).await;
    assert_eq!(told[0].seq, second);
    shown(&mut everyone, answered).await;
    for (name, letters) in [("Ana", [true, true]), ("Ben", [true, false]), ("Nobody", [false, false])] {
        for (event, may_read) in [first, second].into_iter().zip(letters) {
            let letter = table.letter(person(name).id, event).await.unwrap();
            assert_eq!(matches!(letter, Envelope::Yours(_)), may_read, "{name} {event}");
        }
        let known = table.game(Some(person(name).id)).await.unwrap().whispers.len();
        assert_eq!(known, letters.iter().filter(|may| **may).count(), "{name}");
    }
    house.parts.ending.cancel();
    house.parts.tasks.close();
    house.parts.tasks.wait().await;
    let stories = house.parts.data_dir.join("stories/gate");
    let written =
        std::fs::read_dir(stories).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let written = written.collect::<String>();
    assert!(written.contains("The lamp gutters."), "{written}");
    for secret in ["silver key", "Trust nobody", "It is warm"] {
        assert!(!written.contains(secret), "{written}");
    }
}

fn whisper(to: u32, text: &str) -> Deed {
    Deed::Whisper { to: SeatId::new(to), text: text.to_owned() }
}
