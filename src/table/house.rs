//! The purse that all tables of this program share: what each has spent today and set aside.
//! It decides nothing and waits for nobody; a table's machine is told what is left while it decides, and nobody else then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{TableId, Timestamp};
use crate::table::machine::{House, Input, Machine, Step};
use crate::table::state::TableState;

/// The shared purse. Cheap to clone; all clones are the same purse.
#[derive(Clone, Debug, Default)]
pub struct HousePurse {
    /// Millionths of a US dollar in one UTC day; none is no limit.
    limit: Option<u64>,
    accounts: Arc<Mutex<HashMap<TableId, Account>>>,
}

/// What one table took on one day.
#[derive(Clone, Copy, Debug)]
struct Account {
    day: i64,
    micros: u64,
}

impl HousePurse {
    /// A purse with a limit for each UTC day, in millionths of a US dollar; none is no limit.
    pub fn new(limit: Option<u64>) -> Self {
        Self { limit, accounts: Arc::default() }
    }

    /// Whether there is a limit at all.
    pub(super) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Lets a table's machine take an input. Until it has, no other table decides: what it sets aside is seen by all.
    pub(super) fn handle(&self, table: TableId, machine: &mut Machine, now: Timestamp, input: Input) -> Step {
        let Some(limit) = self.limit else { return machine.handle(now, input) };
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.utc_day();
        let of_others = accounts.iter().filter(|(id, account)| **id != table && account.day == day);
        let others = of_others.map(|(_, account)| account.micros).fold(0, u64::saturating_add);
        machine.set_house(Some(House { limit, others }));
        let step = machine.handle(now, input);
        accounts.insert(table, Account::of(machine.state(), day));
        step
    }

    /// Notes what a table has taken: when it is known first, and when a step was undone.
    pub(super) fn note_state(&self, table: TableId, now: Timestamp, state: &TableState) {
        if self.is_limited() {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.insert(table, Account::of(state, now.utc_day()));
        }
    }
}

impl Account {
    fn of(state: &TableState, day: i64) -> Self {
        let money = &state.ledger.money;
        Self { day, micros: money.day.on(day).counted().saturating_add(money.reserved()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Budget, ErrorId, Finished, Person, PersonId, ProviderName, Role, SourceId, Spent, TurnNo};
    use crate::format::spans::Reading;
    use crate::table::machine::{Ask, Effect, Setup};

    const LIMIT: u64 = 2_000;
    const TURN: u64 = 300;

    fn machine() -> Machine {
        let setup = Setup {
            provider: ProviderName::new("claude"),
            model: None,
            fallbacks: Vec::new(),
            reading: Reading::Narrative,
            action_bytes: 1_000,
            waiting: 50,
            turn_bytes: 2_000,
            reply_bytes: 10_000,
            ask_ms: None,
            budget: Budget { turn: Some(TURN), ..Budget::default() },
            summaries: false,
        };
        Machine::new(setup, TableState::default())
    }

    struct Table {
        id: TableId,
        machine: Machine,
        running: Option<TurnNo>,
    }

    impl Table {
        fn input(&mut self, purse: &HousePurse, input: Input) {
            let step = purse.handle(self.id, &mut self.machine, Timestamp::from_millis(5), input);
            for effect in step.then {
                if let Effect::Run { turn, .. } = effect {
                    self.running = Some(turn);
                }
            }
        }

        fn say(&mut self, purse: &HousePurse, n: usize) {
            let person = Person { id: PersonId::new("test:ana"), name: "Ana".to_owned(), role: Role::Host };
            let source = SourceId::new(format!("test:{n}"));
            self.input(
                purse,
                Input::Say {
                    person,
                    source,
                    text: "On.".to_owned(),
                    files: Vec::new(),
                    secret: false,
                    ask: Ask(n as u64),
                },
            );
        }

        fn end(&mut self, purse: &HousePurse, cost: u64) {
            let Some(turn) = self.running.take() else { return };
            let spent = Spent { cost_micros: Some(cost), ..Spent::default() };
            let end = Ok(Finished { text: Some("Told.".to_owned()), spent });
            self.input(purse, Input::Ended { turn, end, error: ErrorId::new("E-TEST") });
        }
    }

    proptest! {
        #[test]
        fn tables_that_run_at_once_overshoot_their_purse_by_one_turn_at_most(
            moves in prop::collection::vec((0usize..4, prop::option::of(0..=TURN)), 1..120)
        ) {
            let purse = HousePurse::new(Some(LIMIT));
            let mut tables: Vec<_> =
                (0..4).map(|id| Table { id: TableId::new(id), machine: machine(), running: None }).collect();
            for (n, (which, cost)) in moves.into_iter().enumerate() {
                match cost {
                    None => tables[which].say(&purse, n),
                    Some(cost) => tables[which].end(&purse, cost),
                }
                let taken = tables.iter().map(|table| Account::of(table.machine.state(), 0).micros);
                prop_assert!(taken.sum::<u64>() < LIMIT + TURN);
            }
        }
    }
}
