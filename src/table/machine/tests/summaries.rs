//! Summaries: asked for beside the turns, paid from the same purses, and never lost with more than what they cost.

use super::*;
use crate::domain::{SummaryNote, Tier};

const TURN: u64 = 500;

fn with(budget: Budget) -> Bench {
    Bench::with(Setup { budget, summaries: true, ..setup() }, Vec::new())
}

fn of(event: u64) -> MemoryId {
    MemoryId { event: EventSeq::new(event), part: 0 }
}

fn written() -> SummaryOutcome {
    let notes = vec![SummaryNote { tier: Tier::Fact, text: "It rains.".to_owned() }];
    SummaryOutcome::Written { text: "It rained.".to_owned(), arc: None, notes }
}

fn cost(micros: Option<u64>) -> Spent {
    Spent { cost_micros: micros, ..Spent::default() }
}

impl Bench {
    fn kinds(&self) -> Vec<&'static str> {
        let kinds = self.log.iter().map(|event| event.kind.name());
        kinds.filter(|kind| kind.starts_with("summary")).collect()
    }
}

#[test]
fn what_a_summary_may_cost_is_set_aside_and_what_it_cost_is_paid_by_no_seat() {
    let budget = Budget { turn: Some(TURN), day: Some(10_000), seat_day: Some(9_000), ..Budget::default() };
    let mut bench = with(budget);
    bench.say("ana", "I knock.");
    bench.input(Input::SumUp { of: of(7) });
    let money = |bench: &Bench| bench.machine.state.ledger.money.clone();
    assert_eq!(money(&bench).reserved(), 2 * TURN, "the turn that runs, and the summary");
    assert!(bench.running.is_some(), "a turn and a summary at once");
    bench.input(Input::SummedUp { of: of(7), outcome: written(), spent: cost(Some(120)) });
    assert_eq!((money(&bench).reserved(), money(&bench).all.micros), (TURN, 120));
    let day = Timestamp::from_millis(bench.now).utc_day();
    assert_eq!((money(&bench).day.on(day).micros, money(&bench).day.of_seat(SeatId::new(1), day)), (120, 0));
    assert_eq!(bench.kinds(), ["summary_begun", "summary_ended"]);
    assert!(bench.frames.iter().all(|frame| !format!("{frame:?}").contains("rained")), "nobody is shown it");
}

#[test]
fn a_summary_that_does_not_fit_the_budget_is_not_asked_for() {
    let mut bench = with(Budget { turn: Some(TURN), day: Some(2 * TURN - 1), ..Budget::default() });
    bench.say("ana", "I knock.");
    bench.input(Input::SumUp { of: of(7) });
    assert!(bench.kinds().is_empty(), "the turn that runs has what is left");
    let mut bench = with(Budget { turn: Some(TURN), table: Some(TURN), ..Budget::default() });
    bench.input(Input::SumUp { of: of(7) });
    assert_eq!(bench.kinds(), ["summary_begun"]);
    bench.say("ana", "I knock.");
    assert!(bench.running.is_none(), "what is set aside for it is no turn's");
}

#[test]
fn nobody_is_asked_where_it_is_turned_off_or_no_model_answers_or_it_is_on_its_way() {
    let mut bench = Bench::with(setup(), Vec::new());
    bench.input(Input::SumUp { of: of(7) });
    let oracle = Setup { provider: ProviderName::oracle(), summaries: true, ..setup() };
    let mut without = Bench::with(oracle, Vec::new());
    without.input(Input::SumUp { of: of(7) });
    assert!(bench.kinds().is_empty() && without.kinds().is_empty());
    let mut bench = with(Budget::default());
    for event in [7, 7, 8, 9, 10] {
        bench.input(Input::SumUp { of: of(event) });
    }
    assert_eq!(bench.kinds().len(), 3, "three at once, none twice");
    bench.input(Input::SummedUp { of: of(99), outcome: written(), spent: cost(None) });
    assert_eq!(bench.kinds().len(), 3, "what nobody asked for is not taken");
}

#[test]
fn a_summary_that_the_end_of_the_program_cut_off_is_asked_for_once_more() {
    let mut bench = with(Budget { turn: Some(TURN), ..Budget::default() });
    bench.input(Input::SumUp { of: of(7) });
    let bench = bench.restart();
    assert_eq!(bench.kinds(), ["summary_begun", "summary_ended", "summary_begun"]);
    let money = &bench.machine.state.ledger.money;
    assert_eq!((money.all.assumed_micros, money.reserved()), (TURN, TURN), "the first counts as spent");
    let bench = bench.restart();
    assert_eq!(bench.kinds().len(), 4, "and no third time");
    assert_eq!(bench.machine.state.ledger.money.reserved(), 0);
    assert_eq!(bench.restart().kinds().len(), 4);
}
