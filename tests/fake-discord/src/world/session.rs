//! Gateway sessions: what each may hear, what it heard, and the wire it is heard on. Never reads from a socket.

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::intents::Intent;
use crate::transcript::Plane;
use crate::world::World;
use crate::world::change::Event;
use crate::world::message::Content;

/// What a connection's task is told to do.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Frame(Value),
    Close(u16),
    /// Cut the socket without a word.
    Reset,
    /// Neither read nor write any more, but keep the socket.
    BlackHole,
}

/// The wire of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) connection: u64,
    pub(crate) wire: UnboundedSender<Outgoing>,
}

/// A session: identified once, resumed as often as needed.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) intents: u64,
    pub(crate) seq: u64,
    log: Vec<(u64, Value)>,
    pub(crate) link: Option<Link>,
}

impl Session {
    pub(crate) fn new(id: String, intents: u64, link: Link) -> Self {
        Self { id, intents, seq: 0, log: Vec::new(), link: Some(link) }
    }

    pub(crate) fn is_linked(&self) -> bool {
        self.link.is_some()
    }

    /// Numbers an event, keeps it for a resume, and sends it if anybody listens.
    pub(crate) fn push(&mut self, name: &str, payload: Value) {
        self.seq += 1;
        let frame = json!({ "op": 0, "t": name, "s": self.seq, "d": payload });
        self.log.push((self.seq, frame.clone()));
        self.send(frame);
    }

    /// Sends again what came after `seq`.
    pub(crate) fn replay(&mut self, seq: u64) -> usize {
        let missed: Vec<Value> = self.log.iter().filter(|(at, _)| *at > seq).map(|(_, frame)| frame.clone()).collect();
        let count = missed.len();
        for frame in missed {
            self.send(frame);
        }
        count
    }

    /// Sends the last event of that name a second time under a new number.
    pub(crate) fn repeat_last(&mut self, name: &str) -> bool {
        let Some(payload) = self.log.iter().rev().find(|(_, f)| f["t"] == name).map(|(_, f)| f["d"].clone()) else {
            return false;
        };
        self.push(name, payload);
        true
    }

    fn send(&self, frame: Value) {
        if let Some(link) = &self.link {
            // A closed wire means that the client went: the log keeps the event for its resume.
            let _ = link.wire.send(Outgoing::Frame(frame));
        }
    }
}

impl World {
    /// Tells every session that asked for such events.
    pub(crate) fn dispatch(&mut self, event: &Event<'_>) {
        let now = self.clock.now_ms();
        if let Some(at) = self.line.lose_next.iter().position(|name| name == event.name) {
            self.line.lose_next.remove(at);
            return self.note(Plane::Gateway, &format!("{} is lost (planned)", event.name));
        }
        let twice = self.line.duplicate_next.iter().position(|name| name == event.name);
        if let Some(at) = twice {
            self.line.duplicate_next.remove(at);
        }
        for session in &mut self.sessions {
            if event.intent != 0 && session.intents & event.intent == 0 {
                continue;
            }
            let content =
                if session.intents & Intent::MESSAGE_CONTENT != 0 { Content::Granted } else { Content::Withheld };
            let payload = (event.payload)(content);
            let arrow = if session.is_linked() { "->" } else { "(kept for a resume)" };
            let what = format!("{arrow} {} s={} {}", event.name, session.seq + 1, payload);
            self.transcript.note(now, Plane::Gateway, &what);
            if twice.is_some() {
                session.push(event.name, payload.clone());
            }
            session.push(event.name, payload);
        }
    }
}
