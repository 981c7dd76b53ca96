//! The stop card in the machine: what stops, what is taken out, who has to agree, and that nobody is named.

use proptest::prelude::*;

use super::*;
use crate::domain::{CardChoice, SafetyAct, SafetyDone};

const PRESSER: u64 = 7;
const HOST: u64 = 1;

impl Bench {
    fn safety(&mut self, mark: u64, act: SafetyAct) -> Result<Answer, Refusal> {
        let ask = self.ask();
        self.input(Input::Safety { mark, host: mark == HOST, act, ask });
        self.answers.last().unwrap().clone()
    }

    fn beats_told(&self) -> Vec<u64> {
        self.machine.state.tale.recent.iter().map(|beat| beat.turn.get()).collect()
    }

    fn beats(&mut self, beats: usize) {
        for n in 1..=beats {
            self.say("ana", &format!("I do {n}."));
            self.reply(&format!("Told {n}."));
        }
    }
}

fn cancelled(bench: &mut Bench) {
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
}

#[test]
fn it_stops_freezes_covers_and_takes_out_in_this_order() {
    let mut bench = Bench::new();
    bench.beats(2);
    bench.say("ana", "I open the cellar.");
    bench.text("Something moves");
    let (from, told) = (bench.log.len(), bench.shown.len());
    assert_eq!(bench.safety(PRESSER, SafetyAct::Stop), Ok(Answer::Safe(SafetyDone::Paused)));
    let turns = vec![TurnNo::new(3), TurnNo::new(2)];
    let FrameBody::Curtained { covered, .. } = &bench.shown[told] else { panic!("{:?}", bench.shown[told]) };
    assert_eq!(covered.turns, turns);
    assert!(matches!(bench.shown[told + 1], FrameBody::Paused { .. }));
    bench.say("bo", "What is it?");
    assert_eq!(bench.answers.last(), Some(&Err(Refusal::Paused)));
    bench.command(Command::Undo);
    assert_eq!(bench.answers.last(), Some(&Err(Refusal::Paused)));
    // Chosen while the run is still ending: it is carried out when it has.
    bench.safety(PRESSER, SafetyAct::Choose(CardChoice::Rewind)).unwrap();
    bench.safety(PRESSER, SafetyAct::Choose(CardChoice::Fade)).unwrap();
    assert_eq!(bench.beats_told(), [1, 2]);
    cancelled(&mut bench);
    assert_eq!(bench.beats_told(), [1], "the turn that was stopped, then the beat before it");
    assert_eq!(bench.machine.state.ledger.direction, Some(crate::domain::Direction::Fade));
    assert_eq!(bench.safety(HOST, SafetyAct::Resume), Ok(Answer::Safe(SafetyDone::Noted)));
    assert_eq!(bench.safety(PRESSER, SafetyAct::Ready), Ok(Answer::Safe(SafetyDone::Resumed)));
    assert!(bench.log[from..].iter().all(|event| matches!(event.actor, Actor::Program | Actor::Gm)));
    bench.say("bo", "I light a lamp.");
    bench.reply("A little later.");
    assert_eq!((bench.beats_told(), bench.machine.state.ledger.direction), (vec![1, 4], None));
    bench.command(Command::Undo);
    assert_eq!(bench.beats_told(), [1], "an undo does not bring back what was taken out");
    assert_eq!(bench.restart().machine.state, bench.machine.state);
}

#[test]
fn only_who_stopped_play_chooses_and_the_host_alone_does_not_go_on() {
    let mut bench = Bench::new();
    bench.beats(1);
    assert_eq!(bench.safety(PRESSER, SafetyAct::Ready), Err(Refusal::NotPaused));
    bench.safety(PRESSER, SafetyAct::Stop).unwrap();
    assert_eq!(bench.safety(9, SafetyAct::Choose(CardChoice::Rewind)), Err(Refusal::NotPaused));
    assert_eq!(bench.safety(PRESSER, SafetyAct::Resume), Err(Refusal::NotHost));
    bench.safety(HOST, SafetyAct::Resume).unwrap();
    assert!(bench.machine.state.ledger.paused.is_some());
    bench.now += 24 * 60 * 60 * 1000;
    assert_eq!(bench.safety(HOST, SafetyAct::Resume), Ok(Answer::Safe(SafetyDone::Resumed)), "after a day");
    assert_eq!(bench.beats_told(), [1], "a pause leaves the story as it is");
}

#[test]
fn a_restart_keeps_the_pause() {
    let mut bench = Bench::new();
    bench.beats(1);
    bench.say("ana", "I wait.");
    bench.safety(PRESSER, SafetyAct::Stop).unwrap();
    let mut again = bench.restart();
    assert_eq!(again.running, None, "nothing is taken up while play is paused");
    assert_eq!(again.safety(HOST, SafetyAct::Resume), Ok(Answer::Safe(SafetyDone::Resumed)));
    assert!(again.running.is_some());
}

proptest! {
    #[test]
    fn whatever_is_done_the_log_gives_the_same_table_and_nothing_is_taken_while_it_pauses(
        moves in prop::collection::vec(0u8..9, 1..60)
    ) {
        let mut bench = Bench::new();
        for (n, what) in moves.into_iter().enumerate() {
            match what {
                0 | 1 => bench.say("ana", &format!("I do {n}.")),
                2 if bench.running.is_some() => bench.reply("Told."),
                3 => drop(bench.safety(PRESSER, SafetyAct::Stop)),
                4 => drop(bench.safety(PRESSER, SafetyAct::Choose(CardChoice::Rewind))),
                5 => drop(bench.safety(PRESSER, SafetyAct::Choose(CardChoice::Skip))),
                6 => drop(bench.safety(PRESSER, SafetyAct::Ready)),
                7 => drop(bench.safety(HOST, SafetyAct::Resume)),
                8 => bench.command(Command::Undo),
                _ => {}
            }
            let ledger = &bench.machine.state.ledger;
            prop_assert_eq!(&fold(&bench.log).ledger, ledger);
            prop_assert!(ledger.paused.is_none() || bench.running.is_none() || bench.machine.live.as_ref().is_some_and(|live| live.ending.is_some()));
        }
    }
}
