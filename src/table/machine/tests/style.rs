//! How the story is told: set by a host, kept in the log, and turns that nobody at the table opens.

use super::*;

impl Bench {
    fn style(&mut self, facet: &str, value: &str) {
        self.command(Command::Style { facet: facet.to_owned(), value: value.to_owned() });
    }
}

#[test]
fn a_style_is_kept_in_the_log_and_opens_a_new_session() {
    let mut bench = Bench::new();
    bench.say("ana", "I wait.");
    bench.reply("Told.");
    assert!(bench.machine.state.ledger.session.is_some());
    bench.style("Length", "SHORT");
    assert_eq!(bench.answers.last(), Some(&Ok(Answer::Done(Done::Styled("length".to_owned(), "short".to_owned())))));
    assert_eq!(bench.machine.state.ledger.session, None);
    bench.style("length", "endless");
    assert!(matches!(bench.answers.last(), Some(Err(Refusal::Style(_)))));
    assert_eq!(bench.restart().machine.style().get("length"), Some("short"));
}

#[test]
fn what_is_changed_while_a_turn_runs_is_told_with_the_next_one() {
    let mut bench = Bench::new();
    bench.play("I wait.", "Told.");
    bench.play("I wait on.", "Told.");
    assert!(bench.machine.state.ledger.session.is_some());
    bench.say("ana", "And now?");
    bench.style("length", "short");
    bench.reply("Told at length.");
    assert_eq!(bench.machine.state.ledger.session, None, "its session was told another contract");
    assert_eq!(bench.restart().machine.state.ledger.session, None);
    bench.say("ana", "And then?");
    assert!(matches!(bench.running, Some((_, Opening::Full))));
    bench.reply("Told.");
    assert!(bench.machine.state.ledger.session.is_some());
}

#[test]
fn the_game_master_goes_on_alone_up_to_the_limit_and_a_stop_ends_it() {
    let mut bench = Bench::new();
    bench.style("auto", "2");
    bench.say("ana", "I wait.");
    for n in 0..3 {
        assert_eq!(bench.machine.state.ledger.alone, n);
        bench.reply("Told.");
    }
    assert_eq!(bench.running, None, "one that was asked for and two by itself");
    bench.say("ana", "And now?");
    assert_eq!(bench.machine.state.ledger.alone, 0);
    bench.reply("Told.");
    assert!(bench.running.is_some());
    bench.command(Command::Stop);
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
    assert_eq!(bench.running, None);
}
