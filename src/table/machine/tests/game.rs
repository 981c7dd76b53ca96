//! The game in the machine: deeds of people and of the game master, secrets, and what undo and a failed turn leave.

use super::*;
use crate::domain::{Actor, Audience, Deed, Denied, GameEvent, SeatId, Viewer};

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
    bench.input(Input::Say { person: person("ana"), source, text, secret: true, ask });
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
fn the_game_master_does_nothing_in_a_turn_that_is_over() {
    let mut bench = Bench::two_seats();
    bench.say("ana", "I wait.");
    let gm = bench.gm();
    bench.reply("Nothing comes.");
    let late = bench.deed(gm, whisper(ANA, "Too late."));
    assert_eq!(late, Err(Refusal::Denied(Denied::TurnOver)));
    assert!(!bench.log.iter().any(|event| matches!(&event.kind, EventKind::Game(GameEvent::Whispered(_)))));
}
