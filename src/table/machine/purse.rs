//! The purse: whether a turn may begin, what is set aside for it, and which limit refuses it. PURE.
//! A turn begins while something is left, so a limit is overshot by one turn at most.

use serde::{Deserialize, Serialize};

use super::ladder::Rung;
use super::{Machine, Scribe};
use crate::domain::{Actor, EmptyPurse, EventKind, ProviderName, Purse, SeatId, SkipWhy, Timestamp, TurnNo};
use crate::game::turns::HOLDS_BACK;
use crate::table::state::Waiting;

/// What all tables of this program may spend in one UTC day, as this table sees it, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// The limit.
    pub limit: u64,
    /// What the other tables have spent today and set aside.
    pub others: u64,
}

impl Machine {
    /// Tells what all tables may spend together; none is no limit. To be told before each input.
    pub fn set_house(&mut self, house: Option<House>) {
        self.house = house;
    }

    /// Which of the table's purses is empty.
    fn empty_purse(&self, now: Timestamp) -> Option<EmptyPurse> {
        let (budget, money, day) = (&self.setup.budget, &self.state.ledger.money, now.utc_day());
        // No turn of this table runs when one is to begin, so nothing is set aside for one.
        let aside = money.aside();
        let spent = |limit: Option<u64>, spent: u64| limit.is_some_and(|limit| spent.saturating_add(aside) >= limit);
        if spent(budget.table, money.all.counted()) {
            return Some(EmptyPurse::Table);
        }
        if spent(budget.day, money.day.on(day).counted()) {
            return Some(EmptyPurse::Day);
        }
        let taken = money.day.on(day).counted().saturating_add(aside);
        let house = self.house.filter(|house| house.others.saturating_add(taken) >= house.limit);
        house.map(|_| EmptyPurse::House)
    }

    /// What is set aside for a summary that is begun at `now`; none if that is not left in one of the purses. A summary
    /// overshoots no limit by more than it costs beyond what is set aside.
    pub(super) fn for_a_summary(&self, provider: &ProviderName, now: Timestamp) -> Option<u64> {
        if self.costs_nothing(provider) {
            return Some(0);
        }
        let (budget, money, day) = (&self.setup.budget, &self.state.ledger.money, now.utc_day());
        let cost = budget.turn.unwrap_or_else(|| money.estimate());
        let needed = money.reserved().saturating_add(cost);
        let left = |limit: Option<u64>, spent: u64| limit.is_none_or(|limit| spent.saturating_add(needed) <= limit);
        let today = money.day.on(day).counted();
        let of_house = self.house.map(|house| house.limit.saturating_sub(house.others));
        let all = left(budget.table, money.all.counted()) && left(budget.day, today) && left(of_house, today);
        all.then_some(cost)
    }

    pub(super) fn costs_nothing(&self, provider: &ProviderName) -> bool {
        self.state.ledger.money.purse(provider) == Some(Purse::Free)
    }

    /// Whether a seat has spent its part of the day.
    fn seat_is_spent(&self, seat: SeatId, now: Timestamp) -> bool {
        let day = now.utc_day();
        self.setup.budget.seat_day.is_some_and(|limit| self.state.ledger.money.day.of_seat(seat, day) >= limit)
    }

    /// Who answers a turn that is opened at `now`, and which purse is empty if it is not the one who would.
    pub(super) fn affordable(&self, now: Timestamp) -> Result<(Rung, Option<EmptyPurse>), EmptyPurse> {
        let rung = self.rung(now);
        let Some(empty) = self.empty_purse(now).filter(|_| !self.costs_nothing(&rung.provider)) else {
            return Ok((rung, None));
        };
        let free = self.ladder().into_iter().find(|rung| self.costs_nothing(&rung.provider));
        free.map(|rung| (rung, Some(empty))).ok_or(empty)
    }

    /// Why a turn with actions of these seats cannot begin now.
    pub(super) fn refuses(&self, mut seats: impl Iterator<Item = SeatId>, now: Timestamp) -> Option<EmptyPurse> {
        let pays = !self.costs_nothing(&self.rung(now).provider);
        if pays && seats.any(|seat| self.seat_is_spent(seat, now)) {
            return Some(EmptyPurse::Seat);
        }
        self.affordable(now).err()
    }
}

impl Scribe<'_> {
    /// Lays aside what waits and cannot be paid.
    pub(super) fn skip_unpayable(&mut self) {
        let now = self.now;
        let pays = !self.machine.costs_nothing(&self.machine.rung(now).provider);
        // Who only holds back asks for nothing; the others' turn is not kept from them for that.
        let acts = |waiting: &Waiting| waiting.text != HOLDS_BACK;
        let over: Vec<_> =
            self.waiting(|waiting| pays && acts(waiting) && self.machine.seat_is_spent(waiting.seat, now));
        for action in over {
            self.skip(action, SkipWhy::SeatBudget);
        }
        if let Err(empty) = self.machine.affordable(now) {
            for action in self.waiting(|_| true) {
                self.skip(action, empty.into());
            }
        }
    }

    /// Sets aside what the turn may cost, where a limit is kept: its own limit, else what the last ones cost.
    pub(super) fn reserve(&mut self, turn: TurnNo, provider: &ProviderName) {
        let budget = self.machine.setup.budget;
        let limited = budget.day.or(budget.table).or(budget.seat_day).is_some() || self.machine.house.is_some();
        if limited && !self.machine.costs_nothing(provider) {
            let micros = budget.turn.unwrap_or_else(|| self.machine.state.ledger.money.estimate());
            self.record(Actor::Program, Some(turn), None, EventKind::MoneyReserved { turn, micros });
        }
    }

    /// Notes who pays a provider, where that is news.
    pub(super) fn learn_purse(&mut self, turn: TurnNo, purse: Purse) {
        let provider = self.machine.rung(self.now).provider;
        if self.machine.state.ledger.money.purse(&provider) != Some(purse) {
            self.record(Actor::Gm, Some(turn), None, EventKind::PurseKnown { provider, purse });
        }
    }
}
