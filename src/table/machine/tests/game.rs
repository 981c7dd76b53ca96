//! The game in the machine: deeds of people and of the game master, secrets, and what undo and a failed turn leave.

use super::*;
use crate::domain::{Actor, Audience, Deed, Denied, GameEvent, Role, SeatId, SheetDeed, SheetOf, Viewer};

const ANA: SeatId = SeatId::new(1);
const BO: SeatId = SeatId::new(2);

fn whisper(to: SeatId, text: &str) -> Deed {
    Deed::Whisper { to, text: text.to_owned() }
}

impl Bench {
    fn deed(&mut self, by: By, deed: Deed) -> Result<Answer, Refusal> {
        let ask = self.ask();
        self.input(Input::Deed { by, deed, ask });
        self.last_answer().clone()
    }

    fn gm(&self) -> By {
        By::Gm(self.running.as_ref().expect("a turn runs").0)
    }

    fn whispers(&self, viewer: Viewer) -> Vec<String> {
        let game = self.machine.state.tale.game.seen_by(viewer);
        game.whispers.into_iter().map(|kept| kept.whisper.text).collect()
    }

    fn shown_to(&self, viewer: Viewer) -> Vec<&FrameBody> {
        self.frames.iter().filter(|frame| frame.audience.admits(viewer)).map(|frame| &frame.body).collect()
    }

    fn two_seats() -> Self {
        let mut bench = Self::new();
        for name in ["ana", "bo"] {
            let ask = bench.ask();
            bench.input(Input::Sit { person: person(name), ask });
        }
        bench
    }
}

#[test]
fn what_is_whispered_reaches_its_seat_and_everyone_else_sees_an_envelope() {
    let mut bench = Bench::two_seats();
    bench.say("ana", "I listen at the door.");
    let gm = bench.gm();
    let told = bench.deed(gm, whisper(BO, "You know that voice.")).unwrap();
    let Answer::Happened(events) = told else { panic!("{told:?}") };
    assert_eq!(events[0].audience, Audience::Seats(vec![BO]));
    assert_eq!(events[0].turn.map(|turn| turn.get()), Some(1));
    let letter = |body: &&FrameBody| matches!(body, FrameBody::Letter { by: Actor::Gm, .. });
    let words = |body: &&FrameBody| matches!(body, FrameBody::Game { .. });
    for (viewer, reads) in [(Viewer::Public, 0), (Viewer::Seat(ANA), 0), (Viewer::Seat(BO), 1)] {
        let shown = bench.shown_to(viewer);
        assert_eq!(shown.iter().copied().filter(|body| letter(body)).count(), 1, "{viewer:?}");
        assert_eq!(shown.iter().copied().filter(|body| words(body)).count(), reads, "{viewer:?}");
    }
}

#[test]
fn an_action_in_secret_is_shown_to_nobody_else() {
    let mut bench = Bench::two_seats();
    let (ask, source) = (bench.ask(), SourceId::new("test:secret"));
    let text = "I palm the key.".to_owned();
    bench.input(Input::Say { person: person("ana"), source, text, files: Vec::new(), secret: true, ask });
    assert!(bench.log.iter().any(|event| event.audience == Audience::Seats(vec![ANA])));
    for viewer in [Viewer::Public, Viewer::Seat(BO)] {
        assert!(!format!("{:?}", bench.shown_to(viewer)).contains("palm"), "{viewer:?}");
        assert!(!bench.shown_to(viewer).iter().any(|body| matches!(body, FrameBody::Heard { .. })), "{viewer:?}");
    }
    let said = &bench.machine.state.ledger.running.as_ref().unwrap().said;
    assert_eq!(said[0].audience, Audience::Seats(vec![ANA]));
    bench.reply("The lamp gutters.");
    bench.command(Command::SceneEnd);
    let recap = &bench.machine.state.tale.past[0].recap;
    assert!(recap.contains("lamp") && !recap.contains("palm"), "{recap}");
}

#[test]
fn what_the_game_master_did_counts_only_if_its_turn_is_answered() {
    let mut bench = Bench::two_seats();
    bench.say("ana", "I wait.");
    let gm = bench.gm();
    bench.deed(gm, whisper(ANA, "From a turn that fails.")).unwrap();
    bench.deed(By::Person(person("bo")), whisper(ANA, "From a player meanwhile.")).unwrap();
    assert_eq!(bench.whispers(Viewer::Gm).len(), 2);
    bench.fail(FaultKind::Overloaded);
    assert_eq!(bench.whispers(Viewer::Gm), ["From a player meanwhile."]);
}

#[test]
fn undo_takes_back_what_happened_in_the_turn() {
    let mut bench = Bench::two_seats();
    bench.play("I wait.", "Nothing comes.");
    bench.deed(By::Person(person("bo")), whisper(ANA, "Before.")).unwrap();
    bench.say("ana", "I open it.");
    let gm = bench.gm();
    bench.deed(gm, whisper(ANA, "Behind it: water.")).unwrap();
    bench.reply("It opens.");
    assert_eq!(bench.whispers(Viewer::Seat(ANA)), ["Before.", "Behind it: water."]);
    bench.command(Command::Undo);
    assert_eq!(bench.whispers(Viewer::Seat(ANA)), ["Before."]);
    bench.command(Command::Reset);
    assert!(bench.whispers(Viewer::Gm).is_empty());
}

#[test]
fn a_vital_that_a_turn_cost_comes_back_with_undo_and_with_a_turn_that_fails() {
    let mut bench = Bench::two_seats();
    let kit = crate::kit::shipped("d20-lite").unwrap();
    bench.machine = bench.machine.clone().with_kit(Ok(kit));
    let ana = SheetOf::Seat(ANA);
    let hurt = || {
        let (vital, why) = ("hp".to_owned(), "a fall".to_owned());
        Deed::Sheet(SheetDeed::Vital { of: SheetOf::Seat(ANA), vital, by: -3, max: None, why })
    };
    let hp = |bench: &Bench| {
        let sheets = bench.machine.game(Viewer::Public).sheets.sheets;
        sheets.iter().find(|sheet| sheet.of == ana).unwrap().vital("hp").unwrap().now
    };
    bench.say("ana", "I climb.");
    let gm = bench.gm();
    bench.deed(gm, hurt()).unwrap();
    assert_eq!(hp(&bench), 7);
    bench.fail(FaultKind::Overloaded);
    assert_eq!(hp(&bench), 10, "the turn was not answered");
    bench.say("ana", "I climb again.");
    let gm = bench.gm();
    bench.deed(gm, hurt()).unwrap();
    bench.reply("You fall.");
    assert_eq!(hp(&bench), 7);
    bench.command(Command::Undo);
    assert_eq!(hp(&bench), 10);
}

#[test]
fn a_rolls_names_come_from_the_rollers_sheet_and_a_named_check_from_the_kit() {
    let mut bench = Bench::two_seats();
    let dice = crate::dice::proof::Secret::new([7; 32]);
    let machine = bench.machine.clone().with_dice(&"gate".parse().unwrap(), dice);
    bench.machine = machine.with_kit(Ok(crate::kit::shipped("d20-lite").unwrap()));
    let set = SheetDeed::Set { of: None, key: "might".to_owned(), value: "4".to_owned(), ask: false };
    bench.deed(By::Person(Person { role: Role::Host, ..person("ana") }), Deed::Sheet(set)).unwrap();
    let roll = |bench: &mut Bench, who: &str| {
        let (notation, nonce) = ("force".to_owned(), "n".to_owned());
        let deed = Deed::Roll { notation, shown: crate::domain::RollFor::Public, nonce };
        let Ok(Answer::Happened(events)) = bench.deed(By::Person(person(who)), deed) else { panic!("no roll") };
        let EventKind::Game(GameEvent::Rolled(roll)) = events[0].kind.clone() else { panic!("{events:?}") };
        *roll
    };
    let ana = roll(&mut bench, "ana");
    assert_eq!((ana.names, ana.label.as_deref()), (vec![("might".to_owned(), 4)], Some("force")));
    assert_eq!(roll(&mut bench, "bo").names, [("might".to_owned(), 0)]);
}

#[test]
fn the_game_master_does_nothing_in_a_turn_that_is_over() {
    let mut bench = Bench::two_seats();
    bench.say("ana", "I wait.");
    let gm = bench.gm();
    bench.reply("Nothing comes.");
    let late = bench.deed(gm, whisper(ANA, "Too late."));
    assert_eq!(late, Err(Refusal::Denied(Denied::TurnOver)));
    assert!(!bench.log.iter().any(|event| matches!(&event.kind, EventKind::Game(GameEvent::Whispered(_)))));
}
