//! How a turn ends: with the agent's answer, or without one.
//! What of a conversation is remembered beyond it is put right here. PURE.

use serde_json::Value;

use super::{Key, Link, Out};
use crate::domain::{Fault, ProviderEvent};
use crate::provider::acp::message::RpcError;

impl Link {
    pub(super) fn answered(&mut self, key: Key, outcome: &Result<Value, RpcError>) -> Vec<Out> {
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        let session = turn.session.clone().unwrap_or_default();
        let before = self.known.get(&session).and_then(|known| known.cost);
        let events = turn.decoder.answered(outcome, before);
        let cost = turn.decoder.conversation_cost();
        let stop = turn.stop.take();
        self.turns.remove(&key);
        let known = self.remember(&session);
        known.cost = cost.or(known.cost);
        // A conversation in which something went wrong may have lost its instructions.
        if !matches!(events.last(), Some(ProviderEvent::Finished(_))) {
            known.system = None;
        }
        events.into_iter().map(|event| Out::Tell(key, stopped(event, stop.as_ref()))).collect()
    }

    pub(super) fn end(&mut self, key: Key, why: Fault) -> Vec<Out> {
        let Some(turn) = self.turns.remove(&key) else { return Vec::new() };
        let before = turn.session.as_ref().and_then(|session| self.known.get(session)?.cost);
        let spent = turn.decoder.spent_so_far(before);
        if let Some(known) = turn.session.as_ref().and_then(|session| self.known.get_mut(session)) {
            known.system = None;
            known.cost = turn.decoder.conversation_cost().or(known.cost);
        }
        let why = turn.stop.unwrap_or(why);
        vec![Out::Tell(key, ProviderEvent::Failed(Fault { spent, ..why }))]
    }
}

/// The end of a turn that was being stopped: whatever the agent calls it, it was not finished.
fn stopped(event: ProviderEvent, stop: Option<&Fault>) -> ProviderEvent {
    match (event, stop) {
        (ProviderEvent::Finished(finished), Some(why)) => {
            ProviderEvent::Failed(Fault { spent: finished.spent, ..why.clone() })
        }
        (ProviderEvent::Failed(fault), Some(why)) => ProviderEvent::Failed(Fault { spent: fault.spent, ..why.clone() }),
        (event, _) => event,
    }
}
