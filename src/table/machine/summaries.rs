//! Summaries: whether a provider is asked for one, what is set aside for it, and what came of it. PURE.
//! Nobody waits for one: what is over is remembered without a model before a provider is asked.

use super::{Effect, Scribe};
use crate::domain::{Actor, EventKind, MemoryId, ProviderName, Spent, SummaryOutcome};

/// How many may be on their way at once.
const MOST: usize = 3;

impl Scribe<'_> {
    /// Asks who answers now to sum something up, if that is wanted and can be paid.
    pub(super) fn sum_up(&mut self, of: MemoryId, again: bool) {
        let machine = &self.machine;
        let ledger = &machine.state.ledger;
        let known = ledger.summing.len() >= MOST || ledger.summing.iter().any(|summing| summing.of == of);
        if known || !machine.setup.summaries || machine.closing || ledger.paused.is_some() {
            return;
        }
        let rung = machine.rung(self.now);
        if rung.provider == ProviderName::oracle() {
            return;
        }
        let Some(micros) = machine.for_a_summary(&rung.provider, self.now) else { return };
        let (provider, model) = (rung.provider.clone(), rung.model.clone());
        self.record(Actor::Program, None, None, EventKind::SummaryBegun { of, provider, model, micros, again });
        self.then(Effect::SumUp { of, rung, micros });
    }

    /// Records what came of it. Nobody is shown anything: it changes what is remembered, not what happened.
    pub(super) fn summed_up(&mut self, of: MemoryId, outcome: SummaryOutcome, spent: Spent) {
        if self.machine.state.ledger.summing.iter().any(|summing| summing.of == of) {
            self.record(Actor::Program, None, None, EventKind::SummaryEnded { of, outcome, spent });
        }
    }

    /// What was on its way when the program ended is asked for once more, and no third time.
    pub(super) fn take_up_summaries(&mut self) {
        for summing in self.machine.state.ledger.summing.clone() {
            self.summed_up(summing.of, SummaryOutcome::Interrupted, Spent::default());
            if !summing.again {
                self.sum_up(summing.of, true);
            }
        }
    }
}
