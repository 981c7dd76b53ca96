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

const SESSIONS: usize = 30;
const TURNS: usize = 8;

/// Who acts in secret, or nobody; what is said and answered; what is asked in the last session; what has to come back.
type Planted = (Option<&'static str>, &'static str, &'static str, &'static str, &'static str);

/// One for each of the first sessions.
const PLANTED: [Planted; 24] = [
    (
        None,
        "I ask the ferryman his name.",
        "**Odo:** Odo, and the brass key lies under the third step of the chapel.",
        "Where did Odo say the brass key was?",
        "third step",
    ),
    (
        None,
        "I comfort the widow.",
        "The widow Tessaly weeps: her son drowned at Gallow Weir on midsummer night.",
        "I ask Tessaly about her son.",
        "Gallow Weir",
    ),
    (
        None,
        "I swear to Baron Hesk that I return his falcon.",
        "Baron Hesk nods and marks the vow in his ledger.",
        "We meet Baron Hesk again. What did I owe him?",
        "falcon",
    ),
    (
        None,
        "I read the milestone.",
        "The milestone says 41 leagues to Quenby, and someone scratched a spiral over it.",
        "How far was it to Quenby?",
        "41 leagues",
    ),
    (
        Some("ana"),
        "I hide the opal ring in the hollow oak.",
        "Nobody saw a thing.",
        "I go back for the opal ring.",
        "hollow oak",
    ),
    (
        Some("ben"),
        "I pour the sleeping draught into Ana's waterskin.",
        "The evening goes on.",
        "I look for the waterskin with the draught.",
        "Ana's waterskin",
    ),
    (None, "왕관은 어디에 있지?", "노인은 왕관이 북쪽 우물 아래에 있다고 말한다.", "왕관을 찾으러 간다", "북쪽 우물"),
    (None, "剣を調べる。", "剣の名は霧切、鍛冶師は源三だと刻まれている。", "霧切の剣は誰が作った？", "源三"),
    (None, "我问店主。", "店主说密道在马厩后面的第七块石板下。", "密道在哪里？", "第七块石板"),
    (
        None,
        "I taste the soup.",
        "It is bitter: the cook Marl uses wormwood against the plague of Ister.",
        "What did Marl put into the soup?",
        "wormwood",
    ),
    (
        None,
        "I count the bells.",
        "Thirteen strokes. In Velm the thirteenth bell is rung for traitors only.",
        "The thirteenth bell of Velm again. What does it mean?",
        "traitors",
    ),
    (
        None,
        "I look at the painting.",
        "The painted countess Ilvane wears a locket shaped like a moth.",
        "Who wore the moth locket in the painting?",
        "Ilvane",
    ),
    (
        None,
        "I promise the orphan Pim a ride on a griffin.",
        "Pim grins with three missing teeth.",
        "Pim is here. What did I promise?",
        "griffin",
    ),
    (
        None,
        "I bargain with the witch.",
        "The witch Agrane takes your reflection as payment for the map.",
        "What was Agrane paid for the map?",
        "reflection",
    ),
    (
        Some("ana"),
        "I copy the abbot's seal in wax.",
        "The candle burns down.",
        "I take out the wax copy of the seal.",
        "abbot's seal",
    ),
    (
        None,
        "I climb the mast.",
        "From the mast you see the wreck of the Halcyon on the reef called Widow's Comb.",
        "Where did the Halcyon wreck?",
        "Widow's Comb",
    ),
    (
        None,
        "I question the captive.",
        "The captive mutters a password: 'salt before silver'.",
        "The guards want the password of the captive.",
        "salt before silver",
    ),
    (
        None,
        "I open the tomb.",
        "King Orrin died of a poisoned glove, the inscription says.",
        "How did King Orrin die?",
        "poisoned glove",
    ),
    (
        None,
        "Ich frage den Müller.",
        "Der Müller Jörg gesteht: das Mehl für den Krönungstag ist verflucht.",
        "Was war mit dem Mehl von Jörg?",
        "verflucht",
    ),
    (
        None,
        "I follow the fox.",
        "The fox leads to a door in the hill that opens only at eclipse.",
        "When does the door in the hill of the fox open?",
        "eclipse",
    ),
    (
        None,
        "I examine the sword of the duelist.",
        "The duelist Corvane fights left-handed since his duel at Tarn.",
        "We face Corvane. How does he fight?",
        "left-handed",
    ),
    (
        None,
        "I listen at the door.",
        "Two voices: the regent will sell the northern province for nine ships.",
        "What will the regent sell for ships?",
        "nine ships",
    ),
    (
        None,
        "I pay the beggar.",
        "The beggar Nettle warns of the red lantern at the docks.",
        "What did Nettle warn us of?",
        "red lantern",
    ),
    (
        None,
        "I feed the raven.",
        "The raven answers to the name Ashgrave and fears silver.",
        "What does the raven Ashgrave fear?",
        "fears silver",
    ),
];

/// What the game master noted in a session: as what, for whom, what; what is asked in the last one; what has to come back.
type Noted = (Tier, &'static [u32], bool, &'static str, &'static str, &'static str);

/// For everyone, for the seats named, or (none named, not for everyone) for the game master alone.
const NOTED: [Noted; 7] = [
    (
        Tier::Fact,
        &[1],
        false,
        "The abbess Ottoline sells keys to the crypt of Varn.",
        "I ask Ottoline about the crypt.",
        "sells keys",
    ),
    (Tier::Fact, &[], true, "은행장 미르는 왼손에 여섯 손가락이 있다.", "미르의 왼손은 어떻지?", "여섯 손가락"),
    (
        Tier::Rumour,
        &[],
        false,
        "Brannoch of the lighthouse is the drowned prince.",
        "We visit Brannoch at the lighthouse.",
        "drowned prince",
    ),
    (
        Tier::Rumour,
        &[2, 3],
        false,
        "The vintner Casperl waters his wine with tears.",
        "I drink with Casperl the vintner.",
        "with tears",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "a free crossing at Whitsand",
        "We come to Whitsand. What about the crossing?",
        "free crossing",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "to carve the name of Udell into the bridge",
        "We cross the bridge. What of Udell?",
        "carve the name",
    ),
    (
        Tier::Promise,
        &[],
        true,
        "to bury Lady Ferrow beside her hound",
        "Lady Ferrow is dead. What was promised?",
        "beside her hound",
    ),
];

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

impl Play {
    /// The game master does something while it answers.
    async fn deed(&mut self, deed: Deed) {
        let (turn, ask) = (self.running.expect("a turn runs"), self.ask());
        self.input(Input::Deed { by: By::Gm(turn), deed, ask }).await;
    }

    async fn turn(&mut self, said: &str, told: &str) -> String {
        self.say(false, "ana", said).await;
        self.answer(told).await
    }

    /// What one of the game master's own knows of a word, as far as `viewer` may know it.
    async fn known_to(&self, viewer: Viewer, name: &str, word: &str) -> String {
        let (wanted, query, names) = (self.wanted(viewer), Query::of([word]), [name.to_owned()]);
        let found = self.store.memories_known_to(wanted, &query, &names, 50).await.unwrap();
        found.into_iter().map(|found| found.memory.text + "\n").collect()
    }

    async fn number_of(&self, word: &str) -> MemoryId {
        let found = self.store.memories_found(self.wanted(Viewer::Gm), &Query::of([word]), 1).await.unwrap();
        found[0].memory.id
    }
}

fn told(memory: MemoryId, to: &str) -> Deed {
    let what = MemoryEvent::Told { memory, to: vec![to.to_owned()] };
    Deed::Remember { what, audience: Audience::Gm }
}

fn leaves(name: &str) -> Deed {
    Deed::World(WorldDeed::Presence { enter: Vec::new(), leave: vec![name.to_owned()] })
}

/// The line over the memory that holds a word.
fn heading<'a>(prompt: &'a str, word: &str) -> &'a str {
    let lines: Vec<_> = prompt.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("| ") && line.contains(word)).expect(prompt);
    lines[..at].iter().rev().find(|line| line.starts_with("[memory")).expect(prompt)
}

#[tokio::test]
async fn tomas_knows_what_he_saw_and_was_told_and_forgets_it_with_an_undo() {
    let mut play = Play::new().await;
    play.turn("I give Mira the opal.", "**Mira:** It goes under the thirteenth stair.").await;
    play.command(Command::SceneEnd).await;
    play.turn("We wait at the inn.", "**Tomas:** Welcome.\n\n**Mira:** Good evening.").await;
    let asked = "I ask where the opal is.";
    let prompt = play.turn(asked, "A silence falls.").await;
    let line = heading(&prompt, "thirteenth stair");
    assert!(line.contains("seen by Mira") && line.contains("not known to Tomas"), "{line}");
    assert!(!play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));
    assert!(play.known_to(Viewer::Gm, "mira", "opal").await.contains("stair"));

    play.say(false, "ana", "I go to bed.").await;
    let memory = play.number_of("thirteenth").await;
    play.deed(told(memory, "Tomas")).await;
    play.answer("Later, steps.").await;
    let prompt = play.turn(asked, "Somebody coughs.").await;
    let line = heading(&prompt, "thirteenth stair");
    assert!(line.contains("seen by Mira") && line.contains("only heard of by Tomas"), "{line}");
    assert!(play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));

    play.command(Command::Undo).await;
    assert!(play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"), "that turn did not tell him");
    play.command(Command::Undo).await;
    assert!(!play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));
    let prompt = play.turn(asked, "Nothing.").await;
    assert!(heading(&prompt, "thirteenth stair").contains("not known to Tomas"));
    assert_eq!(play.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn who_leaves_or_has_not_come_yet_knows_nothing_of_it_and_a_turn_that_fails_moves_nobody() {
    let mut play = Play::new().await;
    play.turn("I enter.", "**Mira:** Come in.").await;
    play.say(false, "ana", "I wait until Mira is gone and read the ledger.").await;
    play.deed(leaves("mira")).await;
    play.answer("The ledger names a smuggler.").await;
    assert!(!play.known_to(Viewer::Gm, "mira", "ledger").await.contains("smuggler"));
    assert!(play.machine.state().tale.game.world.here.is_empty());
    let prompt = play.turn("I call for Tomas.", "**Tomas:** Yes?").await;
    assert!(!prompt.contains("Here, played by you"), "{prompt}");
    let prompt = play.turn("I greet Tomas.", "He nods at the lantern.").await;
    assert!(prompt.contains("Here, played by you: Tomas (saw nothing up to turn 2)"), "{prompt}");
    assert!(play.known_to(Viewer::Gm, "tomas", "lantern").await.contains("lantern"));
    assert!(!play.known_to(Viewer::Gm, "tomas", "ledger").await.contains("smuggler"));

    // What was done in a turn that is not answered was not done: he is still there and was told nothing.
    play.say(false, "ana", "I think of the smuggler.").await;
    let memory = play.number_of("smuggler").await;
    play.deed(told(memory, "Tomas")).await;
    play.deed(leaves("Tomas")).await;
    let turn = play.running.take().unwrap();
    let end = Err(crate::domain::Fault::new(crate::domain::FaultKind::Other, "away"));
    play.input(Input::Ended { turn, end, error: ErrorId::new("E-TEST") }).await;
    play.turn("I light the candle.", "It burns.").await;
    assert!(play.known_to(Viewer::Gm, "tomas", "candle").await.contains("burns"));
    assert!(!play.known_to(Viewer::Gm, "tomas", "ledger").await.contains("smuggler"));
    play.command(Command::SceneEnd).await;
    assert!(play.machine.state().tale.game.world.here.is_empty(), "nobody is there when a scene ends");
    assert_eq!(play.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_character_was_told_of_a_seats_secret_reaches_no_other_seat() {
    let mut play = Play::new().await;
    play.turn("We sit down.", "**Tomas:** Well?").await;
    play.say(true, "ben", "I hide the ring in the hollow oak.").await;
    play.answer("The evening goes on.").await;
    play.say(false, "ana", "I look around.").await;
    assert!(!play.known_to(Viewer::Gm, "tomas", "oak").await.contains("oak"), "he was there, but it was in secret");
    let memory = play.number_of("oak").await;
    play.deed(told(memory, "Tomas")).await;
    let what = MemoryEvent::Noted {
        tier: Tier::Rumour,
        text: "The crown is glass.".to_owned(),
        characters: Some(vec!["Odo".to_owned()]),
    };
    play.deed(Deed::Remember { what, audience: Audience::Gm }).await;
    play.answer("All is quiet.").await;
    let [ana, ben] = [1, 2].map(|seat| Viewer::Seat(SeatId::new(seat)));
    assert!(play.known_to(Viewer::Gm, "tomas", "oak").await.contains("hollow oak"));
    assert!(play.known_to(ben, "tomas", "oak").await.contains("hollow oak"));
    assert_eq!(play.known_to(ana, "tomas", "oak").await, "");
    assert_eq!(play.known_to(Viewer::Public, "tomas", "oak").await, "");
    assert!(play.known_to(Viewer::Gm, "odo", "crown").await.contains("glass"));
    assert_eq!(play.known_to(ana, "odo", "crown").await, "");
    assert_eq!(play.known_to(Viewer::Gm, "tomas", "crown").await, "");
}
