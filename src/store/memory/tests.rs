use proptest::prelude::*;

use super::deriving::path_to;
use super::*;
use crate::domain::{
    ActionId, Actor, Audience, BranchId, Event, EventKind, GameEvent, MemoryEvent, ProviderName, Reply, Said, SeatId,
    Span, SummaryNote, SummaryOutcome, TurnOutcome, Whisper, WorldEvent,
};
use crate::store::testing::{Fresh, Scribe, failed, fresh};

fn seat(seat: u32) -> Viewer {
    Viewer::Seat(SeatId::new(seat))
}

/// A turn in which one seat says something and is answered.
fn turn(scribe: &mut Scribe, turn: u64, said: &str, audience: Audience, answer: &str) -> Vec<Event> {
    let said = Said {
        action: ActionId::new(1),
        seat: SeatId::new(1),
        name: "Ana".into(),
        text: said.into(),
        files: Vec::new(),
        audience,
        character: None,
    };
    let turn = TurnNo::new(turn);
    let opened =
        EventKind::TurnOpened { turn, said: vec![said], provider: ProviderName::oracle(), model: None, retry_of: None };
    let reply = Reply { spans: vec![Span { speaker: None, text: answer.into() }] };
    let opened = scribe.write(opened);
    let ended = scribe.end_turn(turn.get(), TurnOutcome::Answered { reply });
    [opened, ended].map(|event| Event { turn: Some(turn), ..event }).into()
}

fn whisper(scribe: &mut Scribe, to: u32, text: &str) -> Event {
    let whisper = Whisper { from: Actor::Gm, to: SeatId::new(to), text: text.into() };
    let audience = whisper.audience();
    Event { audience, ..scribe.write(EventKind::Game(GameEvent::Whispered(whisper))) }
}

fn about(scribe: &mut Scribe, what: MemoryEvent) -> Event {
    scribe.write(EventKind::Game(GameEvent::Memory(what)))
}

impl Fresh {
    async fn found(&self, branch: u32, viewer: Viewer, words: &str) -> Vec<String> {
        let path = self.store.readers.run({
            let table = self.table;
            move |conn| path_to(conn, table, BranchId::new(branch))
        });
        let wanted = Wanted { table: self.table, path: path.await.unwrap(), viewer };
        let found = self.store.memories_found(wanted, &Query::of([words]), 50).await.unwrap();
        found.into_iter().map(|found| found.memory.text).collect()
    }

    async fn everything(&self, viewer: Viewer) -> Vec<String> {
        let path = vec![PathStep { branch: BranchId::new(0), upto: None }];
        let mut all = Vec::new();
        for (_, tier) in Tier::NAMED {
            let wanted = Wanted { table: self.table, path: path.clone(), viewer };
            all.extend(self.store.newest_memories(wanted, tier, 500).await.unwrap());
        }
        all.into_iter().map(|memory| memory.text).collect()
    }
}

#[tokio::test]
async fn a_seat_finds_what_it_may_know_and_nothing_else() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let own = Audience::Seats(vec![SeatId::new(1)]);
    let mut events = turn(&mut s, 1, "I hide the opal.", own, "The wind turns.");
    events.push(whisper(&mut s, 2, "The opal is cursed."));
    let gm = Event { audience: Audience::Gm, ..whisper(&mut s, 2, "The opal is a lich.") };
    events.push(gm);
    f.store.append(f.table, events).await.unwrap();
    let found = async |viewer| f.found(0, viewer, "opal").await;
    assert_eq!(found(Viewer::Gm).await.len(), 3);
    assert_eq!(found(seat(1)).await, ["Ana: I hide the opal. (in secret)"]);
    assert_eq!(found(seat(2)).await, ["The opal is cursed."]);
    assert!(found(seat(3)).await.is_empty());
    assert!(found(Viewer::Public).await.is_empty());
    assert_eq!(f.found(0, Viewer::Public, "wind").await.len(), 1);
}

#[tokio::test]
async fn chinese_japanese_and_korean_are_found_whatever_the_length_of_the_word() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let told = [
        "왕관은 세 번째 계단 아래에 있다.",
        "王冠は井戸の底にある。",
        "他把剑藏在桥下面了。",
        "Der Schlüssel liegt im Brunnen.",
    ];
    let events = (1..).zip(told).flat_map(|(n, told)| turn(&mut s, n, "?", Audience::Table, told));
    f.store.append(f.table, events.collect()).await.unwrap();
    let words = ["왕관", "왕관을 찾자", "王冠", "井", "剑", "桥下面", "schlussel", "Brunnen"];
    for (word, expected) in words.into_iter().zip([0, 0, 1, 1, 2, 2, 3, 3]) {
        let found = f.found(0, Viewer::Public, word).await;
        assert!(found.first().is_some_and(|first| first.contains(told[expected])), "{word}: {found:?}");
    }
}

#[tokio::test]
async fn what_was_taken_back_is_not_found_and_what_was_not_answered_neither() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let mut events = turn(&mut s, 1, "I look.", Audience::Table, "A heron stands there.");
    let kept = s.seq;
    events.extend(turn(&mut s, 2, "I shout.", Audience::Table, "A heron flies away."));
    let opened = turn(&mut s, 3, "I wait.", Audience::Table, "-").swap_remove(0);
    events.push(opened);
    s.seq -= 1;
    events.push(Event { turn: Some(TurnNo::new(3)), ..whisper(&mut s, 1, "The heron is a spy.") });
    f.store.append(f.table, events).await.unwrap();
    assert_eq!(f.found(0, Viewer::Gm, "heron").await.len(), 3);
    let in_turn = |event: Event| Event { turn: Some(TurnNo::new(3)), ..event };
    let taken_back = in_turn(s.write(EventKind::Game(GameEvent::TakenBack)));
    f.store.append(f.table, vec![taken_back]).await.unwrap();
    assert_eq!(f.found(0, Viewer::Gm, "heron").await.len(), 2, "the turn is run anew");
    let again = in_turn(whisper(&mut s, 1, "The heron is a thief."));
    f.store.append(f.table, vec![again]).await.unwrap();
    assert_eq!(f.found(0, Viewer::Gm, "heron").await.len(), 3);
    let ended = s.end_turn(3, failed());
    f.store.append(f.table, vec![ended]).await.unwrap();
    assert_eq!(f.found(0, Viewer::Gm, "heron").await.len(), 2);
    let undone = s.branch(kept);
    f.store.append(f.table, vec![undone]).await.unwrap();
    assert_eq!(f.found(1, Viewer::Gm, "heron").await, ["Ana: I look. → A heron stands there."]);
    assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn people_forget_and_correct_and_it_stays_so_after_a_rebuild_and_an_undo() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let mut events = turn(&mut s, 1, "I ask.", Audience::Table, "The smith is called Bram.");
    let whispered = whisper(&mut s, 2, "The smith lies.");
    let (told, secret) = (events[1].seq, whispered.seq);
    let id = |event| MemoryId { event, part: 0 };
    events.push(whispered);
    let fork = s.seq;
    events.push(about(&mut s, MemoryEvent::Pinned { memory: id(told) }));
    events.push(about(&mut s, MemoryEvent::Fixed { memory: id(told), text: "The smith is called Berta.".into() }));
    events
        .push(about(&mut s, MemoryEvent::Fixed { memory: id(secret), text: "The smith lies about the horse.".into() }));
    events.push(s.branch(fork));
    f.store.append(f.table, events).await.unwrap();
    for _ in 0..2 {
        assert_eq!(f.found(1, seat(3), "smith").await, ["The smith is called Berta."]);
        assert_eq!(f.found(1, seat(2), "smith horse").await.len(), 2);
        f.store.rebuild().await.unwrap();
    }
    let fixed = id(EventSeq::new(fork + 2));
    let event = about(&mut s, MemoryEvent::Forgotten { memory: fixed });
    f.store.append(f.table, vec![event]).await.unwrap();
    assert_eq!(f.found(1, seat(3), "smith").await, Vec::<String>::new());
    assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_scene_leaves_a_summary_and_a_log_from_before_is_remembered_at_the_next_start() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let mut events = vec![s.open_scene(1)];
    events.extend(turn(&mut s, 1, "I knock.", Audience::Table, "It opens."));
    events.push(s.write(EventKind::SceneTitled { scene: SceneNo::new(1), title: "The Gate".into() }));
    events.push(s.write(EventKind::SceneEnded { scene: SceneNo::new(1) }));
    f.store.append(f.table, events).await.unwrap();
    let all = f.everything(Viewer::Public).await;
    assert_eq!(all, ["Ana: I knock. → It opens.", "The Gate: Ana: I knock. → It opens."]);
    f.tamper("DELETE FROM memory; DELETE FROM notes").await;
    f.store.close().await;
    let again = Store::open(f.dir.path()).unwrap();
    let f = Fresh { store: again, ..f };
    assert_eq!(f.everything(Viewer::Public).await, all);
}

const HOUR: i64 = 3_600_000;

/// The same events, so many hours later.
fn later(events: Vec<Event>, hours: i64) -> Vec<Event> {
    let at = |event: &Event| Timestamp::from_millis(event.at.millis() + hours * HOUR);
    events.into_iter().map(|event| Event { at: at(&event), ..event }).collect()
}

fn summed(scribe: &mut Scribe, of: MemoryId, text: &str, arc: Option<&str>, notes: &[(Tier, &str)]) -> Event {
    let note = |(tier, text): &(Tier, &str)| SummaryNote { tier: *tier, text: (*text).to_owned() };
    let notes = notes.iter().map(note).collect();
    let outcome = SummaryOutcome::Written { text: text.to_owned(), arc: arc.map(str::to_owned), notes };
    scribe.write(EventKind::SummaryEnded { of, outcome, spent: crate::domain::Spent::default() })
}

impl Fresh {
    async fn of_tier(&self, branch: u32, tier: Tier) -> Vec<String> {
        let table = self.table;
        let path = self.store.readers.run(move |conn| path_to(conn, table, BranchId::new(branch))).await.unwrap();
        let wanted = Wanted { table, path, viewer: Viewer::Public };
        let newest = self.store.newest_memories(wanted, tier, 50).await.unwrap();
        newest.into_iter().map(|memory| memory.text).collect()
    }
}

#[tokio::test]
async fn a_session_is_over_when_the_next_begins_and_stays_so_when_that_is_taken_back() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let own = Audience::Seats(vec![SeatId::new(1)]);
    let mut events = vec![s.open_scene(1)];
    events.extend(turn(&mut s, 1, "I knock.", Audience::Table, "It opens."));
    events.extend(turn(&mut s, 2, "I palm the OPAL.", own, "Nothing stirs."));
    let last = s.seq;
    let next = turn(&mut s, 3, "I go in.", Audience::Table, "Dark.");
    let id = MemoryId { event: next[0].seq, part: 0 };
    events.extend(later(next, 9));
    f.store.append(f.table, events).await.unwrap();
    let session = "Ana: I knock. → It opens. / → Nothing stirs.";
    assert_eq!(f.of_tier(0, Tier::Session).await, [session]);
    assert_eq!(f.of_tier(0, Tier::Arc).await, [session], "and no word of what was secret");
    let told = f.store.to_sum_up(f.table, id).await.unwrap().unwrap();
    assert_eq!((told.tier, told.lines.len(), told.arc), (Tier::Session, 2, None));
    let undone = s.branch(last);
    let again = later(turn(&mut s, 4, "I call.", Audience::Table, "An echo."), 9);
    f.store.append(f.table, std::iter::once(undone).chain(again).collect()).await.unwrap();
    assert_eq!(f.of_tier(1, Tier::Session).await, [session], "once");
    let third = later(turn(&mut s, 5, "I sleep.", Audience::Table, "Morning."), 30);
    let id = MemoryId { event: third[0].seq, part: 0 };
    f.store.append(f.table, third).await.unwrap();
    assert_eq!(f.of_tier(1, Tier::Session).await, ["Ana: I call. → An echo.", session]);
    let told = f.store.to_sum_up(f.table, id).await.unwrap().unwrap();
    assert_eq!((told.lines.len(), told.arc.as_deref()), (1, Some(session)));
    assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_providers_summary_takes_the_place_of_the_first_and_never_that_of_what_people_said() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let mut events = vec![s.open_scene(1)];
    events.extend(turn(&mut s, 1, "I knock.", Audience::Table, "It opens."));
    let fork = s.seq + 1;
    let ended = s.write(EventKind::SceneEnded { scene: SceneNo::new(1) });
    let of = MemoryId { event: ended.seq, part: 0 };
    events.push(ended);
    events.push(s.open_scene(2));
    events.extend(turn(&mut s, 2, "I go in.", Audience::Table, "Dark."));
    f.store.append(f.table, events).await.unwrap();
    let told = f.store.to_sum_up(f.table, of).await.unwrap().unwrap();
    assert_eq!((told.tier, told.lines.len()), (Tier::Scene, 1));
    // It comes while the next turn is being played, and that turn is taken back.
    let notes = [(Tier::Fact, "The door is old."), (Tier::Promise, "Ana promised a song.")];
    let event = summed(&mut s, of, "Ana knocked, and it opened.", None, &notes);
    f.store.append(f.table, vec![event, s.branch(fork)]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(f.of_tier(1, Tier::Scene).await, ["Ana knocked, and it opened."]);
        assert_eq!(f.of_tier(1, Tier::Fact).await, ["The door is old."]);
        assert_eq!(f.of_tier(1, Tier::Promise).await, ["Ana promised a song."]);
        f.store.rebuild().await.unwrap();
    }
    assert_eq!(f.store.to_sum_up(f.table, of).await.unwrap(), None, "it is done");
    let first = MemoryId { event: EventSeq::new(s.seq - 1), part: 0 };
    let right = about(&mut s, MemoryEvent::Fixed { memory: first, text: "Ana broke the door.".into() });
    let late = summed(&mut s, first, "Late.", None, &[]);
    f.store.append(f.table, vec![right, late]).await.unwrap();
    assert_eq!(f.of_tier(1, Tier::Scene).await, ["Ana broke the door."]);
    assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_provider_notes_is_known_where_its_scene_is_and_on_no_line_that_was_undone() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let comes = |s: &mut Scribe| {
        let comes = WorldEvent::Presence { enter: vec!["Odo".into()], leave: Vec::new() };
        s.write(EventKind::Game(GameEvent::World(comes)))
    };
    let mut events = vec![s.open_scene(1), comes(&mut s)];
    events.extend(turn(&mut s, 1, "I knock.", Audience::Table, "It opens."));
    let ended = s.write(EventKind::SceneEnded { scene: SceneNo::new(1) });
    let of = MemoryId { event: ended.seq, part: 0 };
    let fork = ended.seq.get();
    events.extend([ended, s.open_scene(2)]);
    // Hesk is told of it, and then that is taken back; Una is told of it where play goes on.
    let told = |s: &mut Scribe, who: &str| about(s, MemoryEvent::Told { memory: of, to: vec![who.to_owned()] });
    events.push(told(&mut s, "Hesk"));
    events.push(s.branch(fork));
    events.push(told(&mut s, "Una"));
    events.push(summed(&mut s, of, "Ana knocked, and it opened.", None, &[(Tier::Fact, "The door is old.")]));
    f.store.append(f.table, events).await.unwrap();
    let knows = async |branch: u32, name: &str| {
        let path = f.store.readers.run({
            let table = f.table;
            move |conn| path_to(conn, table, BranchId::new(branch))
        });
        let wanted = Wanted { table: f.table, path: path.await.unwrap(), viewer: Viewer::Gm };
        let (query, names) = (Query::of(["door"]), [crate::memory::key(name)]);
        f.store.memories_known_to(wanted, &query, &names, 9).await.unwrap().len()
    };
    for _ in 0..2 {
        assert_eq!((knows(1, "Odo").await, knows(1, "Una").await, knows(1, "Hesk").await), (1, 1, 0));
        assert_eq!((knows(0, "Odo").await, knows(0, "Una").await, knows(0, "Hesk").await), (1, 0, 1));
        f.store.rebuild().await.unwrap();
    }
    assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_search_takes_the_rarest_words_and_no_more_than_can_be_weighed() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let told = |n: u64| if n == 7 { "A heron at the mill." } else { "Rain at the mill." };
    let events = (1..=9).flat_map(|n| turn(&mut s, n, "?", Audience::Table, told(n))).collect();
    f.store.append(f.table, events).await.unwrap();
    let words = |words: &str| f.store.rare_words(crate::memory::terms(words), 10);
    assert_eq!(words("mill heron dragon").await.unwrap(), ["heron", "mill", "dragon"]);
    // As if there were thousands of each.
    f.tamper("CREATE TEMP TABLE n AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9000) SELECT x FROM c;
        INSERT INTO memory (table_id, event, part, branch, since, scene, at, tier, text, names, grams, importance, audience, everyone)
        SELECT 1, 1000 + x, 0, 0, 1000 + x, 1, 1, 'beat', 'Rain at the mill.', '', '', 3, '\"table\"', 1 FROM n").await;
    assert_eq!(words("mill heron rain dragon").await.unwrap(), ["heron", "dragon"]);
    assert_eq!(words("mill rain").await.unwrap().len(), 1, "one is left where there is no other");
}

#[tokio::test]
async fn promises_and_what_the_game_master_notes_are_found_by_those_they_are_for() {
    let f = fresh().await;
    let mut s = Scribe::new();
    let promised = WorldEvent::Promised { who: "Odo".into(), what: "a boat for Ana".into() };
    let promised = s.write(EventKind::Game(GameEvent::World(promised)));
    let seats = Audience::Seats(vec![SeatId::new(2)]);
    let mut noted = |tier, text: &str, audience| {
        let what = MemoryEvent::Noted { tier, text: text.to_owned(), characters: None };
        Event { audience, ..about(&mut s, what) }
    };
    let events = vec![
        promised,
        noted(Tier::Fact, "The boat leaks.", seats),
        noted(Tier::Rumour, "The boat is cursed.", Audience::Gm),
    ];
    f.store.append(f.table, events).await.unwrap();
    let found = async |viewer| f.found(0, viewer, "boat").await.len();
    assert_eq!(f.found(0, seat(1), "boat").await, ["Odo promised: a boat for Ana"]);
    assert_eq!((found(seat(2)).await, found(Viewer::Gm).await, found(Viewer::Public).await), (2, 3, 1));
}

/// What may happen in a log of secrets: to whom each is told, and what is taken back.
fn audience(pick: u8) -> Audience {
    match pick % 5 {
        0 => Audience::Table,
        1 => Audience::Gm,
        rest => Audience::Seats(
            (1..=4).filter(|seat| (pick >> seat) & 1 == 1 || seat + 1 == u32::from(rest)).map(SeatId::new).collect(),
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nobody_ever_finds_what_is_not_for_them(picks in prop::collection::vec(any::<u8>(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let f = fresh().await;
            let mut s = Scribe::new();
            let mut events = Vec::new();
            for (n, pick) in (1..).zip(&picks) {
                events.extend(turn(&mut s, n, &format!("dragon deed{n}x"), audience(*pick), &format!("answer{n}x dragon")));
            }
            f.store.append(f.table, events).await.unwrap();
            for viewer in [Viewer::Gm, Viewer::Public, seat(1), seat(2), seat(3), seat(4)] {
                let found = f.found(0, viewer, "dragon").await.join("\n") + &f.everything(viewer).await.join("\n");
                for (n, pick) in (1..).zip(&picks) {
                    assert_eq!(found.contains(&format!("deed{n}x")), audience(*pick).admits(viewer), "{viewer:?} {n}");
                    assert!(found.contains(&format!("answer{n}x")));
                }
            }
        });
    }

    #[test]
    fn no_words_break_a_search(words in "\\PC{0,60}", known in "[a-zäß가-힣あ-ん一-龥]{1,8}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let f = fresh().await;
            let mut scribe = Scribe::new();
            let events = turn(&mut scribe, 1, "I look.", Audience::Table, &words);
            f.store.append(f.table, events).await.unwrap();
            let found = f.found(0, Viewer::Public, &words).await;
            // SQLite knows fewer scripts than we do: what it takes for no letters cannot be found.
            assert!(found.is_empty() || !Query::of([words.as_str()]).is_empty(), "{words}");
            let said = turn(&mut scribe, 2, "I look.", Audience::Table, &format!("{words} {known} {words}"));
            f.store.append(f.table, said).await.unwrap();
            assert!(!f.found(0, Viewer::Public, &known).await.is_empty(), "{known} in {words}");
        });
    }
}

#[tokio::test]
async fn no_search_reads_all_that_is_remembered() {
    let fresh = fresh().await;
    for sql in [SEARCH, presence::SEARCH, presence::KNOWERS, presence::MOVES, presence::OF_SCENE] {
        let plan = fresh.plan(sql).await;
        let scans =
            plan.lines().filter(|step| step.starts_with("SCAN") && !VIRTUAL.iter().any(|name| step.contains(name)));
        assert_eq!(scans.collect::<Vec<_>>(), Vec::<&str>::new(), "{sql}\n{plan}");
    }
}

/// What is read whole: what the words find, and the few rows of a line of play, of names or of numbers.
const VIRTUAL: [&str; 6] =
    ["memory_words VIRTUAL", "json_each VIRTUAL", " i VIRTUAL", "SCAN p", "SCAN path", "SCAN json_each"];
