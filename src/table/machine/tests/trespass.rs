//! A reply that takes something from a player: told anew once in its conversation, or marked; never more.

use super::*;

/// A reply that speaks for Mira.
const BAD: &str = "Rain. \"I pay,\" Mira says.";
const WORSE: &str = "Mira decides to pay.";

impl Bench {
    /// A table at which ana plays Mira, in the middle of a turn.
    fn guarded(trespass: &str) -> Self {
        let mut bench = Self::new();
        bench.command(Command::Style { facet: "trespass".to_owned(), value: trespass.to_owned() });
        bench.take(person("ana"));
        bench.say("ana", "I look at the river.");
        bench
    }

    fn mends(&self) -> bool {
        matches!(&self.running, Some((_, Opening::Mend { session, .. })) if session.id == "s1")
    }

    /// Whose words were marked as taken, and whether the reply had been told anew.
    fn marks(&self) -> Vec<(Vec<String>, bool)> {
        let mark = |event: &Event| match &event.kind {
            EventKind::Trespassed { characters, told_anew, .. } => Some((characters.clone(), *told_anew)),
            _ => None,
        };
        self.log.iter().filter_map(mark).collect()
    }

    fn paid(&self) -> Option<u64> {
        let spent = |event: &Event| match &event.kind {
            EventKind::TurnEnded { spent, .. } => spent.cost_micros,
            _ => None,
        };
        self.log.iter().filter_map(spent).next_back()
    }
}

fn marked(told_anew: bool) -> Vec<(Vec<String>, bool)> {
    vec![(vec!["Mira".to_owned()], told_anew)]
}

#[test]
fn a_reply_is_told_anew_once_and_only_the_second_is_in_the_story() {
    let mut bench = Bench::guarded("rewrite");
    bench.reply(BAD);
    assert!(bench.mends());
    assert_eq!(bench.shown.last(), Some(&FrameBody::Replaced { turn: TurnNo::new(1), text: String::new() }));
    assert!(bench.told().is_empty(), "nothing is told yet");
    bench.reply("Rain. The ferryman waits for Mira's answer.");
    assert_eq!(bench.running, None);
    assert_eq!(bench.told(), ["Rain. The ferryman waits for Mira's answer."]);
    assert_eq!((bench.marks(), bench.paid()), (vec![], Some(2_000)), "both runs are paid");
}

#[test]
fn a_second_that_is_no_better_is_marked_and_never_asked_for_again() {
    let mut bench = Bench::guarded("rewrite");
    bench.reply(BAD);
    bench.reply(WORSE);
    assert_eq!(bench.running, None);
    assert_eq!((bench.told(), bench.marks()), (vec![WORSE.to_owned()], marked(true)));
    bench.say("ana", "I wait.");
    assert!(matches!(bench.running, Some((_, Opening::Resume(_)))), "the next turn goes on as ever");
}

#[test]
fn what_cannot_be_told_anew_stands_as_it_was_and_is_marked() {
    let mut bench = Bench::guarded("rewrite");
    bench.reply(BAD);
    bench.text("Rai");
    bench.fail(FaultKind::Overloaded);
    assert_eq!((bench.running.clone(), bench.told(), bench.marks()), (None, vec![BAD.to_owned()], marked(false)));
    let back = FrameBody::Replaced { turn: TurnNo::new(1), text: BAD.to_owned() };
    assert!(bench.shown.contains(&back), "what was shown first is shown again");
    assert_eq!(bench.machine.state.ledger.session, None, "what the provider remembers is not the story");
}

#[test]
fn a_flood_while_it_is_told_anew_leaves_the_first() {
    let mut bench = Bench::guarded("rewrite");
    bench.reply(BAD);
    bench.text(&"x".repeat(20_000));
    bench.fail(FaultKind::Killed);
    assert_eq!((bench.told(), bench.marks()), (vec![BAD.to_owned()], marked(false)));
}

#[test]
fn a_warning_marks_and_off_says_nothing() {
    let mut bench = Bench::guarded("warn");
    bench.reply(BAD);
    assert_eq!((bench.told(), bench.marks()), (vec![BAD.to_owned()], marked(false)));
    let mut bench = Bench::guarded("off");
    bench.reply(BAD);
    assert_eq!((bench.told(), bench.marks()), (vec![BAD.to_owned()], vec![]));
}

#[test]
fn what_the_budget_does_not_leave_is_marked_instead() {
    let budget = Budget { turn: Some(1_000), ..Budget::default() };
    let mut bench = Bench::with(Setup { budget, ..setup() }, Vec::new());
    bench.take(person("ana"));
    bench.say("ana", "I look.");
    bench.reply(BAD);
    assert_eq!((bench.running.clone(), bench.marks()), (None, marked(false)));
    let budget = Budget { turn: Some(1_500), ..Budget::default() };
    let mut bench = Bench::with(Setup { budget, ..setup() }, Vec::new());
    bench.take(person("ana"));
    bench.say("ana", "I look.");
    bench.reply(BAD);
    assert!(bench.mends());
    assert_eq!(bench.machine.left_of_turn(), Some(500), "the second run may take what the first left");
}

#[test]
fn a_stop_while_it_is_told_anew_stops_the_turn() {
    let mut bench = Bench::guarded("rewrite");
    bench.reply(BAD);
    bench.command(Command::Stop);
    bench.fail(FaultKind::Killed);
    assert!(bench.told().is_empty() && bench.running.is_none() && bench.marks().is_empty());
    assert!(bench.machine.state.ledger.unanswered.is_some(), "it can be told again");
}

#[test]
fn the_oracle_and_what_the_player_said_take_nothing() {
    let mut bench = Bench::with(Setup { provider: ProviderName::oracle(), ..setup() }, Vec::new());
    bench.take(person("ana"));
    bench.play("I look.", BAD);
    assert_eq!((bench.told().len(), bench.marks()), (1, vec![]));
    let mut bench = Bench::guarded("rewrite");
    bench.reply("Rain.");
    bench.play("\"I pay,\" I say.", BAD);
    assert_eq!((bench.told().len(), bench.marks()), (2, vec![]));
}
