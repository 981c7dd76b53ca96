//! Dice in the machine: rolls by command and in actions, who sees them, what the game master asks for, seals and seeds.

use super::*;
use crate::dice::proof::Secret;
use crate::domain::{Audience, Deed, Denied, GameEvent, Roll, RollFor, RollRequest, SeatId, TableName, Viewer};
use crate::game::record::{ProofRecord, RollRecord, Verdict};

fn table() -> TableName {
    "crown".parse().unwrap()
}

impl Bench {
    fn dicing() -> Self {
        let mut bench = Self::new();
        bench.machine = bench.machine.clone().with_dice(&table(), Secret::new([5; 32]));
        bench
    }

    fn roll(&mut self, name: &str, notation: &str, shown: RollFor) -> Result<Answer, Refusal> {
        let ask = self.ask();
        let deed = Deed::Roll { notation: notation.to_owned(), shown, nonce: format!("n{}", ask.0) };
        self.input(Input::Deed { by: By::Person(person(name)), deed, ask });
        self.last_answer().clone()
    }

    fn answer_roll(&mut self, name: &str, request: Option<EventSeq>) -> Result<Answer, Refusal> {
        let ask = self.ask();
        let deed = Deed::AnswerRoll { request, nonce: format!("n{}", ask.0) };
        self.input(Input::Deed { by: By::Person(person(name)), deed, ask });
        self.last_answer().clone()
    }

    fn rolls(&self) -> Vec<Roll> {
        let rolls = self.log.iter().filter_map(|event| match &event.kind {
            EventKind::Game(GameEvent::Rolled(roll)) => Some((**roll).clone()),
            _ => None,
        });
        rolls.collect()
    }

    fn requests(&self) -> Vec<RollRequest> {
        self.machine.state.tale.game.dice.asked.iter().map(|kept| kept.request.clone()).collect()
    }

    fn record(&self, scene: u32) -> ProofRecord {
        ProofRecord::of(&table(), SceneNo::new(scene), &self.log)
    }

    fn frames_for(&self, viewer: Viewer) -> String {
        let seen = self.frames.iter().filter(|frame| frame.audience.admits(viewer)).map(|frame| &frame.body);
        format!("{:?}", seen.collect::<Vec<_>>())
    }
}

#[test]
fn each_roll_is_recorded_shown_to_its_audience_and_numbered() {
    let mut bench = Bench::dicing();
    bench.play("I wait.", "Nothing comes.");
    bench.say("bo", "I wait too.");
    bench.reply("Still nothing.");
    for (_, shown) in RollFor::NAMED {
        let answer = bench.roll("ana", "1d1000+1000000", shown).unwrap();
        let Answer::Happened(seen) = answer else { panic!("{answer:?}") };
        assert_eq!(seen.len(), usize::from(shown != RollFor::Blind), "{shown:?}");
    }
    let rolls = bench.rolls();
    assert_eq!(rolls.iter().map(|roll| roll.n).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let seen_by = |viewer| {
        let frames = bench.frames_for(viewer);
        rolls.iter().map(|roll| frames.contains(&roll.plain)).collect::<Vec<_>>()
    };
    assert_eq!(seen_by(Viewer::Public), [true, false, false, false]);
    assert_eq!(seen_by(Viewer::Seat(SeatId::new(2))), [true, false, false, false]);
    assert_eq!(seen_by(Viewer::Seat(SeatId::new(1))), [true, true, false, true]);
    let brief: Vec<_> = bench.machine.state.tale.game.dice.seen_by(Viewer::Gm).rolls.into_iter().collect();
    assert_eq!(brief.len(), 3, "what was rolled for oneself is not the game master's");
    assert_eq!(bench.machine.state.tale.game.dice.tallies[0].rolls, 1, "only what everyone sees is counted");
}

#[test]
fn what_cannot_be_thrown_changes_nothing_and_says_why() {
    let mut bench = Bench::dicing();
    let before = bench.log.len();
    for bad in ["4d6k3", "1001d6", "1d0", "", "1d20+@str"] {
        let answer = bench.roll("ana", bad, RollFor::Public);
        assert!(matches!(answer, Err(Refusal::Denied(Denied::Dice(_)))), "{bad}: {answer:?}");
    }
    bench.say("ana", "I climb [[4d6k3]]");
    assert!(matches!(bench.last_answer(), Err(Refusal::Denied(Denied::Dice(why))) if why.contains("kh3")));
    assert!(bench.rolls().is_empty());
    assert!(bench.log[before..].iter().all(|event| !matches!(event.kind, EventKind::ActionSaid { .. })));
}

#[test]
fn a_roll_in_an_action_is_thrown_when_it_is_said_and_an_edit_throws_nothing() {
    let mut bench = Bench::dicing();
    bench.say("ana", "I begin.");
    bench.say("bo", "I climb [[1d20+5 # climbing]] and look [[d6]].");
    let action = bench.machine.state.ledger.waiting[0].action;
    let rolls = bench.rolls();
    assert_eq!(rolls.len(), 2);
    assert!(rolls.iter().all(|roll| roll.action == Some(action) && roll.dice.len() == 1));
    let ask = bench.ask();
    bench.input(Input::Edit { action, text: "I climb [[1d20+50]].".to_owned(), ask });
    assert_eq!(bench.rolls(), rolls);
}

#[test]
fn an_action_in_secret_keeps_its_rolls_secret() {
    let mut bench = Bench::dicing();
    bench.play("I wait.", "Nothing.");
    let (ask, source) = (bench.ask(), SourceId::new("test:secret"));
    let text = "I steal [[1d20+77777]]".to_owned();
    bench.input(Input::Say { person: person("ana"), source, text, files: Vec::new(), secret: true, ask });
    assert!(!bench.frames_for(Viewer::Public).contains("77777"));
    let told = bench.log.iter().find(|event| matches!(event.kind, EventKind::Game(_))).unwrap();
    assert_eq!(told.audience, Audience::Seats(vec![SeatId::new(1)]));
}

#[test]
fn the_game_master_asks_and_only_dice_answer() {
    let mut bench = Bench::dicing();
    bench.say("bo", "I climb.");
    bench.reply("The wall is slick.\nYou roll 1d20 = 20!\n[roll: ana, 1d20+3, climbing]");
    assert_eq!(bench.told(), ["The wall is slick.\nYou roll 1d20 = 20! *(told, not rolled)*"]);
    let [request] = bench.requests().try_into().unwrap();
    assert_eq!((request.notation.as_str(), request.why.as_str()), ("1d20+3", "climbing"));
    // Ana has no seat yet, so anybody may answer; a second answer is refused.
    bench.answer_roll("ana", None).unwrap();
    let [roll] = bench.rolls().try_into().unwrap();
    assert!(roll.answers.is_some() && roll.action.is_some());
    assert!(bench.running.is_some(), "a turn tells what comes of it");
    assert!(bench.requests().is_empty());
    assert_eq!(bench.answer_roll("ana", roll.answers), Err(Refusal::Denied(Denied::NothingAsked)));
    bench.reply("She slips.\n[roll: Ana, 1d6]");
    let asked = bench.machine.state.tale.game.dice.asked[0].event;
    assert_eq!(bench.answer_roll("bo", Some(asked)), Err(Refusal::Denied(Denied::AskedOfAnother)));
    bench.command(Command::Undo);
    let [again] = bench.requests().try_into().unwrap();
    assert_eq!(again, request, "an undo takes back the second question and the answer to the first");
}

#[test]
fn seeds_are_shown_when_play_leaves_their_scene_and_everything_holds() {
    let mut bench = Bench::dicing();
    bench.play("I wait [[1d20]].", "Nothing.");
    let seal = bench.machine.seal().unwrap().to_string();
    bench.roll("ana", "4d6kh3", RollFor::Public).unwrap();
    bench.roll("ana", "2d6", RollFor::Gm).unwrap();
    assert!(bench.rolls().iter().all(|roll| roll.seal == seal));
    let sealed = Verdict { sealed: 2, hidden: 1, ..Verdict::default() };
    assert_eq!(bench.record(1).verdict(), sealed);
    assert!(!serde_json::to_string(&bench.log).unwrap().contains("\"seed\""), "no seed before its scene is over");
    bench.command(Command::SceneEnd);
    assert_eq!(bench.record(1).verdict(), Verdict { hold: 2, hidden: 1, ..Verdict::default() });
    assert!(bench.frames_for(Viewer::Public).contains("SeedShown"));
    let mut bent = bench.record(1);
    let RollRecord::Open { totals, .. } = &mut bent.sealed[0].rolls[1] else { panic!("{bent:?}") };
    totals[0] += 1;
    assert_eq!(bent.verdict(), Verdict { hold: 1, bent: 1, hidden: 1, ..Verdict::default() });
}

#[test]
fn a_seed_that_was_shown_is_never_used_again() {
    let mut bench = Bench::dicing();
    bench.play("I wait.", "Nothing.");
    bench.roll("ana", "1d20", RollFor::Public).unwrap();
    let first = bench.machine.seal().unwrap();
    bench.play("I go on.", "A door.");
    bench.command(Command::Undo);
    assert_eq!(bench.machine.seal(), Some(first.clone()), "still the same scene");
    bench.roll("ana", "1d20", RollFor::Public).unwrap();
    let rolls = bench.rolls();
    assert_eq!((rolls[1].n, rolls[0].branch == rolls[1].branch), (0, false), "counted anew on its own line of play");
    bench.command(Command::SceneNew { title: None, greeting: None });
    assert_eq!(bench.record(1).verdict(), Verdict { hold: 2, ..Verdict::default() });
    bench.play("I look.", "Dark.");
    bench.command(Command::Undo);
    bench.command(Command::Undo);
    assert_eq!(bench.machine.state.tale.scene.as_ref().map(|scene| scene.number.get()), None);
    bench.play("Again.", "Once more.");
    assert_ne!(bench.machine.seal(), Some(first), "its seed is known");
}

#[test]
fn a_restart_goes_on_with_the_same_dice() {
    let mut bench = Bench::dicing();
    bench.play("I wait [[1d20]].", "Nothing.");
    let mut again = bench.restart();
    again.machine = again.machine.clone().with_dice(&table(), Secret::new([5; 32]));
    assert_eq!(again.machine.seal(), bench.machine.seal());
    again.roll("ana", "1d20", RollFor::Public).unwrap();
    assert_eq!(again.rolls()[1].n, 1);
}

#[test]
fn an_undo_takes_back_rolls_with_their_action_and_telling_anew_keeps_them() {
    let mut bench = Bench::dicing();
    bench.play("I wait.", "Nothing.");
    bench.say("ana", "I jump [[1d20]].");
    bench.reply("You land.\n[roll: ana, 1d6]");
    let kept = |bench: &Bench| bench.machine.state.tale.game.dice.rolls.len();
    assert_eq!((kept(&bench), bench.requests().len()), (1, 1));
    bench.command(Command::Retry);
    assert_eq!((kept(&bench), bench.requests().len()), (1, 0), "what was thrown stands");
    bench.reply("You fall.\n[roll: ana, 1d6]");
    bench.answer_roll("ana", None).unwrap();
    bench.reply("It hurts.");
    assert_eq!((kept(&bench), bench.requests().len()), (2, 0));
    bench.command(Command::Undo);
    assert_eq!((kept(&bench), bench.requests().len()), (1, 1), "the question stands again");
    bench.command(Command::Undo);
    assert_eq!((kept(&bench), bench.requests().len()), (0, 0));
    assert_eq!(bench.rolls().len(), 2, "the record keeps them");
}

#[test]
fn only_the_game_master_and_hosts_ask() {
    let mut bench = Bench::dicing();
    bench.say("ana", "I climb.");
    let request = RollRequest { seat: Some(SeatId::new(1)), notation: "1d20".to_owned(), why: "climbing".to_owned() };
    let ask = bench.ask();
    let turn = bench.running.as_ref().unwrap().0;
    bench.input(Input::Deed { by: By::Gm(turn), deed: Deed::AskRoll(request.clone()), ask });
    assert_eq!(bench.requests(), std::slice::from_ref(&request));
    let player = Person { role: Role::Player, ..person("bo") };
    bench.input(Input::Deed { by: By::Person(player), deed: Deed::AskRoll(request.clone()), ask });
    assert_eq!(bench.last_answer(), &Err(Refusal::Denied(Denied::OnlyTheGmAsks)));
    let nobody = RollRequest { seat: Some(SeatId::new(9)), ..request };
    bench.input(Input::Deed { by: By::Gm(turn), deed: Deed::AskRoll(nobody), ask });
    assert_eq!(bench.last_answer(), &Err(Refusal::Denied(Denied::NoSuchSeat(SeatId::new(9)))));
    bench.fail(FaultKind::Overloaded);
    assert!(bench.requests().is_empty(), "a turn that was not answered asked for nothing");
}
