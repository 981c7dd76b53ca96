//! Scenes that a character opens: a turn of the log without a provider, which an undo takes back.

use super::parts::mira;
use super::*;
use crate::domain::{Bounds, Denied, Greeting, PartDenied};

const WORDS: &str = "Two coppers, Ana.";

impl Bench {
    fn greet(&mut self, words: &str) {
        let greeting = Some(Greeting { by: mira(), words: words.to_owned() });
        self.command(Command::SceneNew { title: Some("The Ferry".to_owned()), greeting });
    }
}

#[test]
fn a_greeting_is_a_turn_of_the_new_scene_and_costs_nothing() {
    let mut bench = Bench::new();
    bench.play("I wait.", "Fog.");
    let (events, shown) = (bench.log.len(), bench.shown.len());
    bench.greet(WORDS);
    assert_eq!(bench.told(), ["**Mira:** Two coppers, Ana."]);
    let scene = bench.machine.state.tale.scene.as_ref().unwrap();
    assert_eq!((scene.number.get(), scene.title.as_deref()), (2, Some("The Ferry")));
    assert_eq!(bench.machine.state.tale.recent[0].reply.spans[0].speaker.as_deref(), Some("Mira"));
    assert!(bench.running.is_none(), "no provider is asked");
    assert_eq!(bench.machine.state.ledger.money.all.counted(), 1_000, "only the reply was paid");
    let turn = TurnNo::new(2);
    let opens = |event: &Event| matches!(event.kind, EventKind::TurnOpened { turn: opened, .. } if opened == turn);
    let ends = |event: &Event| matches!(event.kind, EventKind::TurnEnded { turn: ended, .. } if ended == turn);
    let new = &bench.log[events..];
    assert!(new.iter().any(opens) && new.iter().any(ends), "it is in the log");
    let frames = &bench.shown[shown..];
    let told = |frame: &FrameBody| matches!(frame, FrameBody::TurnEnded { turn: ended, .. } if *ended == turn);
    assert!(frames.iter().any(told), "{frames:?}");
    assert_eq!(bench.restart().told(), ["**Mira:** Two coppers, Ana."]);
    bench.say("ana", "I pay.");
    assert_eq!(bench.running.take().unwrap().1, Opening::Full, "whoever answers is told of it");
}

#[test]
fn an_undo_takes_the_greeting_back_and_a_retry_has_the_scene_opened_otherwise() {
    let mut bench = Bench::new();
    bench.greet(WORDS);
    bench.command(Command::Undo);
    assert!(bench.told().is_empty());
    assert_eq!(bench.machine.state.tale.scene.as_ref().unwrap().title.as_deref(), Some("The Ferry"));
    bench.greet(WORDS);
    bench.command(Command::Retry);
    bench.reply("Rain on the river.");
    assert_eq!(bench.told(), ["Rain on the river."]);
}

#[test]
fn nobody_is_spoken_for_and_what_is_kept_out_stays_out() {
    let mut bench = Bench::new();
    let ask = bench.ask();
    let bounds = Bounds { lines: vec!["spiders".to_owned()], veils: Vec::new() };
    bench.input(Input::Bound { mark: BoundMark::new("m"), wanted: Some(bounds), ask });
    bench.greet("Spiders, everywhere.");
    assert_eq!(bench.last_answer(), &Err(Denied::CrossesALine.into()));
    bench.take(person("ana"));
    let events = bench.log.len();
    bench.greet(WORDS);
    let denied = PartDenied::SpeaksForThemselves { character: "Mira".to_owned(), player: "ana".to_owned() };
    assert_eq!(bench.last_answer(), &Err(denied.into()));
    assert_eq!(bench.log.len(), events, "the scene stays as it is");
    assert!(bench.log.iter().all(|event| !matches!(event.kind, EventKind::SceneOpened { .. })));
    let (ask, greeting) = (bench.ask(), Some(Greeting { by: mira(), words: WORDS.to_owned() }));
    let (person, command) =
        (Person { role: Role::Player, ..person("ben") }, Command::SceneNew { title: None, greeting });
    bench.input(Input::Command { person, command, ask });
    assert_eq!(bench.last_answer(), &Err(Refusal::NotHost));
}

#[test]
fn a_greeting_is_as_long_as_a_reply_may_be() {
    let mut bench = Bench::new();
    bench.greet(&"야".repeat(9_000));
    let told = &bench.machine.state.tale.recent[0].reply.spans[0].text;
    assert_eq!(told.len(), 9_999, "cut between letters");
}
