//! When a table may rest: only when folding it from its log gives all that there is.

use super::*;

#[test]
fn a_table_rests_when_a_turn_is_over_and_not_before() {
    let mut bench = Bench::new();
    assert!(bench.machine.may_rest());
    bench.say("ana", "I knock.");
    assert!(!bench.machine.may_rest(), "a turn runs");
    bench.say("bo", "I wait.");
    bench.text("A bolt slides.");
    bench.end(Ok(Finished::default()));
    assert!(!bench.machine.may_rest(), "the next turn runs");
    bench.text("Nothing.");
    bench.end(Ok(Finished::default()));
    assert!(bench.machine.may_rest());
}

#[test]
fn a_table_does_not_rest_while_something_is_held_or_play_is_stopped() {
    let mut bench = Bench::new();
    bench.machine.hold(Timestamp::from_millis(9_000));
    assert!(!bench.machine.may_rest(), "its door may know of changes");
    bench.input(Input::Release);
    assert!(bench.machine.may_rest());
    let ask = bench.ask();
    bench.input(Input::Safety { mark: 7, host: false, act: SafetyAct::Stop, ask });
    assert!(!bench.machine.may_rest(), "who stopped play stands in no log");
}
