//! Lines, veils and the rating in the machine: whose they are, what a reply may not say, and who may be told what.

use super::*;
use crate::domain::{Deed, SafetyEvent, SeatId};

fn mark(name: &str) -> BoundMark {
    BoundMark::new(name)
}

fn lines(text: &str) -> Option<Bounds> {
    Some(Bounds::read(text, "").unwrap())
}

impl Bench {
    fn bound(&mut self, name: &str, wanted: Option<Bounds>) -> Bounds {
        let ask = self.ask();
        self.input(Input::Bound { mark: mark(name), wanted, ask });
        match self.last_answer() {
            Ok(Answer::Bounds(own)) => own.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn drawn(text: &str) -> Self {
        let mut bench = Self::new();
        bench.bound("a", lines(text));
        bench.say("ana", "I open the cellar.");
        bench
    }

    fn everything_shown(&self) -> String {
        format!("{:?} {:?}", self.shown, self.told())
    }

    fn rating(&mut self, rating: &str) -> Result<Answer, Refusal> {
        self.command(Command::Style { facet: "rating".to_owned(), value: rating.to_owned() });
        self.last_answer().clone()
    }
}

#[test]
fn everybody_sees_their_own_and_the_story_keeps_out_of_all() {
    let mut bench = Bench::new();
    bench.bound("a", lines("spiders; blood"));
    assert_eq!(bench.bound("b", lines("blood; needles")).lines, ["blood", "needles"]);
    assert_eq!(bench.bound("a", None).lines, ["spiders", "blood"]);
    assert_eq!(bench.bound("c", None), Bounds::default());
    assert_eq!(bench.machine.bounds().lines, ["blood", "needles", "spiders"]);
    let shown = format!("{:?}", bench.shown);
    assert!(!shown.contains("blood"), "nobody is shown that anything was set: {shown}");
    bench.play("I wait.", "Told.");
    bench.command(Command::Reset);
    bench.command(Command::Undo);
    bench.command(Command::Undo);
    let mut again = bench.restart();
    assert_eq!(again.machine.bounds().lines, ["blood", "needles", "spiders"]);
    assert_eq!(again.bound("a", lines("")), Bounds::default());
    assert_eq!(again.machine.bounds().lines, ["blood", "needles"], "what another keeps out of stays");
    let drawn = again.log.iter().filter(|event| matches!(event.kind, EventKind::Safety(SafetyEvent::Bounded { .. })));
    assert!(drawn.clone().all(|event| event.actor == Actor::Program && event.audience == Audience::Gm));
    assert_eq!(drawn.count(), 3, "looking is written down nowhere");
}

#[test]
fn a_reply_that_crosses_a_line_is_told_anew_and_nobody_reads_the_first() {
    let mut bench = Bench::drawn("spiders");
    bench.text("You climb down. A spi");
    assert!(bench.everything_shown().contains("You climb down."));
    bench.text("der drops on your hand. It bites.");
    assert!(!bench.everything_shown().contains("spi"), "{}", bench.everything_shown());
    bench.text(" More spiders come.");
    let turn = bench.running.take().expect("it runs").0;
    bench.input(Input::Ended {
        turn,
        end: Err(Fault::new(FaultKind::Killed, "cancelled")),
        error: ErrorId::new("E-T"),
    });
    assert_eq!(bench.running.as_ref().map(|(turn, opening)| (*turn, opening)), Some((turn, &Opening::Full)));
    assert!(bench.machine.tells_anew());
    bench.reply("The cellar is dry and empty. You are alone");
    assert_eq!(bench.told(), ["The cellar is dry and empty. You are alone"]);
    let told: String = bench
        .shown
        .iter()
        .filter_map(|body| match body {
            FrameBody::Text { append, .. } => Some(append.as_str()),
            FrameBody::Replaced { .. } => Some("|"),
            _ => None,
        })
        .collect();
    assert_eq!(told, "You climb down.|The cellar is dry and empty. You are alone");
    assert!(!format!("{:?}", bench.log).contains("spider drops"));
    bench.say("ana", "And now?");
    assert!(!bench.machine.tells_anew(), "the next turn is not held to it");
}

#[test]
fn the_second_time_it_is_not_told_and_the_moment_fades() {
    let mut bench = Bench::drawn("spiders");
    for _ in 0..2 {
        let turn = bench.running.take().expect("it runs").0;
        let text = Some("Spiders!".to_owned());
        let end = Ok(Finished { text, spent: Spent { cost_micros: Some(1_000), ..Spent::default() } });
        bench.input(Input::Ended { turn, end, error: ErrorId::new("E-T") });
    }
    assert_eq!(bench.running, None);
    assert!(matches!(bench.shown.last(), Some(FrameBody::TurnEnded { end: TurnEnd::Faded, .. })), "{:?}", bench.shown);
    assert!(bench.told().is_empty() && !bench.everything_shown().contains("Spiders"));
    assert_eq!(bench.machine.state.ledger.direction, Some(crate::domain::Direction::Fade));
    assert_eq!(bench.machine.state.ledger.money.all.micros, 2_000, "both are paid for");
    assert_eq!(bench.restart().machine.state.ledger, bench.machine.state.ledger);
}

#[test]
fn a_line_that_is_drawn_while_a_reply_is_told_holds_for_it() {
    let mut bench = Bench::new();
    bench.say("ana", "I open the cellar.");
    bench.text("A spider drops");
    bench.bound("b", lines("spider"));
    bench.text(" on your hand.");
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
    assert!(bench.machine.tells_anew());
    let taken_back = FrameBody::Replaced { turn: TurnNo::new(1), text: String::new() };
    assert!(bench.shown.contains(&taken_back), "{:?}", bench.shown);
}

#[test]
fn what_the_game_master_does_is_held_to_the_lines_too() {
    // Words that only the program's own writing holds do not count.
    let mut bench = Bench::drawn("spiders; game; whispered; text");
    let ask = bench.ask();
    let by = By::Gm(bench.running.as_ref().expect("a turn runs").0);
    let to = SeatId::new(1);
    bench.input(Input::Deed { by: by.clone(), deed: Deed::Whisper { to, text: "A spider!".to_owned() }, ask });
    assert_eq!(bench.last_answer(), &Err(crate::domain::Denied::CrossesALine.into()));
    bench.input(Input::Deed { by, deed: Deed::Whisper { to, text: "A bat!".to_owned() }, ask });
    assert!(bench.last_answer().is_ok());
}

#[test]
fn a_mature_story_is_told_only_while_only_adults_come() {
    let mut bench = Bench::new();
    let word = |bench: &Bench| bench.machine.style().get("rating").map(str::to_owned);
    assert_eq!(bench.rating("mature"), Err(Refusal::NotForAdults));
    bench.input(Input::Age { adults: true });
    assert!(bench.rating("mature").is_ok());
    bench.play("I wait.", "Told.");
    assert_eq!(word(&bench).as_deref(), Some("mature"));
    assert!(bench.machine.state.ledger.session.is_some());
    bench.input(Input::Age { adults: true });
    assert!(bench.machine.state.ledger.session.is_some(), "nothing changed");
    bench.say("ana", "I wait on.");
    bench.text("Something dark");
    bench.input(Input::Age { adults: false });
    bench.end(Err(Fault::new(FaultKind::Killed, "cancelled")));
    assert_eq!((word(&bench).as_deref(), bench.machine.state.ledger.session.clone()), (Some("teen"), None));
    assert!(matches!(bench.shown.last(), Some(FrameBody::TurnEnded { end: TurnEnd::Stopped, .. })));
    bench.input(Input::Age { adults: true });
    assert_eq!(word(&bench).as_deref(), Some("mature"), "what was set still stands");
    let again = bench.restart();
    assert_eq!(word(&again).as_deref(), Some("teen"), "after a start nobody knows until it is asked");
}

#[test]
fn with_decoys_every_player_is_handed_a_letter_and_nothing_tells_them_apart() {
    let seats: Vec<_> = ["ana", "bo", "cleo"].into_iter().collect();
    let shown_for = |to: u32| {
        let mut bench = Bench::new();
        for name in &seats {
            let ask = bench.ask();
            bench.input(Input::Sit { person: person(name), ask });
        }
        bench.command(Command::Style { facet: "decoys".to_owned(), value: "on".to_owned() });
        bench.say("ana", "I listen.");
        let (ask, by) = (bench.ask(), By::Gm(bench.running.as_ref().expect("a turn runs").0));
        bench.input(Input::Deed { by, deed: Deed::Whisper { to: SeatId::new(to), text: "OPAL".to_owned() }, ask });
        let all: Vec<_> =
            bench.frames.iter().filter(|frame| frame.audience.is_table()).map(|frame| frame.body.clone()).collect();
        let mine = |seat: u32| {
            let game = bench.machine.state.tale.game.seen_by(crate::domain::Viewer::Seat(SeatId::new(seat)));
            game.whispers.into_iter().map(|kept| (kept.whisper.text, kept.event)).collect::<Vec<_>>()
        };
        for seat in 1..=3 {
            assert_eq!(mine(seat).len(), 1, "seat {seat}");
            assert_eq!(mine(seat)[0].0 == "OPAL", seat == to, "{:?}", mine(seat));
        }
        // Which is whose is no secret to those who open them all, so the real one has no place of its own.
        (all, [1, 2, 3].map(|seat| mine(seat)[0].1))
    };
    let first = shown_for(1);
    assert!(first.1.is_sorted());
    assert_eq!(first.0.iter().filter(|body| matches!(body, FrameBody::Letter { .. })).count(), 3);
    for to in [2, 3] {
        assert_eq!(shown_for(to), first, "who got the real one shows in nothing that everyone sees");
    }
}

/// A reply that speaks for a player's character, and nothing else.
const FOR_MIRA: &str = "„Äh.“ \"I pay,\" Mira says.";

impl Bench {
    /// A table that keeps out of spiders, where ana plays Mira and a reply spoke for her: it is told anew.
    fn told_anew() -> Self {
        let mut bench = Self::new();
        bench.bound("a", lines("spiders"));
        bench.take(person("ana"));
        bench.say("ana", "I look at the river.");
        bench.reply(FOR_MIRA);
        assert!(matches!(bench.running, Some((_, Opening::Mend { .. }))));
        bench
    }

    /// What somebody has read of the turn in the end.
    fn read(&self) -> String {
        self.shown.iter().fold(String::new(), |read, frame| match frame {
            FrameBody::Text { append, .. } => read + append,
            FrameBody::Replaced { text, .. } => text.clone(),
            _ => read,
        })
    }
}

#[test]
fn a_reply_that_is_told_anew_for_a_player_streams_from_its_own_beginning() {
    let mut bench = Bench::told_anew();
    let anew = format!("a{}. The river rises. And", "ö".repeat(40));
    bench.text(&anew);
    assert_eq!(bench.read(), anew.trim_end_matches(" And"));
    bench.reply(" falls.");
    assert_eq!((bench.read(), bench.running.clone()), (anew + " falls.", None));
}

#[test]
fn the_first_stands_whole_where_what_was_told_anew_for_a_player_fails() {
    let mut bench = Bench::told_anew();
    bench.text("The river rises. And");
    bench.fail(FaultKind::Overloaded);
    assert_eq!((bench.read(), bench.told()), (FOR_MIRA.to_owned(), vec![FOR_MIRA.to_owned()]));
}

#[test]
fn what_is_told_anew_for_a_player_may_cross_no_line() {
    let mut bench = Bench::told_anew();
    let spent = Spent { cost_micros: Some(1_000), ..Spent::default() };
    bench.end(Ok(Finished { text: Some("Spiders drop.".to_owned()), spent }));
    assert_eq!(bench.told(), [FOR_MIRA]);
    assert!(!bench.everything_shown().contains("Spiders"), "{}", bench.everything_shown());
}
