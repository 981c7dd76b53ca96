use proptest::prelude::*;

use super::*;
use crate::domain::{ActionId, Actor, ProviderName, Reply, SeatId, Span, Whisper};
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
