//! What waits when a table is opened: held until its door has looked what was changed, but not for ever.

use super::*;

/// A table that was killed while a turn ran and another action waited, opened again and held until `until`.
fn killed(until: i64) -> Bench {
    let mut before = Bench::new();
    before.say("ana", "I knock.");
    before.say("ben", "I take the sword.");
    let mut machine = Machine::new(setup(), fold(&before.log));
    machine.hold(Timestamp::from_millis(until));
    let mut bench = Bench { machine, running: None, ..before };
    bench.input(Input::Opened);
    bench
}

#[test]
fn it_is_taken_as_it_stands_when_it_is_released() {
    let mut bench = killed(1_000_000);
    assert_eq!(bench.running, None);
    let action = bench.machine.state.ledger.waiting[1].action;
    let ask = bench.ask();
    bench.input(Input::Edit { action, text: "I take the spoon.".to_owned(), ask });
    bench.say("ana", "I wait.");
    assert_eq!(bench.running, None, "what comes meanwhile waits with it");
    bench.input(Input::Release);
    assert!(bench.running.is_some());
    let opened = bench.log.iter().rev().find_map(|event| match &event.kind {
        EventKind::TurnOpened { said, .. } => Some(said.iter().map(|said| said.text.as_str()).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(opened.unwrap(), ["I knock.", "I take the spoon.", "I wait."]);
    assert_eq!(bench.machine.due(), None);
}

#[test]
fn it_is_taken_when_nobody_releases_it() {
    let mut bench = killed(5_000);
    assert_eq!(bench.machine.due(), Some(Timestamp::from_millis(5_000)));
    bench.input(Input::Due);
    assert_eq!(bench.running, None, "too early");
    bench.now = 5_000;
    bench.input(Input::Due);
    assert!(bench.running.is_some());
}

#[test]
fn a_table_where_nothing_waits_is_not_held() {
    let mut machine = Machine::new(setup(), TableState::default());
    machine.hold(Timestamp::from_millis(1_000_000));
    let mut bench = Bench { machine, ..Bench::new() };
    bench.input(Input::Opened);
    bench.say("ana", "I knock.");
    assert!(bench.running.is_some());
}
