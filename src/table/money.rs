//! What a table spent and what it has set aside: a fold over its events. PURE.
//! Amounts are millionths of a US dollar. Whether a turn may begin is decided in `machine/purse.rs`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::{FaultKind, ProviderName, Purse, SeatId, Spent, SummaryOutcome, TurnOutcome};

/// Of how many turns the costs are remembered, to estimate the next one's.
const REMEMBERED: usize = 8;
/// What the first turns are taken to cost before any has told its cost.
const FIRST_ESTIMATE: u64 = 100_000;

/// A table's money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The newest day on which something was spent.
    pub day: DaySpend,
    /// Everything that was spent.
    pub all: Spending,
    /// Known costs of the last turns that cost something.
    recent: VecDeque<u64>,
    /// The turn that runs.
    running: Option<RunningCost>,
    /// Who pays which provider.
    purses: Vec<(ProviderName, Purse)>,
    /// What is set aside for summaries that are on their way.
    aside: u64,
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// As far as known.
    pub micros: u64,
    /// Turns of unknown price.
    pub unknown_turns: u64,
    /// What was set aside for turns that were cut off before they told their price: limits count it as spent.
    pub assumed_micros: u64,
}

/// What one UTC day cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySpend {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The whole table.
    pub spent: Spending,
    /// Each seat's part, for limits: several who act in one turn share its cost.
    seats: Vec<(SeatId, u64)>,
}

/// What is known of the turn that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RunningCost {
    seats: Vec<SeatId>,
    reserved: u64,
    micros: u64,
    unknown: bool,
}

impl Spending {
    /// What limits count.
    pub fn counted(&self) -> u64 {
        self.micros.saturating_add(self.assumed_micros)
    }
}

impl DaySpend {
    /// The spending of `day`, which is nothing unless it is this one.
    pub fn on(&self, day: i64) -> Spending {
        if self.day == day { self.spent } else { Spending::default() }
    }

    /// A seat's part on `day`.
    pub fn of_seat(&self, seat: SeatId, day: i64) -> u64 {
        let part = self.seats.iter().find(|(id, _)| *id == seat && self.day == day);
        part.map_or(0, |(_, micros)| *micros)
    }
}

impl Money {
    /// What is set aside for the turn that runs and for summaries.
    pub fn reserved(&self) -> u64 {
        self.running.as_ref().map_or(0, |running| running.reserved).saturating_add(self.aside)
    }

    /// What is set aside for summaries.
    pub fn aside(&self) -> u64 {
        self.aside
    }

    /// Who pays the provider, as far as it told.
    pub fn purse(&self, provider: &ProviderName) -> Option<Purse> {
        if *provider == ProviderName::oracle() {
            return Some(Purse::Free);
        }
        self.purses.iter().find(|(name, _)| name == provider).map(|(_, purse)| *purse)
    }

    /// What the next turn may cost: as much as the dearest of the last ones.
    pub fn estimate(&self) -> u64 {
        self.recent.iter().max().copied().unwrap_or(FIRST_ESTIMATE)
    }

    /// A turn was opened with actions of these seats.
    pub(super) fn open(&mut self, seats: impl Iterator<Item = SeatId>) {
        let mut payers: Vec<_> = seats.collect();
        payers.sort_by_key(|seat| seat.get());
        payers.dedup();
        self.running = Some(RunningCost { seats: payers, ..RunningCost::default() });
    }

    /// Something was set aside for it.
    pub(super) fn reserve(&mut self, micros: u64) {
        if let Some(running) = self.running.as_mut() {
            running.reserved = micros;
        }
    }

    /// The provider told who pays.
    pub(super) fn learn(&mut self, provider: &ProviderName, purse: Purse) {
        self.purses.retain(|(name, _)| name != provider);
        self.purses.push((provider.clone(), purse));
    }

    /// An attempt at the turn ended with a failure and another provider goes on.
    pub(super) fn attempted(&mut self, day: i64, provider: &ProviderName, why: FaultKind, spent: Spent) {
        let free = *provider == ProviderName::oracle();
        self.pay(day, spent.cost_micros);
        if let Some(running) = self.running.as_mut() {
            running.unknown |= spent.cost_micros.is_none() && !free && may_have_cost(why, spent);
        }
    }

    /// Something was set aside for a summary.
    pub(super) fn set_aside(&mut self, micros: u64) {
        self.aside = self.aside.saturating_add(micros);
    }

    /// A summary ended: what was set aside for it is free again, and what it cost is paid. It is no seat's.
    pub(super) fn summed_up(
        &mut self,
        day: i64,
        provider: &ProviderName,
        aside: u64,
        outcome: &SummaryOutcome,
        spent: Spent,
    ) {
        self.aside = self.aside.saturating_sub(aside);
        let free = self.purse(provider) == Some(Purse::Free);
        let unknown = spent.cost_micros.is_none()
            && !free
            && match outcome {
                SummaryOutcome::Failed { fault } => may_have_cost(*fault, spent),
                SummaryOutcome::Written { .. } | SummaryOutcome::Refused { .. } | SummaryOutcome::Interrupted => true,
            };
        let assumed = if *outcome == SummaryOutcome::Interrupted && unknown { aside } else { 0 };
        self.today(day);
        for spending in [&mut self.day.spent, &mut self.all] {
            spending.micros += spent.cost_micros.unwrap_or(0);
            spending.unknown_turns += u64::from(unknown);
            spending.assumed_micros += assumed;
        }
    }

    /// The turn ended: what was set aside is free again, and what it cost is paid.
    pub(super) fn settle(&mut self, day: i64, provider: &ProviderName, outcome: &TurnOutcome, spent: Spent) {
        self.pay(day, spent.cost_micros);
        let Some(running) = self.running.take() else { return };
        let last_is_unknown = spent.cost_micros.is_none()
            && *provider != ProviderName::oracle()
            && match outcome {
                TurnOutcome::Failed { fault, .. } => may_have_cost(*fault, spent),
                TurnOutcome::Answered { .. } | TurnOutcome::Stopped { .. } | TurnOutcome::Interrupted => true,
            };
        if running.unknown || last_is_unknown {
            self.today(day).spent.unknown_turns += 1;
            self.all.unknown_turns += 1;
        } else if running.micros > 0 {
            self.recent.push_back(running.micros);
            self.recent.drain(..self.recent.len().saturating_sub(REMEMBERED));
        }
        if last_is_unknown && matches!(outcome, TurnOutcome::Interrupted) {
            self.assume(day, &running);
        }
    }

    /// What was set aside for a turn whose price nobody will tell any more.
    fn assume(&mut self, day: i64, running: &RunningCost) {
        let micros = running.reserved.saturating_sub(running.micros);
        let today = self.today(day);
        today.spent.assumed_micros += micros;
        today.share(&running.seats, micros);
        self.all.assumed_micros += micros;
    }

    fn pay(&mut self, day: i64, micros: Option<u64>) {
        let Some(micros) = micros.filter(|micros| *micros > 0) else { return };
        let seats = self.running.as_mut().map(|running| {
            running.micros += micros;
            running.seats.clone()
        });
        let today = self.today(day);
        today.spent.micros += micros;
        today.share(&seats.unwrap_or_default(), micros);
        self.all.micros += micros;
    }

    fn today(&mut self, day: i64) -> &mut DaySpend {
        if self.day.day != day {
            self.day = DaySpend { day, ..DaySpend::default() };
        }
        &mut self.day
    }
}

impl DaySpend {
    /// Divides an amount among seats; what does not divide is the first one's.
    fn share(&mut self, seats: &[SeatId], micros: u64) {
        let Ok(count @ 1..) = u64::try_from(seats.len()) else { return };
        for (n, seat) in seats.iter().enumerate() {
            let part = micros / count + if n == 0 { micros % count } else { 0 };
            match self.seats.iter_mut().find(|(id, _)| id == seat) {
                Some((_, sum)) => *sum += part,
                None => self.seats.push((*seat, part)),
            }
        }
    }
}

/// Whether work may have been done that nobody told the price of.
fn may_have_cost(fault: FaultKind, spent: Spent) -> bool {
    let before_any_work = matches!(
        fault,
        FaultKind::NotInstalled
            | FaultKind::NotStarted
            | FaultKind::NotSignedIn
            | FaultKind::NoCredit
            | FaultKind::LimitReached
            | FaultKind::Overloaded
            | FaultKind::UnknownModel
            | FaultKind::TooLong
            | FaultKind::SessionLost
    );
    !before_any_work || spent.tokens_in.or(spent.tokens_out).is_some_and(|tokens| tokens > 0)
}
