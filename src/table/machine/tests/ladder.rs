//! The ladder: who goes on with a turn, who is asked next, and what people are told of it.

use proptest::prelude::*;

use super::*;
use crate::domain::{Deed, GameEvent, SeatId};

const MINUTE: i64 = 60_000;

fn on_ladder() -> Setup {
    Setup { fallbacks: vec![ProviderName::new("gemini"), ProviderName::oracle()], ..setup() }
}

fn bench() -> Bench {
    Bench::with(on_ladder(), Vec::new())
}

impl Bench {
    /// Who answers the turn that runs, or would answer the next.
    fn asked(&self) -> String {
        self.machine.rung(Timestamp::from_millis(self.now)).provider.to_string()
    }

    fn limit(&mut self, until: Option<i64>) {
        let until = until.map(Timestamp::from_millis);
        self.end(Err(Fault { until, ..Fault::new(FaultKind::LimitReached, "test") }));
    }

    /// The game master whispers to the first seat who it is.
    fn deed_of(&mut self, who: &str) {
        let turn = self.running.as_ref().expect("a turn runs").0;
        let deed = Deed::Whisper { to: SeatId::new(1), text: format!("by {who}") };
        let ask = self.ask();
        self.input(Input::Deed { by: By::Gm(turn), deed, ask });
    }

    fn whispered(&self) -> Vec<String> {
        let whispers = self.machine.state.tale.game.whispers.iter();
        whispers.map(|kept| kept.whisper.text.clone()).collect()
    }

    /// The whispers of runs that were heard to their end, on the present line of play.
    fn whispered_that_count(&self) -> Vec<String> {
        let path = self.machine.state.ledger.path();
        let (mut kept, mut of_run) = (Vec::new(), Vec::new());
        for event in &self.log {
            match &event.kind {
                EventKind::Game(GameEvent::Whispered(whisper)) if lies_on(event, &path) => {
                    of_run.push(whisper.text.clone());
                }
                EventKind::RungLeft { .. } => of_run.clear(),
                EventKind::TurnEnded { outcome: TurnOutcome::Answered { .. }, .. } if lies_on(event, &path) => {
                    kept.append(&mut of_run);
                }
                EventKind::TurnEnded { .. } => of_run.clear(),
                _ => {}
            }
        }
        kept.append(&mut of_run); // of the run that goes on
        kept
    }

    /// Who was said to answer, and how many rest.
    fn voices(&self) -> Vec<(String, usize)> {
        let voices = self.shown.iter().filter_map(|body| match body {
            FrameBody::OtherVoice { provider, resting, .. } => Some((provider.to_string(), resting.len())),
            _ => None,
        });
        voices.collect()
    }

    fn count(&self, kind: &str) -> usize {
        self.log.iter().filter(|event| event.kind.name() == kind).count()
    }
}

#[test]
fn a_limit_passes_the_same_turn_on_and_the_first_one_is_back_when_it_resets() {
    let mut bench = bench();
    bench.say("ana", "I knock.");
    bench.text("A bolt");
    let reset = bench.now + 10 * MINUTE;
    bench.limit(Some(reset));
    assert_eq!(bench.asked(), "gemini");
    assert_eq!(bench.running, Some((TurnNo::new(1), Opening::Full)), "the same turn, told everything");
    assert_eq!(bench.machine.state.ledger.running.as_ref().unwrap().said[0].text, "I knock.");
    let last = bench.shown.last().unwrap();
    assert_eq!(
        *last,
        FrameBody::Replaced { turn: TurnNo::new(1), text: String::new() },
        "what was shown is taken back"
    );
    assert_eq!(bench.voices(), [], "nobody has spoken yet");
    bench.reply("A latch lifts.");
    assert_eq!(bench.told(), ["A latch lifts."]);
    assert_eq!(bench.voices(), [("gemini".to_owned(), 1)]);
    assert_eq!((bench.count("turn_opened"), bench.count("turn_ended"), bench.count("action_said")), (1, 1, 1));
    bench.play("I enter.", "It is dark.");
    assert_eq!(bench.voices().len(), 1, "it is said once");
    bench.now = reset;
    bench.say("ana", "I light a lamp.");
    assert_eq!((bench.asked().as_str(), bench.running.clone().unwrap().1), ("claude", Opening::Full));
    bench.reply("A hall.");
    assert_eq!(bench.voices()[1..], [("claude".to_owned(), 0)]);
    bench.play("I go on.", "A stair.");
    assert_eq!(bench.voices().len(), 2);
}

#[test]
fn a_limit_without_a_time_is_tried_again_after_a_pause_that_doubles_up_to_half_an_hour() {
    let mut bench = bench();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        bench.say("ana", "On.");
        assert_eq!(bench.asked(), "claude");
        let left = bench.now + 1;
        bench.limit(None);
        let rest = bench.machine.state.ledger.rests.of(&ProviderName::new("claude")).unwrap().clone();
        bench.reply("On.");
        pauses.push((rest.again.millis() - left) / MINUTE);
        bench.now = rest.again.millis() - 3;
        bench.say("ana", "Not yet.");
        assert_eq!(bench.asked(), "gemini");
        bench.reply("No.");
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    assert_eq!(bench.voices().len(), 1, "trying in vain is not worth a word");
}

#[test]
fn only_what_another_could_do_better_leaves_a_rung() {
    let stays = [
        FaultKind::Refused,
        FaultKind::TooLong,
        FaultKind::UnknownModel,
        FaultKind::Empty,
        FaultKind::TurnBudget,
        FaultKind::SessionLost,
        FaultKind::Other,
    ];
    for kind in stays {
        let mut bench = bench();
        bench.say("ana", "I knock.");
        bench.fail(kind);
        assert!(bench.running.is_none(), "{kind}");
        assert_eq!((bench.asked().as_str(), bench.count("rung_left")), ("claude", 0), "{kind}");
    }
    let goes = [
        FaultKind::LimitReached,
        FaultKind::NoCredit,
        FaultKind::Overloaded,
        FaultKind::NotSignedIn,
        FaultKind::NotInstalled,
        FaultKind::Garbled,
    ];
    for kind in goes {
        let mut bench = bench();
        bench.say("ana", "I knock.");
        bench.fail(kind);
        assert_eq!(bench.asked(), "gemini", "{kind}");
    }
}

#[test]
fn a_stop_is_a_stop_on_every_rung() {
    let mut bench = bench();
    bench.say("ana", "I knock.");
    bench.fail(FaultKind::Overloaded);
    bench.command(Command::Stop);
    bench.fail(FaultKind::Overloaded);
    assert!(bench.shown.contains(&FrameBody::TurnEnded { turn: TurnNo::new(1), end: TurnEnd::Stopped }));
    assert_eq!(bench.count("rung_left"), 1);
}

#[test]
fn when_nobody_is_left_the_turn_fails_and_says_what_was_wrong_last() {
    let mut bench = bench();
    bench.say("ana", "I knock.");
    for kind in [FaultKind::LimitReached, FaultKind::NotSignedIn, FaultKind::Overloaded] {
        bench.fail(kind);
    }
    let end = TurnEnd::Failed { fault: FaultKind::Overloaded, error: ErrorId::new("E-TEST"), until: None };
    assert_eq!(*bench.shown.last().unwrap(), FrameBody::TurnEnded { turn: TurnNo::new(1), end });
    assert_eq!(bench.voices(), []);
    bench.command(Command::Retry);
    assert_eq!(bench.asked(), "oracle", "the others rest");
}

#[test]
fn a_choice_begins_the_ladder_anew_from_there() {
    let choose = |name: &str| Command::Provider { provider: ProviderName::new(name), model: None };
    let mut bench = bench();
    bench.say("ana", "I knock.");
    bench.limit(Some(bench.now + 600 * MINUTE));
    bench.reply("A latch lifts.");
    bench.command(choose("claude"));
    bench.say("ana", "I try it all the same.");
    assert_eq!(bench.asked(), "claude", "a person's word counts more than a pause");
    bench.fail(FaultKind::LimitReached);
    bench.reply("It opens.");
    bench.command(choose("gemini"));
    bench.say("ana", "I enter.");
    bench.fail(FaultKind::Overloaded);
    assert_eq!(bench.asked(), "oracle", "nobody above the chosen one is asked");
    bench.reply("It is dark.");
    bench.command(choose("droid"));
    bench.say("ana", "I wait.");
    bench.fail(FaultKind::Overloaded);
    assert_eq!(bench.asked(), "claude", "a stranger stands above the whole ladder");
    bench.reply("Dawn.");
    let ladder: Vec<_> = bench.machine.ladder().into_iter().map(|rung| rung.provider.to_string()).collect();
    assert_eq!(ladder, ["droid", "claude", "gemini", "oracle"]);
}

#[test]
fn a_restart_in_the_middle_keeps_who_rests() {
    let mut bench = bench();
    bench.say("ana", "I knock.");
    bench.limit(Some(bench.now + 10 * MINUTE));
    bench.text("A latch");
    let mut bench = bench.restart();
    assert_eq!((bench.asked().as_str(), bench.running.clone().unwrap().0), ("gemini", TurnNo::new(2)));
    bench.reply("A latch lifts.");
    assert_eq!(bench.voices(), [("gemini".to_owned(), 1)], "people are told after the restart too");
    assert_eq!(bench.told(), ["A latch lifts."]);
}

#[test]
fn a_table_with_one_provider_has_nobody_to_go_on() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.fail(FaultKind::LimitReached);
    assert!(bench.running.is_none());
    bench.command(Command::Retry);
    assert_eq!(bench.asked(), "claude");
}

#[test]
fn what_one_who_fell_did_in_the_turn_counts_no_more_and_what_people_did_meanwhile_does() {
    let mut bench = bench();
    bench.say("ana", "I knock.");
    bench.deed_of("claude");
    bench.input(Input::Sit { person: person("bo"), ask: Ask(900) });
    let whisper = Deed::Whisper { to: SeatId::new(1), text: "From Bo.".to_owned() };
    bench.input(Input::Deed { by: By::Person(person("bo")), deed: whisper, ask: Ask(901) });
    bench.limit(None);
    assert_eq!(bench.whispered(), ["From Bo."]);
    let told = |body: &&FrameBody| matches!(body, FrameBody::Game { what: GameEvent::TakenBack, .. });
    assert_eq!(bench.shown.iter().filter(told).count(), 1, "people who saw the envelope are told");
    bench.deed_of("gemini");
    assert_eq!(bench.restart().whispered(), ["From Bo."], "the program's end takes it back as well");
    bench.reply("A latch lifts.");
    assert_eq!(bench.whispered(), ["From Bo.", "by gemini"]);
    bench.command(Command::Undo);
    assert_eq!(bench.whispered(), [] as [&str; 0], "Bo's came within the turn that is undone");
}

#[test]
fn one_who_forgot_the_story_after_a_deed_does_it_anew_and_once() {
    let mut bench = bench();
    bench.play("I wait.", "Nothing comes.");
    bench.say("ana", "I knock.");
    assert!(matches!(bench.running.clone().unwrap().1, Opening::Resume(_)));
    bench.deed_of("claude");
    bench.fail(FaultKind::SessionLost);
    assert_eq!(bench.running.clone().unwrap().1, Opening::Full, "it is told everything");
    assert_eq!(bench.whispered(), [] as [&str; 0]);
    bench.deed_of("claude");
    bench.reply("A bolt.");
    assert_eq!(bench.whispered(), ["by claude"]);
}

#[derive(Clone, Debug)]
enum Move {
    Say,
    Deed,
    Text,
    Reply,
    Fail(FaultKind, bool),
    Choose(u8),
    Stop,
    Undo,
    Wait(u8),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let fault = prop_oneof![
        4 => Just(FaultKind::LimitReached),
        2 => Just(FaultKind::Overloaded),
        1 => Just(FaultKind::NotSignedIn),
        1 => Just(FaultKind::Refused),
        1 => Just(FaultKind::TooLong),
    ];
    let one = prop_oneof![
        5 => Just(Move::Say),
        4 => Just(Move::Deed),
        2 => Just(Move::Text),
        4 => Just(Move::Reply),
        6 => (fault, any::<bool>()).prop_map(|(fault, known)| Move::Fail(fault, known)),
        1 => (0u8..4).prop_map(Move::Choose),
        1 => Just(Move::Stop),
        1 => Just(Move::Undo),
        2 => (0u8..90).prop_map(Move::Wait),
        1 => Just(Move::Restart),
    ];
    prop::collection::vec(one, 1..80)
}

impl Bench {
    fn make(&mut self, n: usize, one: &Move) {
        match one {
            Move::Say => self.say("ana", &format!("Action {n}.")),
            Move::Deed if self.running.is_some() => {
                let who = format!("{} {n}", self.asked());
                self.deed_of(&who);
            }
            Move::Text if self.running.is_some() => self.text("Half a word"),
            Move::Reply if self.running.is_some() => {
                // Nothing streamed: the final text says whose it is.
                let text = Some(format!("told by {}", self.asked()));
                self.end(Ok(Finished { text, spent: Spent::default() }));
            }
            Move::Fail(kind, known) if self.running.is_some() => {
                let until = known.then_some(Timestamp::from_millis(self.now + 20 * MINUTE));
                self.end(Err(Fault { until, ..Fault::new(*kind, "test") }));
            }
            Move::Choose(which) => {
                let name = ["claude", "gemini", "oracle", "droid"][usize::from(*which)];
                self.command(Command::Provider { provider: ProviderName::new(name), model: None });
            }
            Move::Stop => self.command(Command::Stop),
            Move::Undo => self.command(Command::Undo),
            Move::Wait(minutes) => self.now += i64::from(*minutes) * MINUTE,
            Move::Restart => *self = self.restart(),
            _ => {}
        }
    }
}

/// Who was asked for a turn, in order.
fn asked_for(log: &[Event], turn: TurnNo) -> Vec<ProviderName> {
    let (mut asked, mut ended) = (Vec::new(), false);
    for event in log.iter().filter(|event| event.turn == Some(turn)) {
        match &event.kind {
            EventKind::TurnOpened { provider, .. } => asked.push(provider.clone()),
            EventKind::RungLeft { provider, next, .. } => {
                assert_eq!(Some(provider), asked.last(), "only who was asked leaves");
                assert!(!ended);
                asked.push(next.clone());
            }
            EventKind::TurnEnded { .. } => ended = true,
            _ => {}
        }
    }
    asked
}

proptest! {
    #[test]
    fn whatever_happens_each_is_asked_once_a_turn_and_who_rests_is_left_alone(moves in moves()) {
        let mut bench = bench();
        for (n, one) in moves.iter().enumerate() {
            bench.make(n, one);
            prop_assert_eq!(&fold(&bench.log), &bench.machine.state);
            let counting = bench.whispered_that_count();
            let kept = bench.whispered();
            prop_assert_eq!(&counting[counting.len() - kept.len()..], &kept[..], "only the newest are kept");
            prop_assert!(kept.len() == counting.len() || kept.len() == 24);
            let ladder = bench.machine.ladder();
            prop_assert!(ladder.iter().enumerate().all(|(n, rung)| !ladder[..n].contains(rung)), "nobody stands twice");
        }
        let mut rests = crate::table::rests::Rests::default();
        for event in &bench.log {
            match &event.kind {
                EventKind::ProviderChosen { .. } => rests.forget(),
                EventKind::TurnOpened { provider, .. } => {
                    prop_assert!(rests.at(provider, event.at).is_none(), "{provider} rests");
                }
                EventKind::RungLeft { next, again, why, .. } => {
                    prop_assert!(rests.at(next, event.at).is_none(), "{next} rests");
                    prop_assert!(*again > event.at);
                    prop_assert!(!matches!(why, FaultKind::Refused | FaultKind::TooLong));
                    rests.take(event);
                }
                EventKind::TurnEnded { turn, outcome: TurnOutcome::Answered { .. }, .. } => {
                    rests.answered(asked_for(&bench.log, *turn).pop().unwrap());
                }
                _ => {}
            }
        }
        let chosen = bench.log.iter().any(|event| event.kind.name() == "provider_chosen");
        for turn in 1..=bench.machine.state.ledger.last_turn {
            let asked = asked_for(&bench.log, TurnNo::new(turn));
            let twice = asked.iter().enumerate().any(|(n, name)| asked[..n].contains(name));
            prop_assert!(chosen || !twice, "turn {turn} asked {asked:?}");
        }
        for event in &bench.log {
            let (Some(turn), EventKind::TurnEnded { outcome: TurnOutcome::Answered { reply }, .. }) = (event.turn, &event.kind) else {
                continue;
            };
            let asked = asked_for(&bench.log, turn);
            let told = reply.to_markdown();
            if told.starts_with("told by") {
                prop_assert_eq!(told, format!("told by {}", asked.last().unwrap()), "the last one asked is who is heard");
            }
        }
    }
}
