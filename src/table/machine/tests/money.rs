//! Money: what is set aside and settled, and which purse refuses a turn.

use proptest::prelude::*;

use super::*;
use crate::domain::{EmptyPurse, Purse};
use crate::table::money::Spending;

const DAY_MS: i64 = 86_400_000;

fn with(budget: Budget) -> Bench {
    Bench::with(Setup { budget, ..setup() }, Vec::new())
}

impl Bench {
    fn costs(&mut self, micros: Option<u64>) {
        self.end(Ok(Finished {
            text: Some("Told.".to_owned()),
            spent: Spent { cost_micros: micros, ..Spent::default() },
        }));
    }

    fn today(&self) -> Spending {
        self.machine.state.ledger.money.day.on(Timestamp::from_millis(self.now).utc_day())
    }

    fn skipped(&self) -> Vec<SkipWhy> {
        let skipped = self.shown.iter().filter_map(|body| match body {
            FrameBody::Skipped { why, .. } => Some(*why),
            _ => None,
        });
        skipped.collect()
    }
}

#[test]
fn a_turn_sets_aside_its_limit_before_the_call_and_pays_what_it_cost_after() {
    let mut bench = with(Budget { turn: Some(500), day: Some(10_000), ..Budget::default() });
    bench.say("ana", "I knock.");
    let kinds: Vec<_> = bench.log.iter().rev().take(2).map(|event| event.kind.name()).collect();
    assert_eq!(kinds, ["money_reserved", "turn_opened"], "in the record before the provider is called");
    assert_eq!(bench.machine.state.ledger.money.reserved(), 500);
    bench.costs(Some(320));
    assert_eq!(bench.machine.state.ledger.money.reserved(), 0);
    assert_eq!(bench.today(), Spending { micros: 320, unknown_turns: 0, assumed_micros: 0 });
}

#[test]
fn without_a_limit_of_its_own_a_turn_sets_aside_what_the_dearest_of_the_last_ones_cost() {
    let mut bench = with(Budget { day: Some(1_000_000), ..Budget::default() });
    for cost in [700, 300] {
        bench.say("ana", "On.");
        bench.costs(Some(cost));
    }
    bench.say("ana", "On.");
    assert_eq!(bench.machine.state.ledger.money.reserved(), 700);
}

#[test]
fn a_crash_between_setting_aside_and_paying_neither_loses_nor_keeps_it() {
    let mut bench = with(Budget { turn: Some(500), day: Some(10_000), ..Budget::default() });
    bench.say("ana", "I knock.");
    let mut bench = bench.restart();
    assert_eq!(bench.machine.state.ledger.money.reserved(), 500, "of the turn that is run again, and no other");
    assert_eq!(bench.today(), Spending { micros: 0, unknown_turns: 1, assumed_micros: 500 });
    bench.costs(Some(100));
    assert_eq!(bench.machine.state.ledger.money.reserved(), 0);
    assert_eq!(bench.today(), Spending { micros: 100, unknown_turns: 1, assumed_micros: 500 });
    assert_eq!(bench.restart().machine.state.ledger.money, bench.machine.state.ledger.money);
}

#[test]
fn each_purse_refuses_with_its_own_name() {
    let cases = [
        (Budget { day: Some(400), ..Budget::default() }, SkipWhy::DayBudget, true),
        (Budget { table: Some(400), ..Budget::default() }, SkipWhy::TableBudget, false),
        (Budget { seat_day: Some(400), ..Budget::default() }, SkipWhy::SeatBudget, true),
    ];
    for (budget, why, new_each_day) in cases {
        let mut bench = with(budget);
        bench.say("ana", "I knock.");
        bench.costs(Some(500));
        bench.say("ana", "I enter.");
        assert_eq!((bench.skipped(), bench.running.is_some()), (vec![why], false));
        bench.command(Command::Retry);
        assert!(matches!(bench.last_answer(), Err(Refusal::Spent(_))), "{why:?}");
        bench.now += DAY_MS;
        bench.say("ana", "I enter.");
        assert_eq!(bench.running.is_some(), new_each_day, "{why:?}");
    }
}

#[test]
fn a_seat_that_has_spent_its_part_does_not_hold_up_the_others_and_a_turn_is_shared() {
    let mut bench = with(Budget { seat_day: Some(400), ..Budget::default() });
    bench.say("ana", "I knock.");
    bench.say("ben", "I wait.");
    bench.say("ana", "I shout.");
    bench.costs(Some(100));
    bench.costs(Some(601));
    let seat = |name: &str| bench.machine.state.ledger.seat_of(&person(name).id).unwrap().id;
    let day = &bench.machine.state.ledger.money.day;
    assert_eq!((day.of_seat(seat("ana"), 0), day.of_seat(seat("ben"), 0)), (100 + 301, 300));
    bench.say("ana", "I enter.");
    assert_eq!(bench.skipped(), [SkipWhy::SeatBudget]);
    bench.say("ben", "I enter.");
    assert!(bench.running.is_some());
}

#[test]
fn all_tables_together_have_a_purse() {
    let mut bench = Bench::new();
    bench.machine.set_house(Some(House { limit: 1_000, others: 999 }));
    bench.say("ana", "I knock.");
    assert!(bench.machine.state.ledger.money.reserved() > 0);
    bench.costs(Some(5));
    bench.say("ana", "I enter.");
    assert_eq!(bench.skipped(), [SkipWhy::HouseBudget]);
}

#[test]
fn an_unknown_price_is_counted_as_unknown_and_what_did_not_begin_as_nothing() {
    let mut bench = Bench::new();
    bench.say("ana", "I knock.");
    bench.costs(None);
    for kind in [FaultKind::NotInstalled, FaultKind::NotSignedIn, FaultKind::Overloaded] {
        bench.say("ana", "I knock.");
        bench.fail(kind);
    }
    bench.say("ana", "I knock.");
    bench.fail(FaultKind::BrokenStream);
    assert_eq!(bench.today(), Spending { micros: 0, unknown_turns: 2, assumed_micros: 0 });
    bench.command(Command::Provider { provider: ProviderName::oracle(), model: None });
    bench.say("ana", "I knock.");
    bench.costs(Some(0));
    assert_eq!(bench.today().unknown_turns, 2, "the oracle costs nothing");
}

#[test]
fn who_costs_nothing_goes_on_when_a_purse_is_empty_and_steps_back_the_next_day() {
    let budget = Budget { day: Some(400), ..Budget::default() };
    let setup = Setup { budget, fallbacks: vec![ProviderName::new("gemini"), ProviderName::oracle()], ..setup() };
    let mut bench = Bench::with(setup, Vec::new());
    bench.say("ana", "I knock.");
    bench.costs(Some(500));
    bench.say("ana", "I enter.");
    assert_eq!(bench.machine.rung(Timestamp::from_millis(bench.now)).provider, ProviderName::oracle());
    assert_eq!(bench.machine.state.ledger.money.reserved(), 0);
    bench.text("It is dark.");
    let voice = |bench: &Bench| {
        let mut voices = bench.shown.iter().filter_map(|body| match body {
            FrameBody::OtherVoice { provider, purse, .. } => Some((provider.to_string(), *purse)),
            _ => None,
        });
        voices.next_back()
    };
    assert_eq!(voice(&bench), Some(("oracle".to_owned(), Some(EmptyPurse::Day))));
    bench.costs(Some(0));
    bench.now += DAY_MS;
    bench.say("ana", "I light a lamp.");
    bench.costs(Some(10));
    assert_eq!(voice(&bench), Some(("claude".to_owned(), None)));
    assert_eq!(bench.skipped(), []);
}

#[test]
fn who_pays_is_noted_once() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        bench.say("ana", "I knock.");
        let turn = bench.running.as_ref().unwrap().0;
        bench.input(Input::Heard { turn, event: ProviderEvent::Purse { purse: Purse::Subscription } });
        bench.costs(Some(1));
    }
    assert_eq!(bench.log.iter().filter(|event| event.kind.name() == "purse_known").count(), 1);
    let money = &bench.restart().machine.state.ledger.money;
    assert_eq!(money.purse(&ProviderName::new("claude")), Some(Purse::Subscription));
    assert_eq!(money.purse(&ProviderName::new("gemini")), None);
}

#[derive(Clone, Debug)]
enum Move {
    Say(bool),
    End(Option<u64>),
    Fail(u64),
    Restart,
    Wait(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => any::<bool>().prop_map(Move::Say),
        4 => proptest::option::weighted(0.8, 0u64..=500).prop_map(Move::End),
        2 => (0u64..=200).prop_map(Move::Fail),
        1 => Just(Move::Restart),
        1 => (0u8..20).prop_map(Move::Wait),
    ];
    prop::collection::vec(one, 1..80)
}

proptest! {
    #[test]
    fn money_is_what_the_log_says_and_a_limit_is_overshot_by_one_turn_at_most(moves in moves()) {
        let budget = Budget { turn: Some(700), day: Some(2_000), table: Some(5_000), seat_day: Some(1_500) };
        let fallbacks = vec![ProviderName::new("gemini")];
        let mut bench = Bench::with(Setup { budget, fallbacks, ..setup() }, Vec::new());
        for one in moves {
            match one {
                Move::Say(ana) => bench.say(if ana { "ana" } else { "ben" }, "On."),
                Move::End(cost) if bench.running.is_some() => bench.costs(cost),
                Move::Fail(cost) if bench.running.is_some() => {
                    let spent = Spent { cost_micros: Some(cost), ..Spent::default() };
                    bench.end(Err(Fault { spent, ..Fault::new(FaultKind::LimitReached, "test") }));
                }
                Move::Restart => bench = bench.restart(),
                Move::Wait(hours) => bench.now += i64::from(hours) * 3_600_000,
                _ => {}
            }
            prop_assert_eq!(&fold(&bench.log), &bench.machine.state);
            let money = &bench.machine.state.ledger.money;
            if bench.running.is_none() {
                prop_assert_eq!(money.reserved(), 0, "nothing is kept aside when nothing runs");
            }
            prop_assert!(money.day.spent.counted() < 2_000 + 700);
            prop_assert!(money.all.counted() < 5_000 + 700);
            let spent = bench.log.iter().filter_map(|event| match &event.kind {
                EventKind::TurnEnded { spent, .. } | EventKind::RungLeft { spent, .. } => spent.cost_micros,
                _ => None,
            });
            prop_assert_eq!(money.all.micros, spent.sum::<u64>());
        }
    }
}
