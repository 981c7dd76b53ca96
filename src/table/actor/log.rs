//! What of a table's play goes to the operators' log: facts, never people's words.

use tracing::{debug, info, warn};

use super::Actor;
use crate::domain::{Event, EventKind, MemoryId, ProviderEvent, Spent, TableName, TurnNo, TurnOutcome};
use crate::telemetry::{Took, TurnFigures};

/// Who answered a turn that the program's end cut off before this start.
const UNKNOWN: &str = "unknown";

impl Actor {
    pub(super) fn log(&self, events: &[Event]) {
        self.count(events);
        for event in events {
            match &event.kind {
                EventKind::ActionSaid { source, seat, text, files, .. } => {
                    info!(table = %self.name, action = %event.seq, seat = %seat, source = %source, bytes = text.len(),
                        files = files.len(),
                        "action kept");
                }
                EventKind::TurnEnded { turn, outcome, spent, duration_ms, first_text_ms, spoken, .. } => {
                    let provider = self.kept.asked.as_ref().map(|provider| provider.as_str());
                    let cost_usd = spent.cost_micros.map(|micros| micros as f64 / 1e6);
                    let error_id = match outcome {
                        TurnOutcome::Failed { error, .. } => Some(error.to_string()),
                        _ => None,
                    };
                    let capsule = self.keeping.name(*turn);
                    info!(table = %self.name, turn = %turn, provider, outcome = outcome.name(), duration_ms,
                        first_text_ms, cost_usd, tokens_in = spent.tokens_in, tokens_out = spent.tokens_out, error_id,
                        version = spoken.version, unknown_events = spoken.unknown.values().sum::<u32>(), capsule,
                        "turn ended");
                }
                EventKind::RungLeft { turn, provider, why, error, again, next, .. } => {
                    warn!(table = %self.name, turn = %turn, provider = %provider, next = %next, fault = %why,
                        error_id = %error, again_at = again.millis(), "another provider goes on");
                }
                kind => debug!(table = %self.name, event = %event.seq, kind = kind.name(), "event kept"),
            }
        }
    }
}

impl Actor {
    /// Counts for operators what the log says one by one.
    fn count(&self, events: &[Event]) {
        let metrics = &self.parts.metrics;
        metrics.events_written(events.len());
        for event in events {
            match &event.kind {
                EventKind::TurnEnded { outcome, spent, duration_ms, first_text_ms, .. } => {
                    let provider = self.kept.asked.as_ref().map_or(UNKNOWN, |provider| provider.as_str());
                    metrics.turn_ended(&TurnFigures {
                        provider,
                        outcome: outcome.name(),
                        duration_ms: *duration_ms,
                        first_text_ms: *first_text_ms,
                    });
                    metrics.spent(self.name.as_str(), provider, took(spent));
                    if let TurnOutcome::Failed { fault, .. } = outcome {
                        metrics.provider_failed(provider, &fault.to_string());
                    }
                }
                EventKind::RungLeft { provider, why, spent, .. } => {
                    metrics.rung_left(provider.as_str());
                    metrics.provider_failed(provider.as_str(), &why.to_string());
                    metrics.spent(self.name.as_str(), provider.as_str(), took(spent));
                }
                _ => {}
            }
        }
    }

    /// Counts what a summary took; who was asked for it stands in the state until its end is written down.
    pub(super) fn count_summary(&self, of: MemoryId, spent: &Spent) {
        let summing = &self.machine.state().ledger.summing;
        let provider = summing.iter().find(|summing| summing.of == of).map(|summing| summing.provider.as_str());
        self.parts.metrics.spent(self.name.as_str(), provider.unwrap_or(UNKNOWN), took(spent));
    }
}

fn took(spent: &Spent) -> Took {
    Took { cost_micros: spent.cost_micros, tokens_in: spent.tokens_in, tokens_out: spent.tokens_out }
}

/// What a provider reports, as far as operators need it.
pub(super) fn provider_event(table: &TableName, turn: TurnNo, event: &ProviderEvent) {
    match event {
        ProviderEvent::Text { .. } | ProviderEvent::Block { .. } => {}
        ProviderEvent::Started { model, version, .. } => {
            let model = model.as_ref().map(|model| model.as_str());
            info!(table = %table, turn = %turn, model, version, "provider started");
        }
        ProviderEvent::Unknown { name } => warn!(table = %table, turn = %turn, event = %name, "unknown provider event"),
        ProviderEvent::Retrying { attempt, of, wait_ms, cause } => {
            warn!(table = %table, turn = %turn, attempt, of, wait_ms, cause = %cause, "provider tries again");
        }
        other => info!(table = %table, turn = %turn, event = ?other, "provider reports"),
    }
}
