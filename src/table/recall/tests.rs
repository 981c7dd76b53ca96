//! A campaign of thirty sessions, played through the machine and the store: what was planted early comes back when the
//! scene needs it, and reaches nobody who may not know it.

use super::*;
use crate::brief::{self, Material, Mode};
use crate::domain::{
    Audience, Budget, Command, Deed, ErrorId, Finished, Memory, MemoryEvent, PathStep, Person, PersonId, ProviderName,
    Role, SeatId, SourceId, Spent, TableId, Tier, Timestamp, TurnNo, WorldDeed,
};
use crate::format::spans;
use crate::table::machine::{Ask, By, Effect, Input, Machine, Setup};
use crate::table::state::{TableState, fold_tale};

mod planted;
mod presence;

use planted::{NOTED, Noted, PLANTED};

const SESSIONS: usize = 30;
const TURNS: usize = 8;

fn audience(seats: &[u32], everyone: bool) -> Audience {
    match (everyone, seats) {
        (true, _) => Audience::Table,
        (false, []) => Audience::Gm,
        (false, seats) => Audience::Seats(seats.iter().copied().map(SeatId::new).collect()),
    }
}

struct Play {
    _dir: tempfile::TempDir,
    store: Store,
    table: TableId,
    machine: Machine,
    running: Option<TurnNo>,
    /// The days that have passed: a session each.
    days: i64,
    lately: Vec<Vec<MemoryId>>,
    asks: u64,
}

fn person(name: &str) -> Person {
    Person { id: PersonId::new(format!("test:{name}")), name: name.to_owned(), role: Role::Host }
}

impl Play {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let table = store.ensure_table(&"crown".parse().unwrap(), Timestamp::from_millis(1)).await.unwrap().id;
        let setup = Setup {
            provider: ProviderName::new("claude"),
            model: None,
            fallbacks: Vec::new(),
            reading: spans::Reading::Narrative,
            action_bytes: 4_000,
            waiting: 5,
            turn_bytes: 8_000,
            reply_bytes: 40_000,
            ask_ms: None,
            budget: Budget::default(),
            summaries: false,
        };
        let machine = Machine::new(setup, TableState::default());
        let mut play = Self { _dir: dir, store, table, machine, running: None, days: 0, lately: Vec::new(), asks: 0 };
        for name in ["ana", "ben", "cleo"] {
            let ask = play.ask();
            play.input(Input::Sit { person: person(name), ask }).await;
        }
        play
    }

    fn ask(&mut self) -> Ask {
        self.asks += 1;
        Ask(self.asks)
    }

    async fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let step = self
                .machine
                .handle(Timestamp::from_millis(self.asks.cast_signed() * 1_000 + self.days * 86_400_000), input);
            self.store.append(self.table, step.record).await.unwrap();
            for effect in step.then {
                match effect {
                    Effect::Run { turn, .. } => self.running = Some(turn),
                    Effect::Fold { path } => {
                        let events =
                            self.store.story_events_on_path(self.table, &path, EventSeq::new(0)).await.unwrap();
                        let tale = fold_tale(self.machine.state().ledger.empty_tale(), &events);
                        inputs.push(Input::Folded { tale: Box::new(tale) });
                    }
                    _ => {}
                }
            }
        }
    }

    async fn say(&mut self, secret: bool, name: &str, text: &str) {
        let ask = self.ask();
        let source = SourceId::new(format!("test:{}", self.asks));
        let text = text.to_owned();
        self.input(Input::Say { person: person(name), source, text, files: Vec::new(), secret, ask }).await;
    }

    /// Ends the running turn with this reply; gives the prompt that the turn was told.
    async fn answer(&mut self, text: &str) -> String {
        let prompt = self.told().await;
        let turn = self.running.take().expect("a turn runs");
        let end = Ok(Finished { text: Some(text.to_owned()), spent: Spent::default() });
        self.input(Input::Ended { turn, end, error: ErrorId::new("E-TEST") }).await;
        prompt
    }

    async fn told(&mut self) -> String {
        let state = self.machine.state();
        let said = state.ledger.running.as_ref().map_or_else(Vec::new, |running| running.said.clone());
        let lately: Vec<_> = self.lately.iter().rev().take(5).flatten().copied().collect();
        let turn = self.running.expect("a turn runs").get();
        let moment = Moment { turn, tale: &state.tale, said: &said, lately: &lately, told: &[], brief_bytes: 48_000 };
        let report = recall(&self.store, self.wanted(Viewer::Gm), &moment).await.unwrap();
        assert!(report.bytes.0 <= report.bytes.1 && report.told.len() <= 10);
        self.lately.push(report.told.iter().map(|told| told.memory.id).collect());
        let memories: Vec<Memory> = report.told.into_iter().map(|told| told.memory).collect();
        let memories = self.store.with_knowers(self.wanted(Viewer::Gm), memories).await.unwrap();
        let material = Material {
            style: Box::leak(Box::default()),
            direction: None,
            bounds: &crate::domain::Bounds::default(),
            anew: false,
            mode: Mode::Narrative,
            table: "crown",
            language: "en",
            house_rules: None,
            guides: &[],
            cast: &[],
            players: &[],
            lore: &[],
            memories: &memories,
            past: Box::leak(Box::default()),
            tale: &state.tale,
            game: &state.tale.game,
            seats: &state.ledger.seats,
            said: &said,
            tools: false,
            memory: brief::Memory::Kept,
            budget: 48_000,
        };
        brief::write(&material).prompt
    }

    fn wanted(&self, viewer: Viewer) -> Wanted {
        let path: Vec<PathStep> = self.machine.state().ledger.path();
        Wanted { table: self.table, path, viewer }
    }

    /// The game master notes something while it answers.
    async fn note(&mut self, (tier, seats, everyone, text, ..): &Noted) {
        let turn = self.running.expect("a turn runs");
        let deed = match tier {
            Tier::Promise => Deed::World(WorldDeed::Promise { who: "Ana".to_owned(), what: (*text).to_owned() }),
            tier => {
                let what = MemoryEvent::Noted { tier: *tier, text: (*text).to_owned(), characters: None };
                Deed::Remember { what, audience: audience(seats, *everyone) }
            }
        };
        let ask = self.ask();
        self.input(Input::Deed { by: By::Gm(turn), deed, ask }).await;
    }

    async fn command(&mut self, command: Command) {
        let ask = self.ask();
        self.input(Input::Command { person: person("ana"), command, ask }).await;
    }
}

/// An ordinary moment, always another: words that come again and again and hide what was planted.
fn filler(n: usize) -> (String, String) {
    const WHO: [&str; 7] =
        ["the guard", "a merchant", "the innkeeper", "the captain", "a child", "the priest", "the smith"];
    const DOES: [&str; 8] = [
        "nods",
        "points at the door",
        "counts coins",
        "asks for the key",
        "looks at the map",
        "speaks of the king",
        "rings the bell",
        "fears the night",
    ];
    const WHERE: [&str; 5] = ["at the chapel", "by the river", "under the hill", "at the docks", "near the well"];
    let pick = |from: &[&'static str], by: usize| from[(n * by + n / 3) % from.len()];
    let said = format!("I talk to {} {}.", pick(&WHO, 3), pick(&WHERE, 2));
    let (who, other) = (pick(&WHO, 5), pick(&WHO, 4));
    let told = format!(
        "Then {who} {} {}, and {other} {} {}. What do you do?",
        pick(&DOES, 3),
        pick(&WHERE, 3),
        pick(&DOES, 7),
        pick(&WHERE, 4)
    );
    (said, told)
}

async fn campaign() -> Play {
    let mut play = Play::new().await;
    for session in 0..SESSIONS - 1 {
        for turn in 0..TURNS {
            if turn == 3
                && let Some((secret, said, told, ..)) = PLANTED.get(session)
            {
                play.say(secret.is_some(), secret.unwrap_or("ana"), said).await;
                play.answer(told).await;
            }
            let (said, told) = filler(session * TURNS + turn);
            play.say(false, if turn % 2 == 0 { "ana" } else { "ben" }, &said).await;
            if turn == 5
                && let Some(noted) = NOTED.get(session)
            {
                play.note(noted).await;
            }
            play.answer(&told).await;
        }
        if session == 5 {
            play.say(false, "ana", "I ask for the true heir.").await;
            play.answer("The true heir is Quillon the tanner.").await;
            play.command(Command::Undo).await;
        }
        play.command(Command::SceneEnd).await;
        play.days += 1;
    }
    play
}

#[tokio::test]
async fn in_session_thirty_the_brief_holds_what_the_scene_needs() {
    let mut play = campaign().await;
    let mut missed = Vec::new();
    for (secret, _, _, asked, needed) in PLANTED {
        play.say(secret.is_some(), secret.unwrap_or("ben"), asked).await;
        let prompt = play.answer("You think it over.").await;
        if !prompt.contains(needed) {
            missed.push(needed);
        }
    }
    for (_, seats, _, _, asked, needed) in NOTED {
        // What a seat knows may be asked in secret; nobody else needs to speak of it.
        play.say(!seats.is_empty(), if seats == [1] { "ana" } else { "ben" }, asked).await;
        let prompt = play.answer("You think it over.").await;
        if !prompt.contains(needed) {
            missed.push(needed);
        }
    }
    assert!(missed.len() * 100 <= (PLANTED.len() + NOTED.len()) * 5, "{missed:?}");
    play.say(false, "ben", "Who was the true heir?").await;
    let prompt = play.answer("Nobody knows.").await;
    assert!(!prompt.contains("Quillon"), "what was taken back is told");
}

#[tokio::test]
async fn no_seat_finds_what_another_did_in_secret() {
    let play = campaign().await;
    for (name, viewer) in [
        ("ana", Viewer::Seat(SeatId::new(1))),
        ("ben", Viewer::Seat(SeatId::new(2))),
        ("cleo", Viewer::Seat(SeatId::new(3))),
        ("", Viewer::Public),
        ("gm", Viewer::Gm),
    ] {
        let mut seen = String::new();
        for (_, said, told, asked, needed) in PLANTED {
            let query = Query::of([said, told, asked, needed]);
            let found = play.store.memories_found(play.wanted(viewer), &query, 1_000).await.unwrap();
            seen.extend(found.into_iter().map(|found| found.memory.text + "\n"));
        }
        for (_, tier) in Tier::NAMED {
            let newest = play.store.newest_memories(play.wanted(viewer), tier, 10_000).await.unwrap();
            seen.extend(newest.into_iter().map(|memory| memory.text + "\n"));
        }
        assert!(seen.contains("I talk to"), "{name} finds nothing at all");
        let sessions = play.store.newest_memories(play.wanted(viewer), Tier::Session, 100).await.unwrap();
        assert_eq!(sessions.len(), SESSIONS - 2, "the last one goes on");
        for (_, seats, everyone, text, ..) in NOTED {
            assert_eq!(seen.contains(text), audience(seats, everyone).admits(viewer), "{name}: {text}");
        }
        for (secret, said, ..) in PLANTED {
            let may = secret.is_none_or(|owner| owner == name || name == "gm");
            assert_eq!(seen.contains(said), may, "{name}: {said}");
        }
    }
}
