//! The state of the wires: who is connected, and which faults the gateway plays. Never sends by itself.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::world::session::{Link, Outgoing, Session};

/// One open socket.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) wire: UnboundedSender<Outgoing>,
    pub(crate) session: Option<String>,
    /// What was sent at most in a session that the client wants to resume, or that was forgotten under it: as long as
    /// it has no other, its heartbeats may say so.
    pub(crate) lost_seq: u64,
    /// A RESUME that is not answered yet.
    pub(crate) held_resume: Option<Value>,
    /// The client asked `compress: true`.
    pub(crate) compress: bool,
    /// Highest sequence sent when each of the last two heartbeats came, older first.
    pub(crate) sent_at_beats: [u64; 2],
    pub(crate) last_beat_seq: Option<u64>,
    /// When the client sent something, in milliseconds since the epoch: 120 in 60 s are allowed.
    pub(crate) sends_ms: Vec<u64>,
}

/// All wires, and the faults planned on them.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) connections: BTreeMap<u64, Connection>,
    next: u64,
    pub(crate) refusing: bool,
    pub(crate) mute_acks: bool,
    pub(crate) hold_guild_create: bool,
    pub(crate) hold_resumes: bool,
    pub(crate) duplicate_next: Vec<String>,
    pub(crate) lose_next: Vec<String>,
    /// Sessions that were forgotten on purpose, and what was sent in each at most.
    pub(crate) forgotten: BTreeMap<String, u64>,
    pub(crate) identifies: usize,
    pub(crate) resumes: usize,
    pub(crate) heartbeats: usize,
    pub(crate) readies: usize,
}

impl Line {
    pub(crate) fn open(&mut self, wire: UnboundedSender<Outgoing>) -> u64 {
        self.next += 1;
        let connection = Connection {
            wire,
            session: None,
            lost_seq: 0,
            held_resume: None,
            compress: false,
            sent_at_beats: [0, 0],
            last_beat_seq: None,
            sends_ms: Vec::new(),
        };
        self.connections.insert(self.next, connection);
        self.next
    }

    /// Forgets a session: whoever holds it does not know that yet.
    pub(crate) fn forget(&mut self, session: &Session) {
        self.forgotten.insert(session.id.clone(), session.seq);
        for connection in self.connections.values_mut().filter(|c| c.session.as_ref() == Some(&session.id)) {
            connection.session = None;
            connection.lost_seq = session.seq;
        }
    }

    pub(crate) fn link(&self, number: u64) -> Option<Link> {
        self.connections.get(&number).map(|c| Link { connection: number, wire: c.wire.clone() })
    }

    /// Queues something on one connection; a connection that is gone swallows it.
    pub(crate) fn send(&self, number: u64, what: Outgoing) {
        if let Some(connection) = self.connections.get(&number) {
            let _ = connection.wire.send(what);
        }
    }

    /// The same on every connection; returns how many there are.
    pub(crate) fn send_all(&self, make: impl Fn() -> Outgoing) -> usize {
        for connection in self.connections.values() {
            let _ = connection.wire.send(make());
        }
        self.connections.len()
    }
}
