//! Turns: how actions become one, how it ends, and what takes it back.

use super::*;

#[test]
fn an_action_is_recorded_before_it_is_answered_and_run() {
    let mut machine = Machine::new(setup(), TableState::default());
    let source = SourceId::new("test:1");
    let input = Input::Say {
        person: person("ana"),
        source,
        text: "I knock.".to_owned(),
        files: Vec::new(),
        secret: false,
        ask: Ask(1),
    };
    let step = machine.handle(Timestamp::from_millis(5), input);
    let kinds: Vec<_> = step.record.iter().map(|event| event.kind.name()).collect();
    assert_eq!(kinds, ["seat_joined", "action_said", "scene_opened", "turn_opened"]);
    let answer = Answer::Heard { action: ActionId::new(2), ahead: 0, aloud: None, held: None };
    assert_eq!(step.then[0], Effect::Answer { ask: Ask(1), answer: Ok(answer) });
    assert_eq!(step.then.last(), Some(&Effect::Run { turn: TurnNo::new(1), opening: Opening::Full }));
}

#[test]
fn actions_that_arrive_while_a_turn_runs_are_taken_together_by_the_next() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.say("ben", "I wait.");
    bench.say("ana", "I knock again.");
    assert_eq!(bench.machine.state.ledger.waiting.len(), 2);
    bench.reply("Silence.");
    let running = bench.machine.state.ledger.running.clone().unwrap();
    let taken: Vec<_> = running.said.iter().map(|said| (said.name.as_str(), said.text.as_str())).collect();
    assert_eq!(taken, [("ben", "I wait."), ("ana", "I knock again.")]);
    assert_eq!(bench.running.as_ref().unwrap().1, resume("s1"));
}

fn resume(id: &str) -> Opening {
    Opening::Resume(Session { provider: ProviderName::new("claude"), id: id.to_owned() })
}

#[test]
fn waiting_actions_follow_their_source() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.say("ben", "I wait.");
    bench.say("ben", "I leave.");
    let waiting: Vec<_> = bench.machine.state.ledger.waiting.iter().map(|waiting| waiting.action).collect();
    bench.input(Input::Edit { action: waiting[0], text: "I hide.".to_owned(), ask: Ask(90) });
    bench.input(Input::Withdraw { action: waiting[1], ask: Ask(91) });
    bench.reply("Silence.");
    let running = bench.machine.state.ledger.running.clone().unwrap();
    assert_eq!(running.said.len(), 1);
    assert_eq!(running.said[0].text, "I hide.");
    bench.input(Input::Edit { action: waiting[0], text: "Too late.".to_owned(), ask: Ask(92) });
    assert_eq!(bench.last_answer(), &Err(Refusal::NotWaiting));
}

#[test]
fn undo_gives_exactly_the_state_of_before() {
    let mut bench = Bench::new();
    bench.play("I knock.", "# The Gate\n\nA bolt slides.");
    bench.play("I enter.", "It is dark.");
    let before = bench.machine.state.tale.clone();
    bench.play("I burn it down.", "It burns.");
    bench.command(Command::Undo);
    assert_eq!(bench.last_answer(), &Ok(Answer::Done(Done::Undone(TurnNo::new(3)))));
    assert_eq!(bench.machine.state.tale, before);
    assert_eq!(bench.machine.state.ledger.session, None, "the provider remembers what was undone: a full brief");
    assert!(bench.log.iter().any(|event| event.turn == Some(TurnNo::new(3))), "the log still has it");
    assert_eq!(bench.restart().machine.state.tale, before, "and so it is after a restart");
}

#[test]
fn undo_takes_back_turn_by_turn_to_the_very_beginning() {
    let mut bench = Bench::new();
    let empty = bench.machine.state.tale.clone();
    for turn in 1..=3 {
        bench.play("On.", &format!("Turn {turn}."));
    }
    bench.command(Command::Undo);
    bench.play("Elsewhere.", "Another turn.");
    for _ in 0..3 {
        bench.command(Command::Undo);
    }
    assert_eq!(bench.machine.state.tale, empty);
    bench.command(Command::Undo);
    assert_eq!(bench.last_answer(), &Err(Refusal::NothingToUndo));
}

#[test]
fn retry_runs_the_same_actions_again_and_leaves_the_old_reply_in_the_log() {
    let mut bench = Bench::new();
    bench.play("I knock.", "Nothing.");
    bench.command(Command::Retry);
    assert_eq!(bench.running.as_ref().unwrap().1, Opening::Full);
    assert_eq!(bench.machine.state.ledger.running.as_ref().unwrap().said[0].text, "I knock.");
    bench.reply("A voice.");
    assert_eq!(bench.told(), ["A voice."]);
    let answered = bench.log.iter().filter(|event| event.kind.name() == "turn_ended").count();
    assert_eq!(answered, 2);
}

#[test]
fn a_failed_turn_is_recorded_and_can_be_retried() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.fail(FaultKind::Overloaded);
    assert!(bench.running.is_none(), "a failure is not tried again by itself");
    let end = TurnEnd::Failed { fault: FaultKind::Overloaded, error: ErrorId::new("E-TEST"), until: None };
    assert!(bench.shown.contains(&FrameBody::TurnEnded { turn: TurnNo::new(1), end }));
    bench.command(Command::Retry);
    bench.reply("A voice.");
    assert_eq!(bench.told(), ["A voice."]);
}

#[test]
fn a_lost_session_costs_a_longer_brief_in_the_same_turn() {
    let mut bench = Bench::new();
    bench.play("I knock.", "Nothing.");
    bench.say("ana", "I wait.");
    let (turn, opening) = bench.running.clone().unwrap();
    assert_eq!(opening, resume("s1"));
    bench.fail(FaultKind::SessionLost);
    assert_eq!(bench.running, Some((turn, Opening::Full)));
    bench.reply("Dawn.");
    assert_eq!(bench.told(), ["Nothing.", "Dawn."]);
    let opened = bench.log.iter().filter(|event| event.kind.name() == "turn_opened").count();
    assert_eq!(opened, 2);
}

#[test]
fn a_run_that_was_cut_off_before_a_word_is_tried_once_more() {
    for kind in [FaultKind::Interrupted, FaultKind::Killed] {
        let mut bench = Bench::new();
        bench.play("I knock.", "Nothing.");
        bench.say("ana", "I wait.");
        let turn = bench.running.clone().unwrap().0;
        let spent = Spent { cost_micros: Some(7), ..Spent::default() };
        bench.end(Err(Fault { spent, ..Fault::new(kind, "gone") }));
        assert_eq!(bench.running, Some((turn, Opening::Full)), "told everything, as it may remember the half");
        assert!(bench.shown.contains(&FrameBody::Retrying { turn, attempt: 1, of: 1, cause: kind }));
        let mut twice = Bench::with(setup(), bench.log.clone());
        bench.reply("Dawn.");
        assert_eq!(bench.told(), ["Nothing.", "Dawn."]);
        let ended = bench.log.iter().rev().find(|event| event.kind.name() == "turn_ended").unwrap();
        let EventKind::TurnEnded { spent, .. } = &ended.kind else { panic!("{ended:?}") };
        assert!(spent.cost_micros >= Some(7), "the run that was cut off is paid for as well: {spent:?}");

        twice.fail(kind);
        twice.fail(kind);
        assert!(twice.running.is_none(), "once, and not for ever");
    }
}

#[test]
fn a_run_that_was_cut_off_after_a_word_is_a_failure() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.text("A voice");
    bench.fail(FaultKind::Interrupted);
    assert!(bench.running.is_none());
}

#[test]
fn a_turn_tells_by_which_release_it_was_answered_and_what_of_it_was_strange() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    let turn = bench.running.clone().unwrap().0;
    let started = ProviderEvent::Started { session: "s".to_owned(), model: None, version: Some("9.9.9".to_owned()) };
    bench.input(Input::Heard { turn, event: started });
    for n in 0..40 {
        let name = format!("brand_new_{}", n % 20);
        bench.input(Input::Heard { turn, event: ProviderEvent::Unknown { name } });
    }
    bench.reply("A voice.");
    let ended = bench.log.iter().rev().find(|event| event.kind.name() == "turn_ended").unwrap();
    let EventKind::TurnEnded { spoken, .. } = &ended.kind else { panic!("{ended:?}") };
    assert_eq!(spoken.version.as_deref(), Some("9.9.9"));
    assert_eq!(spoken.unknown.values().sum::<u32>(), 40);
    assert_eq!((spoken.unknown["brand_new_0"], spoken.unknown.len()), (2, 17), "a few names are kept: {spoken:?}");
    // Logs of before know nothing of it.
    let mut old = serde_json::to_value(&ended.kind).unwrap();
    old.as_object_mut().unwrap().remove("spoken").unwrap();
    let EventKind::TurnEnded { spoken, .. } = serde_json::from_value(old).unwrap() else { panic!("another kind") };
    assert!(spoken.is_empty());
}

#[test]
fn a_session_lost_on_a_full_brief_is_a_failure() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.fail(FaultKind::SessionLost);
    assert!(bench.running.is_none());
}

#[test]
fn choosing_another_provider_opens_a_new_session() {
    let mut bench = Bench::new();
    bench.play("I knock.", "Nothing.");
    bench.command(Command::Provider { provider: ProviderName::oracle(), model: None });
    bench.say("ana", "I wait.");
    assert_eq!(bench.running.as_ref().unwrap().1, Opening::Full);
    let restarted = bench.restart();
    assert_eq!(restarted.machine.rung(Timestamp::from_millis(0)).provider, ProviderName::oracle());
}

#[test]
fn a_stop_ends_the_turn_and_clears_what_its_author_has_waiting() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.say("ana", "I knock again.");
    bench.say("ben", "I wait.");
    bench.command(Command::Stop);
    bench.text("too late");
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
    assert!(bench.shown.contains(&FrameBody::TurnEnded { turn: TurnNo::new(1), end: TurnEnd::Stopped }));
    assert!(bench.shown.iter().any(|body| matches!(body, FrameBody::Skipped { why: SkipWhy::Cleared, .. })));
    let running = bench.machine.state.ledger.running.as_ref().unwrap();
    assert_eq!(running.said.len(), 1, "the others' actions are answered");
    assert_eq!(running.said[0].name, "ben");
    assert!(!bench.shown.iter().any(|body| matches!(body, FrameBody::Text { append, .. } if append == "too late")));
}

#[test]
fn an_interrupted_turn_is_taken_up_again_once() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.text("A bolt");
    let mut bench = bench.restart();
    assert!(bench.shown.contains(&FrameBody::TakenUpAgain { turn: TurnNo::new(1) }));
    assert_eq!(bench.running.as_ref().unwrap().0, TurnNo::new(2));
    bench = bench.restart();
    assert!(bench.running.is_none(), "not a third time");
    assert!(bench.shown.iter().any(|body| matches!(body, FrameBody::Skipped { why: SkipWhy::InterruptedTwice, .. })));
    bench.play("I knock again.", "A voice.");
    assert_eq!(bench.told(), ["A voice."]);
}

#[test]
fn the_programs_end_records_the_turn_as_interrupted() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.input(Input::Interrupt);
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
    let interrupted = EventKind::TurnEnded {
        turn: TurnNo::new(1),
        outcome: TurnOutcome::Interrupted,
        spent: Spent::default(),
        session: None,
        duration_ms: 2,
        first_text_ms: None,
        spoken: Spoken::default(),
    };
    assert_eq!(bench.log.last().unwrap().kind, interrupted);
    assert_eq!(bench.machine.state.ledger.waiting.len(), 1);
}

#[test]
fn no_turn_begins_while_the_program_ends() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.say("ben", "I wait.");
    bench.input(Input::Closing);
    bench.reply("Silence.");
    assert!(bench.running.is_none());
    assert!(bench.restart().running.is_some(), "what waits is answered when the program is back");
}

#[test]
fn a_reset_begins_a_new_tale_and_can_be_undone() {
    let mut bench = Bench::new();
    bench.play("I knock.", "# The Gate\n\nNothing.");
    let before = bench.machine.state.tale.clone();
    bench.command(Command::Reset);
    assert_eq!(bench.last_answer(), &Ok(Answer::Done(Done::Reset(SceneNo::new(2)))), "old files are not overwritten");
    assert!(bench.told().is_empty());
    assert_eq!(bench.restart().machine.state.tale, bench.machine.state.tale);
    bench.command(Command::Undo);
    assert_eq!(bench.last_answer(), &Ok(Answer::Done(Done::ResetUndone)));
    assert_eq!(bench.machine.state.tale, before);
}

#[test]
fn a_title_comes_from_the_reply_unless_a_person_gave_one() {
    let mut bench = Bench::new();
    bench.play("I knock.", "# The Gate\n\nNothing.");
    assert_eq!(bench.machine.state.tale.scene.as_ref().unwrap().title.as_deref(), Some("The Gate"));
    bench.command(Command::SceneNew { title: Some("  The   Yard ".to_owned()), greeting: None });
    bench.play("I look.", "Rain.");
    bench.play("I look again.", "# Later\n\nSnow.");
    assert_eq!(bench.told(), ["Rain.", "*Later*\n\nSnow."], "no word is lost when the title stands");
    let tale = &bench.machine.state.tale;
    assert_eq!(tale.scene.as_ref().unwrap().title.as_deref(), Some("The Yard"));
    assert_eq!(tale.past[0].recap, "ana: I knock. → Nothing.");
    bench.command(Command::SceneTitle("\u{1b}".to_owned()));
    assert_eq!(bench.last_answer(), &Err(Refusal::BadTitle { limit: TITLE_CHARS }));
}

#[test]
fn bad_actions_are_refused_and_nothing_is_recorded() {
    let mut bench = Bench::new();
    let check = |bench: &mut Bench, text: &str, refusal: Refusal| {
        let before = bench.log.len();
        bench.say("ana", text);
        assert_eq!(bench.last_answer(), &Err(refusal));
        assert_eq!(bench.log.len(), before);
    };
    check(&mut bench, "", Refusal::EmptyAction);
    check(&mut bench, " \n\t ", Refusal::EmptyAction);
    check(&mut bench, &"x".repeat(1_001), Refusal::ActionTooLong { bytes: 1_001, limit: 1_000 });
    for _ in 0..6 {
        bench.say("ana", "I wait.");
    }
    check(&mut bench, "One more.", Refusal::QueueFull { limit: 5 });
}

#[test]
fn a_reply_without_end_is_cut_off() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.text(&"x".repeat(10_001));
    bench.fail(FaultKind::Killed);
    assert!(bench.shown.iter().any(|body| {
        matches!(body, FrameBody::TurnEnded { end: TurnEnd::Failed { fault: FaultKind::Flood, .. }, .. })
    }));
}

#[test]
fn a_spent_day_answers_no_more_until_the_next() {
    let budget = Setup { budget: Budget { day: Some(1_000), ..Budget::default() }, ..setup() };
    let mut bench = Bench::with(budget, Vec::new());
    bench.play("I knock.", "Nothing.");
    bench.say("ana", "I wait.");
    assert!(bench.running.is_none());
    assert!(bench.shown.iter().any(|body| matches!(body, FrameBody::Skipped { why: SkipWhy::DayBudget, .. })));
    bench.now += 86_400_000;
    bench.say("ana", "I wait.");
    assert!(bench.running.is_some());
}

#[test]
fn only_hosts_change_the_table_and_spectators_do_not_act() {
    let mut bench = Bench::new();
    let with = |role| Person { role, ..person("zoe") };
    bench.input(Input::Command { person: with(Role::Player), command: Command::Reset, ask: Ask(80) });
    assert_eq!(bench.last_answer(), &Err(Refusal::NotHost));
    let source = SourceId::new("test:x");
    bench.input(Input::Say {
        person: with(Role::Spectator),
        source,
        text: "Hi".to_owned(),
        files: Vec::new(),
        secret: false,
        ask: Ask(81),
    });
    assert_eq!(bench.last_answer(), &Err(Refusal::Spectator));
}
