//! The conversation with one agent process about many tables: who waits for which answer, which session belongs to
//! which turn.
//! PURE: lines, wishes and the time come in as arguments, lines to send and events to tell go out.

mod ending;
mod opening;
mod wishes;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::asking::Ticket;
use super::decode::Decoder;
use super::dialect::Replay;
use super::faults;
use super::message::{self, Incoming, RpcError};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent};
use crate::provider::TurnOrder;
use crate::provider::asking::Desk;

/// Names a turn within this driver.
pub(super) type Key = u64;

/// So long nothing may be heard of a loaded session before its history counts as told, where its end is not told.
const HISTORY_TOLD: Duration = Duration::from_millis(500);

/// So long the first of the agent's words in a history is waited for. A session without one is lost, so a busy machine
/// gets its time.
const HISTORY_BEGINS: Duration = Duration::from_secs(5);

/// Of so many conversations what was last told is remembered; then all is forgotten, which costs only words.
const REMEMBERED: usize = 4096;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Out {
    /// Write this to the agent.
    Send(String),
    /// Tell this of a turn. `Finished` and `Failed` end it.
    Tell(Key, ProviderEvent),
    /// A sign of life of a turn.
    Heard(Key),
    /// Whether people are waited for in a turn.
    Waits(Key, bool),
    /// This process is of no use.
    Abandon,
}

/// What is known of the link's surroundings.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// When the history of a loaded session is told.
    pub(super) replay: Replay,
    /// The agent's name for the way of signing in that needs nobody, where there is a key for it.
    pub(super) sign_in: Option<String>,
    /// Whether a turn's model is asked for in its session.
    pub(super) asks_for_model: bool,
}

/// The link.
#[derive(Debug)]
pub(super) struct Link {
    manner: Manner,
    next_id: u64,
    /// Told by `initialize`; none until then.
    agent: Option<Agent>,
    pending: HashMap<u64, Asked>,
    turns: BTreeMap<Key, Turn>,
    /// The sessions that are open in the present process, and in which folder.
    open: HashMap<String, PathBuf>,
    /// What is remembered of conversations, also over the end of a process.
    known: HashMap<String, Known>,
}

#[derive(Debug)]
struct Agent {
    version: Option<String>,
    loads: bool,
    sees: bool,
    /// Whether it takes tools that are served by HTTP.
    reaches: bool,
}

/// What an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Hello,
    Open(Key),
    Load(Key),
    SignIn(Key),
    Model(Key),
    Prompt(Key),
}

#[derive(Debug)]
struct Turn {
    order: TurnOrder,
    stage: Stage,
    session: Option<String>,
    decoder: Decoder,
    /// When something of it was last heard.
    heard: Duration,
    /// How many messages of the agent's its loaded session told again.
    replayed: u64,
    signed_in: bool,
    /// What was asked of people.
    desk: Desk<Ticket>,
    /// Why it is being stopped.
    stop: Option<Fault>,
}

impl Turn {
    /// When its history counts as told, if nothing more is heard of it.
    fn settled_at(&self) -> Duration {
        self.heard + if self.replayed == 0 { HISTORY_BEGINS } else { HISTORY_TOLD }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// For the process to be ready.
    Waiting,
    /// For its session.
    Opening,
    /// For the end of the history.
    Settling,
    /// For its reply.
    Prompting,
}

#[derive(Debug, Default)]
struct Known {
    /// Which system text it was told last.
    system: Option<u64>,
    /// What it has cost so far, in dollars.
    cost: Option<f64>,
    /// Its model, as its opening told.
    model: Option<ModelName>,
}

impl Link {
    pub(super) fn new(manner: Manner) -> Self {
        Self {
            manner,
            next_id: 0,
            agent: None,
            pending: HashMap::new(),
            turns: BTreeMap::new(),
            open: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// A new process is there.
    pub(super) fn connected(&mut self) -> Vec<Out> {
        self.agent = None;
        self.pending.clear();
        self.open.clear();
        vec![self.ask(Asked::Hello, "initialize", &message::hello())]
    }

    /// Whether the present process has introduced itself.
    pub(super) fn is_ready(&self) -> bool {
        self.agent.is_some()
    }

    /// Takes up a turn. One that comes before the process is ready waits.
    pub(super) fn begin(&mut self, key: Key, order: TurnOrder, now: Duration) -> Vec<Out> {
        let wanted = order.resume.as_ref().map(|session| session.id.as_str());
        if wanted.is_some() && self.turns.values().any(|turn| turn.session.as_deref() == wanted) {
            let fault = Fault::new(FaultKind::SessionLost, "its conversation is busy with another turn");
            return vec![Out::Tell(key, ProviderEvent::Failed(fault))];
        }
        let turn = Turn {
            session: wanted.map(str::to_owned),
            order,
            stage: Stage::Waiting,
            decoder: Decoder::default(),
            heard: now,
            replayed: 0,
            signed_in: false,
            desk: Desk::default(),
            stop: None,
        };
        self.turns.insert(key, turn);
        if self.is_ready() { self.open_session(key, now) } else { Vec::new() }
    }

    /// Stops a turn for a reason. If the agent works on it, it is asked to stop and the turn ends with its answer;
    /// else it ends at once.
    pub(super) fn stop(&mut self, key: Key, why: Fault) -> Vec<Out> {
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        if turn.stage != Stage::Prompting {
            return self.end(key, why);
        }
        if turn.stop.is_some() {
            return Vec::new(); // it was asked already, and the first reason counts
        }
        turn.stop = Some(why);
        let mut out = vec![Out::Send(message::notification("session/cancel", &json!({"sessionId": turn.session})))];
        // The protocol wants an answer to whatever is still asked.
        let cancelled = json!({"outcome": {"outcome": "cancelled"}});
        out.extend(turn.desk.drain().into_iter().map(|ticket| Out::Send(message::result(&ticket.id, &cancelled))));
        out.push(Out::Waits(key, false));
        out
    }

    /// Reads one line of the process; `now` is the time since any fixed moment.
    pub(super) fn line(&mut self, line: &str, now: Duration) -> Vec<Out> {
        match message::read(line) {
            Incoming::Answer { id, outcome } => match self.pending.remove(&id) {
                Some(asked) => self.answer(asked, outcome, now),
                None => Vec::new(), // to a turn that has ended
            },
            Incoming::Update { session, update } => self.update(&session, &update, now),
            Incoming::Request { id, method, params } => self.request(&id, &method, &params, now),
            // It names no conversation, so it counts for all that are under way.
            Incoming::Notice { method } => {
                let told = |key: &Key| Out::Tell(*key, ProviderEvent::Unknown { name: method.clone() });
                self.turns.keys().map(told).collect()
            }
            Incoming::Noise => Vec::new(),
        }
    }

    /// When [`on_time`](Self::on_time) has something to do.
    pub(super) fn due(&self) -> Option<Duration> {
        let settling = self.turns.values().filter(|turn| turn.stage == Stage::Settling);
        settling.map(Turn::settled_at).min()
    }

    /// Goes on with what only waited for time to pass.
    pub(super) fn on_time(&mut self, now: Duration) -> Vec<Out> {
        let settled = |turn: &Turn| turn.stage == Stage::Settling && turn.settled_at() <= now;
        let keys: Vec<Key> = self.turns.iter().filter(|(_, turn)| settled(turn)).map(|(key, _)| *key).collect();
        keys.into_iter().flat_map(|key| self.loaded(key, now)).collect()
    }

    /// The process is gone: all turns end, each with its own reason where it has one.
    pub(super) fn broken(&mut self, why: &Fault) -> Vec<Out> {
        self.agent = None;
        self.open.clear();
        self.pending.clear();
        let keys: Vec<Key> = self.turns.keys().copied().collect();
        keys.into_iter().flat_map(|key| self.end(key, why.clone())).collect()
    }

    fn ask(&mut self, asked: Asked, method: &str, params: &Value) -> Out {
        let id = self.next_id;
        self.next_id += 1;
        self.pending.insert(id, asked);
        Out::Send(message::request(id, method, params))
    }

    fn answer(&mut self, asked: Asked, outcome: Result<Value, RpcError>, now: Duration) -> Vec<Out> {
        let (Asked::Open(key) | Asked::Load(key) | Asked::SignIn(key) | Asked::Model(key) | Asked::Prompt(key)) = asked
        else {
            return self.introduced(outcome, now);
        };
        if !self.turns.contains_key(&key) {
            return Vec::new();
        }
        let mut out = vec![Out::Heard(key)];
        out.extend(match (asked, outcome) {
            (Asked::Prompt(_), outcome) => self.answered(key, &outcome),
            (Asked::Open(_) | Asked::Load(_), Ok(result)) => self.opened(key, &result, now),
            (Asked::Open(_) | Asked::Load(_), Err(error)) => self.not_opened(key, asked, &error),
            (Asked::SignIn(_), Ok(_)) => self.open_session(key, now),
            (Asked::Model(_), Ok(_)) => self.prompt(key, now),
            (Asked::Model(_), Err(error)) => {
                self.end(key, Fault { kind: FaultKind::UnknownModel, ..faults::of(&error) })
            }
            (_, Err(error)) => self.end(key, faults::of(&error)),
            (Asked::Hello, Ok(_)) => Vec::new(),
        });
        out
    }

    fn update(&mut self, session: &str, update: &Value, now: Duration) -> Vec<Out> {
        let of_it = |turn: &&mut Turn| turn.session.as_deref() == Some(session);
        let Some((key, turn)) = self.turns.iter_mut().find(|(_, turn)| of_it(turn)).map(|(key, turn)| (*key, turn))
        else {
            return Vec::new();
        };
        let pause = now.saturating_sub(std::mem::replace(&mut turn.heard, now));
        let mut out = vec![Out::Heard(key)];
        match turn.stage {
            Stage::Prompting => {
                let events = turn.decoder.update(update, pause);
                out.extend(events.into_iter().map(|event| Out::Tell(key, event)));
            }
            _ if update["sessionUpdate"] == "agent_message_chunk" => turn.replayed += 1,
            _ => {}
        }
        out
    }

    fn remember(&mut self, session: &str) -> &mut Known {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(session) {
            self.known.clear();
        }
        self.known.entry(session.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests;
