//! Whose action is taken: fights, the spotlight, rounds and post in the machine, with undo, restart and what each seat is shown.

use super::*;
use crate::dice::proof::Secret;
use crate::domain::{
    Audience, Deed, Enters, FightDeed, GameEvent, Held, Role, RollRequest, SeatId, TurnMode, TurnsDeed, TurnsDenied,
    TurnsEvent, Viewer,
};
use crate::table::machine::floor::AHEAD;

const ANA: SeatId = SeatId::new(1);
const BO: SeatId = SeatId::new(2);
const CLEO: SeatId = SeatId::new(3);

fn player(name: &str) -> Person {
    Person { role: if name == "ana" { Role::Host } else { Role::Player }, ..person(name) }
}

fn foe(name: &str, hidden: bool) -> Enters {
    Enters { name: Some(name.to_owned()), hidden, ..Enters::default() }
}

impl Bench {
    /// A table with dice, where ana is the host and the others play.
    fn seated(names: &[&str]) -> Self {
        let mut bench = Self::new();
        bench.machine = bench.machine.clone().with_dice(&"gate".parse().unwrap(), Secret::new([5; 32]));
        for name in names {
            let ask = bench.ask();
            bench.input(Input::Sit { person: player(name), ask });
        }
        bench
    }

    fn reopened(&self) -> Self {
        let mut bench = self.restart();
        bench.machine = bench.machine.clone().with_dice(&"gate".parse().unwrap(), Secret::new([5; 32]));
        bench
    }

    fn does(&mut self, name: &str, text: &str) -> Result<Answer, Refusal> {
        let ask = self.ask();
        let source = SourceId::new(format!("test:{}", ask.0));
        let (text, files) = (text.to_owned(), Vec::new());
        self.input(Input::Say { person: player(name), source, text, files, secret: false, ask });
        self.answers.iter().rev().find(|answer| !matches!(answer, Ok(Answer::Done(_)))).unwrap().clone()
    }

    fn held(&mut self, name: &str, text: &str) -> Option<Held> {
        match self.does(name, text) {
            Ok(Answer::Heard { held, .. }) => held,
            other => panic!("{other:?}"),
        }
    }

    fn has_done(&mut self, by: By, deed: Deed) -> Result<Answer, Refusal> {
        let ask = self.ask();
        self.input(Input::Deed { by, deed, ask });
        self.last_answer().clone()
    }

    fn turns(&mut self, name: &str, deed: TurnsDeed) -> Result<Answer, Refusal> {
        self.has_done(By::Person(player(name)), Deed::Turns(deed))
    }

    fn fight(&mut self, by: By, deed: FightDeed) {
        self.has_done(by, Deed::Fight(deed)).unwrap();
    }

    fn starts(&mut self, places: Vec<Enters>) {
        let nonce = "n".to_owned();
        self.fight(By::Person(player("ana")), FightDeed::Start { places, nonce });
    }

    fn mover(&self) -> String {
        self.machine.state.tale.game.fight.as_ref().unwrap().mover.clone().unwrap()
    }

    /// Whose actions the running turn has.
    fn taken(&self) -> Vec<(String, String)> {
        let running = self.machine.state.ledger.running.as_ref().expect("a turn runs");
        running.said.iter().map(|said| (said.name.clone(), said.text.clone())).collect()
    }

    fn until(&self) -> Option<Timestamp> {
        self.machine.state.tale.game.turns.until
    }

    fn seen(&self, viewer: Viewer) -> String {
        let seen = self.frames.iter().filter(|frame| frame.audience.admits(viewer)).map(|frame| &frame.body);
        let story = self.log.iter().filter(|event| event.audience.admits(viewer)).map(|event| &event.kind);
        format!("{:?} {:?} {:?}", seen.collect::<Vec<_>>(), story.collect::<Vec<_>>(), self.machine.game(viewer))
    }
}

/// The two of them, whoever is on move first.
fn movers(bench: &Bench) -> (&'static str, &'static str) {
    if bench.mover() == "ana" { ("ana", "bo") } else { ("bo", "ana") }
}

fn seat_of(name: &str) -> SeatId {
    if name == "ana" { ANA } else { BO }
}

fn pair(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn only_who_is_on_move_is_heard_and_nothing_is_lost() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.starts(vec![foe("Wolves", false)]);
    let (first, second) = movers(&bench);
    assert_eq!(bench.held(second, "I shoot."), Some(Held::NotYourMove(vec![seat_of(first)])));
    assert_eq!(bench.running, None, "it waits");
    assert_eq!(bench.held(first, "I strike."), None);
    assert_eq!(bench.taken(), [pair(first, "I strike.")]);
    assert_eq!(bench.mover(), first, "until it was told it is their move");
    bench.reply("It bleeds.");
    assert_eq!(bench.mover(), second);
    assert_eq!(bench.taken(), [pair(second, "I shoot.")], "what waited is taken when its move comes");
    bench.reply("It falls.");
    assert_eq!((bench.mover().as_str(), bench.machine.state.tale.game.fight.as_ref().unwrap().round), (first, 2));
    bench.fight(By::Person(player("ana")), FightDeed::End);
    assert_eq!(bench.machine.state.tale.game.turns.mode, TurnMode::Open);
    assert_eq!(bench.held(second, "I rest."), None);
}

#[test]
fn who_waits_for_their_move_does_not_keep_the_mover_from_acting() {
    let mut bench = Bench::seated(&["ana", "bo", "cleo"]);
    bench.starts(Vec::new());
    let first = bench.mover();
    let others: Vec<_> = ["ana", "bo", "cleo"].into_iter().filter(|name| *name != first).collect();
    for other in &others {
        for n in 0..AHEAD {
            assert!(bench.held(other, &format!("I wait, {n}.")).is_some());
        }
        assert_eq!(bench.does(other, "I wait more."), Err(Refusal::OutOfTurn { limit: AHEAD }));
    }
    assert!(bench.machine.state.ledger.waiting.len() >= bench.machine.setup.waiting);
    assert_eq!(bench.held(&first, "I strike."), None);
    assert_eq!(bench.taken(), [pair(&first, "I strike.")]);
}

#[test]
fn a_roll_that_the_game_master_asks_for_is_answered_before_the_move_passes() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.starts(Vec::new());
    let (first, second) = movers(&bench);
    bench.does(first, "I strike.").unwrap();
    let gm = By::Gm(bench.running.as_ref().unwrap().0);
    let request =
        RollRequest { seat: Some(seat_of(second)), notation: "1d20".to_owned(), why: "to keep your feet".to_owned() };
    bench.has_done(gm, Deed::AskRoll(request)).unwrap();
    bench.reply("The floor shakes.");
    assert_eq!(bench.mover(), first, "a roll is owed");
    for n in 0..AHEAD {
        assert!(bench.held(second, &format!("I wait, {n}.")).is_some());
    }
    assert!(bench.does(second, "I wait more.").is_err(), "and has said all that may be said ahead");
    let answer = Deed::AnswerRoll { request: None, nonce: "r1".to_owned() };
    bench.has_done(By::Person(player(second)), answer).unwrap();
    assert_eq!(bench.taken().len(), 1, "what was asked for is taken whoever is on move");
    let mut bench = bench.reopened();
    assert_eq!(bench.taken()[0].0, second, "also when the program was killed over it");
    bench.reply("You stand.");
    assert_eq!(bench.mover(), second);
}

#[test]
fn the_game_master_may_pass_the_move_itself_and_it_passes_once() {
    // Alone it is always her move, so only the round tells how often it passed.
    let mut bench = Bench::seated(&["ana"]);
    bench.starts(Vec::new());
    bench.does("ana", "I wait.").unwrap();
    let gm = By::Gm(bench.running.as_ref().unwrap().0);
    bench.fight(gm, FightDeed::Next);
    bench.reply("You wait.");
    assert_eq!(bench.machine.state.tale.game.fight.as_ref().unwrap().round, 2);
    let passed = bench.log.iter().filter(|event| {
        matches!(&event.kind, EventKind::Game(GameEvent::Fight(crate::domain::FightEvent::Moved { .. })))
    });
    assert_eq!(passed.count(), 2, "the first move of all, and one");
}

#[test]
fn undo_and_a_restart_in_the_middle_of_a_fight_leave_it_as_it_was() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.play("I enter.", "It is dark.");
    bench.starts(vec![foe("Wolves", false), foe("Lurker", true)]);
    let (first, second) = movers(&bench);
    let before = bench.machine.state.tale.clone();
    bench.does(first, "I strike.").unwrap();
    let gm = By::Gm(bench.running.as_ref().unwrap().0);
    bench.fight(gm, FightDeed::Reveal { name: "Lurker".to_owned() });
    bench.reply("It bleeds.");
    assert_eq!(bench.mover(), second);
    let after = bench.machine.state.tale.clone();
    assert_eq!(bench.reopened().machine.state.tale, after, "the log alone gives the same fight");
    bench.command(Command::Undo);
    assert_eq!(bench.machine.state.tale, before, "the move, the wound and who showed themselves are taken back");
    assert_eq!(bench.held(second, "I shoot."), Some(Held::NotYourMove(vec![seat_of(first)])));
    // The fight began after the first turn, so taking that back takes the fight back as well.
    bench.command(Command::Undo);
    assert_eq!(bench.machine.state.tale.game.fight, None);
    assert_eq!(bench.taken(), [pair(second, "I shoot.")], "and nobody waits for a move any more");
}

#[test]
fn a_killed_turn_of_a_fight_is_told_again_and_passes_the_move_once() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.starts(Vec::new());
    let (first, second) = movers(&bench);
    bench.does(second, "I shoot.").unwrap();
    bench.does(first, "I strike.").unwrap();
    bench.text("It ble");
    let mut bench = bench.reopened();
    assert_eq!(bench.taken(), [pair(first, "I strike.")], "what was cut off, and nobody else's");
    bench.reply("It bleeds.");
    assert_eq!((bench.mover().as_str(), bench.taken()), (second, vec![pair(second, "I shoot.")]));
}

#[test]
fn nobody_but_the_game_master_is_shown_who_hides() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.starts(vec![foe("Wolves", false)]);
    let first = bench.mover();
    bench.does(&first, "I strike.").unwrap();
    let gm = By::Gm(bench.running.as_ref().unwrap().0);
    let join = FightDeed::Join { places: vec![foe("Lurker", true), foe("Stalker", true)], nonce: "gm".to_owned() };
    bench.fight(gm.clone(), join);
    bench.fight(gm.clone(), FightDeed::Leave { name: "Stalker".to_owned() });
    bench.reply("It bleeds.");
    for viewer in [Viewer::Public, Viewer::Seat(ANA), Viewer::Seat(BO)] {
        let seen = bench.seen(viewer);
        assert!(!seen.contains("Lurker") && !seen.contains("Stalker"), "{viewer:?}: {seen}");
        assert!(seen.contains("Wolves"));
    }
    assert!(bench.seen(Viewer::Gm).contains("Lurker"));
    assert!(
        bench
            .log
            .iter()
            .filter(|event| format!("{:?}", event.kind).contains("Lurker"))
            .all(|event| event.audience == Audience::Gm)
    );
}

#[test]
fn a_round_waits_for_everybody_and_is_told_as_one_turn() {
    let mut bench = Bench::seated(&["ana", "bo", "cleo"]);
    assert_eq!(
        bench.turns("bo", TurnsDeed::Set(TurnMode::Round { minutes: None })),
        Err(Refusal::Denied(crate::domain::Denied::Turns(TurnsDenied::NotByYou)))
    );
    bench.turns("ana", TurnsDeed::Set(TurnMode::Round { minutes: None })).unwrap();
    assert_eq!(bench.held("bo", "I hide."), Some(Held::Declared(vec![ANA, CLEO])));
    assert_eq!(bench.held("bo", "I hide well."), Some(Held::Declared(vec![ANA, CLEO])));
    assert_eq!(bench.held("ana", "I call."), Some(Held::Declared(vec![CLEO])));
    assert_eq!(bench.until(), None, "nobody set a deadline");
    let gathered = |bench: &Bench| bench.shown.iter().filter(|body| **body == FrameBody::Gathered).count();
    assert_eq!(gathered(&bench), 3);
    assert_eq!(bench.held("cleo", "I wait."), None);
    let told = [pair("bo", "I hide."), pair("bo", "I hide well."), pair("ana", "I call."), pair("cleo", "I wait.")];
    assert_eq!(bench.taken(), told);
    assert_eq!(bench.held("bo", "I run."), Some(Held::Declared(vec![ANA, CLEO])), "that is for the next round");
    bench.reply("All at once.");
    assert_eq!(bench.running, None);
    bench.turns("cleo", TurnsDeed::Away { seat: None, away: true }).unwrap();
    assert_eq!(bench.held("ana", "I follow."), None, "who is away is not waited for");
    bench.reply("You run.");
    bench.does("ana", "I stop.").unwrap();
    bench.turns("ana", TurnsDeed::Go).unwrap();
    assert_eq!(bench.taken(), [pair("ana", "I stop."), pair("bo", crate::game::turns::HOLDS_BACK)]);
}

#[test]
fn by_post_the_first_word_starts_the_clock_and_who_is_late_holds_back() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.turns("ana", TurnsDeed::Set(TurnMode::Post { hours: 2 })).unwrap();
    assert_eq!((bench.until(), bench.machine.due()), (None, None), "nobody said anything yet");
    bench.held("bo", "I write a letter.");
    let until = bench.until().expect("the clock runs");
    assert_eq!(until.millis(), bench.now + 7_200_000);
    let clock =
        |event: &&Event| matches!(&event.kind, EventKind::Game(GameEvent::Turns(TurnsEvent::Clock { until: Some(_) })));
    assert!(bench.log.iter().any(|event| clock(&event)), "the deadline is in the log");
    let mut bench = bench.reopened();
    assert_eq!((bench.until(), bench.machine.due()), (Some(until), Some(until)), "and holds after a restart");
    bench.input(Input::Due);
    assert_eq!(bench.running, None, "it is not time yet");
    bench.now = until.millis();
    bench.input(Input::Due);
    assert_eq!(bench.taken(), [pair("bo", "I write a letter."), pair("ana", crate::game::turns::HOLDS_BACK)]);
    assert_eq!((bench.until(), bench.machine.due()), (None, None));
    bench.reply("It is sent.");
    assert_eq!(bench.running, None, "the next exchange waits for its first word");
    let action = bench.does("bo", "I wait.").map(|answer| match answer {
        Answer::Heard { action, .. } => action,
        other => panic!("{other:?}"),
    });
    assert!(bench.until().is_some());
    let ask = bench.ask();
    bench.input(Input::Withdraw { action: action.unwrap(), ask });
    assert_eq!(bench.until(), None, "nobody has said anything any more");
}

#[test]
fn an_undo_that_takes_the_clock_back_starts_it_anew() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.play("I enter.", "It is dark.");
    bench.turns("ana", TurnsDeed::Set(TurnMode::Post { hours: 1 })).unwrap();
    bench.does("ana", "I write.").unwrap();
    bench.does("bo", "I read.").unwrap();
    bench.reply("Ink dries.");
    bench.does("bo", "I burn it.").unwrap();
    let first = bench.until().unwrap();
    bench.command(Command::Undo);
    assert!(bench.until().is_some_and(|until| until >= first), "what waits still has its deadline");
    assert_eq!(bench.machine.state.ledger.waiting.len(), 1);
}

#[test]
fn a_deadline_that_passes_while_a_reply_is_on_its_way_is_kept_right_after() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.turns("ana", TurnsDeed::Set(TurnMode::Round { minutes: Some(1) })).unwrap();
    bench.does("ana", "I call.").unwrap();
    let until = bench.until().unwrap();
    let answer = Deed::AnswerRoll { request: None, nonce: "r1".to_owned() };
    let request = RollRequest { seat: None, notation: "1d20".to_owned(), why: String::new() };
    bench.has_done(By::Person(player("ana")), Deed::AskRoll(request)).unwrap();
    bench.has_done(By::Person(player("bo")), answer).unwrap();
    assert!(bench.running.is_some(), "what was asked for comes first");
    bench.now = until.millis();
    bench.does("ana", "And again.").unwrap();
    assert_eq!(bench.machine.due(), None, "nothing is to be done while it runs");
    bench.reply("Rolled.");
    assert_eq!(bench.running, None, "a new exchange, with a deadline of its own");
    assert!(bench.until().is_some_and(|new| new > until));
}

#[test]
fn in_the_spotlight_the_others_wait_until_it_is_given_on() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    let nobody = TurnsDeed::Set(TurnMode::Spotlight { seats: vec![CLEO] });
    let denied = Err(Refusal::Denied(crate::domain::Denied::Turns(TurnsDenied::NobodyLit)));
    assert_eq!(bench.turns("ana", nobody), denied);
    bench.turns("ana", TurnsDeed::Set(TurnMode::Spotlight { seats: vec![BO] })).unwrap();
    assert_eq!(bench.held("ana", "I sing."), Some(Held::NotYourFloor(vec![BO])));
    assert_eq!(bench.held("bo", "I speak."), None);
    bench.reply("They listen.");
    assert_eq!(bench.running, None);
    bench.turns("ana", TurnsDeed::Set(TurnMode::Open)).unwrap();
    assert_eq!(bench.taken(), [pair("ana", "I sing.")], "it is not lost");
}

#[test]
fn those_who_share_a_place_are_told_together() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    let who = vec![crate::domain::SheetOf::Seat(ANA), crate::domain::SheetOf::Seat(BO)];
    bench.starts(vec![Enters { name: Some("The two".to_owned()), who, ..Enters::default() }]);
    assert_eq!(bench.held("bo", "I lift."), Some(Held::Declared(vec![ANA])));
    assert_eq!(bench.held("ana", "I climb."), None);
    assert_eq!(bench.taken(), [pair("bo", "I lift."), pair("ana", "I climb.")]);
    bench.reply("Up.");
    assert_eq!(bench.machine.state.tale.game.fight.as_ref().unwrap().round, 2);
}

#[test]
fn while_play_is_paused_no_deadline_comes_nearer() {
    let mut bench = Bench::seated(&["ana", "bo"]);
    bench.turns("ana", TurnsDeed::Set(TurnMode::Post { hours: 2 })).unwrap();
    bench.held("bo", "I write a letter.");
    let until = bench.until().expect("the clock runs");
    let safety = |bench: &mut Bench, act: crate::domain::SafetyAct| {
        let ask = bench.ask();
        bench.input(Input::Safety { mark: 1, host: true, act, ask });
    };
    safety(&mut bench, crate::domain::SafetyAct::Stop);
    bench.now = until.millis() + 1;
    safety(&mut bench, crate::domain::SafetyAct::Resume);
    safety(&mut bench, crate::domain::SafetyAct::Ready);
    assert_eq!(bench.running, None, "ana could not have said anything");
    assert_eq!(bench.until().map(Timestamp::millis), Some(2 * until.millis() + 1 - (until.millis() - 7_200_000)));
}
