//! An agent's own wishes, and what people answer to them.
//! What is not people's to give is refused here. PURE.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Key, Link, Out, Stage, Turn};
use crate::provider::acp::asking::{self, Ticket};
use crate::provider::acp::message;
use crate::provider::asking::{Given, Turned};

impl Link {
    /// Takes an answer of people's.
    pub(in crate::provider::acp) fn given(&mut self, key: Key, given: Given) -> Vec<Out> {
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        let turned = turn.desk.take(given);
        Self::turned(key, turn, turned)
    }

    fn turned(key: Key, turn: &Turn, turned: Turned<Ticket>) -> Vec<Out> {
        let waits = Out::Waits(key, !turn.desk.is_empty());
        match turned {
            Turned::Ask(event) => vec![waits, Out::Tell(key, event)],
            Turned::Say(ticket, said) => {
                vec![waits, Out::Send(message::result(&ticket.id, &asking::outcome(&ticket, &said)))]
            }
            Turned::Nothing => vec![waits],
        }
    }

    /// An agent's own wish. Permission is people's to give where the table has tools, and else never given; files and terminals are not served.
    pub(super) fn request(&mut self, id: &Value, method: &str, params: &Value, now: Duration) -> Vec<Out> {
        if method != "session/request_permission" {
            return vec![Out::Send(message::refusal(id, method))];
        }
        let asks = |turn: &Turn| turn.order.asking.is_some() && turn.stop.is_none() && turn.stage == Stage::Prompting;
        let wanted = params["sessionId"].as_str();
        let of_it = |turn: &Turn| wanted.is_some() && turn.session.as_deref() == wanted;
        if let Some((key, turn)) = self.turns.iter_mut().find(|(_, turn)| of_it(turn) && asks(turn)) {
            turn.heard = now;
            let (ticket, matter) = asking::matter(id, params);
            let turned = turn.desk.open(ticket, matter);
            return Self::turned(*key, turn, turned);
        }
        let mut out = vec![Out::Send(message::result(id, &json!({"outcome": rejection(&params["options"])})))];
        let session = params["sessionId"].as_str();
        let turn = self.turns.iter_mut().find(|(_, turn)| session.is_some() && turn.session.as_deref() == session);
        if let Some((key, turn)) = turn {
            turn.heard = now;
            out.push(Out::Heard(*key));
            let events = turn.decoder.refused(&params["toolCall"]);
            out.extend(events.into_iter().map(|event| Out::Tell(*key, event)));
        }
        out
    }
}

/// The outcome that says no: once if that can be said, for always otherwise.
fn rejection(options: &Value) -> Value {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_kind = |kind: &str| options.iter().find(|option| option["kind"] == kind);
    match of_kind("reject_once").or_else(|| of_kind("reject_always")) {
        Some(option) => json!({"outcome": "selected", "optionId": option["optionId"]}),
        None => json!({"outcome": "cancelled"}),
    }
}
