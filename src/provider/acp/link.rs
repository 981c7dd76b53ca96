//! The conversation with one agent process about many tables: who waits for which answer, which session belongs to
//! which turn.
//! PURE: lines, wishes and the time come in as arguments, lines to send and events to tell go out.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::asking::{self, Ticket};
use super::decode::{Decoder, clip};
use super::dialect::Replay;
use super::faults;
use super::message::{self, Incoming, RpcError};
use super::prompt;
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent};
use crate::provider::asking::{Desk, Given, Turned};
use crate::provider::{ToolAccess, TurnOrder};

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

    fn introduced(&mut self, outcome: Result<Value, RpcError>, now: Duration) -> Vec<Out> {
        let spoken = outcome.as_ref().ok().and_then(|result| result["protocolVersion"].as_u64());
        let fault = match outcome {
            Err(error) => faults::of(&error),
            Ok(_) if spoken != Some(1) => {
                Fault::new(FaultKind::Garbled, format!("it speaks version {spoken:?} of the protocol, and we speak 1"))
            }
            Ok(result) => {
                let version = result["agentInfo"]["version"].as_str().map(clip);
                let loads = result["agentCapabilities"]["loadSession"] == true;
                let sees = result["agentCapabilities"]["promptCapabilities"]["image"] == true;
                let reaches = result["agentCapabilities"]["mcpCapabilities"]["http"] == true;
                self.agent = Some(Agent { version, loads, sees, reaches });
                let keys: Vec<Key> = self.turns.keys().copied().collect();
                return keys.into_iter().flat_map(|key| self.open_session(key, now)).collect();
            }
        };
        let mut out = self.broken(&fault);
        out.push(Out::Abandon);
        out
    }

    /// Asks for the turn's session, unless it is open.
    fn open_session(&mut self, key: Key, now: Duration) -> Vec<Out> {
        let (Some(turn), Some(agent)) = (self.turns.get_mut(&key), &self.agent) else { return Vec::new() };
        turn.stage = Stage::Opening;
        turn.heard = now;
        let cwd = turn.order.folder.clone();
        let servers = turn.order.tools.as_ref().filter(|_| agent.reaches).map(ToolAccess::announced);
        let servers: Vec<Value> = servers.into_iter().collect();
        let Some(session) = turn.session.clone() else {
            return vec![self.ask(Asked::Open(key), "session/new", &json!({"cwd": cwd, "mcpServers": servers}))];
        };
        if self.open.get(&session) == Some(&cwd) {
            return self.ready(key, now);
        }
        if !agent.loads {
            return self.end(key, Fault::new(FaultKind::SessionLost, "it cannot load sessions"));
        }
        let params = json!({"sessionId": session, "cwd": cwd, "mcpServers": servers});
        vec![self.ask(Asked::Load(key), "session/load", &params)]
    }

    fn opened(&mut self, key: Key, result: &Value, now: Duration) -> Vec<Out> {
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        let told = result["sessionId"].as_str().map(clip);
        turn.heard = now;
        let asked = turn.session.clone();
        if let Some(session) = asked.as_ref().or(told.as_ref()) {
            self.remember(session).model = model_of(result);
        }
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        match (asked, told) {
            (None, Some(session)) => {
                turn.session = Some(session.clone());
                self.remember(&session).cost = Some(0.0);
                self.open.insert(session, self.turns[&key].order.folder.clone());
                self.ready(key, now)
            }
            (None, None) => self.end(key, Fault::new(FaultKind::Garbled, "it opened a session without an id")),
            (Some(asked), Some(told)) if asked != told => {
                self.end(key, Fault::new(FaultKind::SessionLost, "another session was opened"))
            }
            (Some(_), _) => {
                turn.decoder = Decoder::after_loading();
                if self.manner.replay == Replay::AnyTime {
                    turn.stage = Stage::Settling;
                    return Vec::new();
                }
                self.loaded(key, now)
            }
        }
    }

    /// A session was loaded and its history told. A history without a word of the agent's is none: droid, for one,
    /// opens an empty session under any id.
    fn loaded(&mut self, key: Key, now: Duration) -> Vec<Out> {
        let Some(turn) = self.turns.get(&key) else { return Vec::new() };
        if turn.replayed == 0 {
            return self.end(key, Fault::new(FaultKind::SessionLost, "the session was loaded and is empty"));
        }
        if let Some(session) = turn.session.clone() {
            self.open.insert(session, turn.order.folder.clone());
        }
        self.ready(key, now)
    }

    fn not_opened(&mut self, key: Key, asked: Asked, error: &RpcError) -> Vec<Out> {
        let fault = if matches!(asked, Asked::Load(_)) { faults::of_loading(error) } else { faults::of(error) };
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        match self.manner.sign_in.clone() {
            Some(way) if fault.kind == FaultKind::NotSignedIn && !std::mem::replace(&mut turn.signed_in, true) => {
                vec![self.ask(Asked::SignIn(key), "authenticate", &json!({"methodId": way}))]
            }
            _ => self.end(key, fault),
        }
    }

    /// The session is there: says so, and chooses the model if that is done here.
    fn ready(&mut self, key: Key, now: Duration) -> Vec<Out> {
        let (Some(turn), Some(agent)) = (self.turns.get(&key), &self.agent) else { return Vec::new() };
        let session = turn.session.clone().unwrap_or_default();
        let present = self.known.get(&session).and_then(|known| known.model.clone());
        let asks = self.manner.asks_for_model;
        let wanted = turn.order.model.clone().filter(|wanted| asks && present.as_ref() != Some(wanted));
        let model = turn.order.model.clone().or(present);
        let version = agent.version.clone();
        let mut out = vec![Out::Tell(key, ProviderEvent::Started { session: session.clone(), model, version })];
        out.extend(match wanted {
            None => self.prompt(key, now),
            Some(model) => {
                let params = json!({"sessionId": session, "modelId": model.as_str()});
                vec![self.ask(Asked::Model(key), "session/set_model", &params)]
            }
        });
        out
    }

    fn prompt(&mut self, key: Key, now: Duration) -> Vec<Out> {
        let sees = self.agent.as_ref().is_some_and(|agent| agent.sees);
        let Some(turn) = self.turns.get_mut(&key) else { return Vec::new() };
        turn.stage = Stage::Prompting;
        turn.heard = now;
        let session = turn.session.clone().unwrap_or_default();
        let (system, text) = (turn.order.system.clone(), std::mem::take(&mut turn.order.prompt));
        let pictures = if sees { std::mem::take(&mut turn.order.pictures) } else { Vec::new() };
        let told = self.remember(&session).system.replace(hash(&system));
        let text = prompt::compose(&system, told.map(|told| told == hash(&system)), &text);
        let mut prompt = vec![json!({"type": "text", "text": text})];
        prompt.extend(pictures.iter().map(|one| json!({"type": "image", "mimeType": one.kind, "data": one.base64()})));
        let params = json!({"sessionId": session, "prompt": prompt});
        vec![self.ask(Asked::Prompt(key), "session/prompt", &params)]
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

    /// Takes an answer of people's.
    pub(super) fn given(&mut self, key: Key, given: Given) -> Vec<Out> {
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
    fn request(&mut self, id: &Value, method: &str, params: &Value, now: Duration) -> Vec<Out> {
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

    fn answered(&mut self, key: Key, outcome: &Result<Value, RpcError>) -> Vec<Out> {
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

    fn end(&mut self, key: Key, why: Fault) -> Vec<Out> {
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

    fn remember(&mut self, session: &str) -> &mut Known {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(session) {
            self.known.clear();
        }
        self.known.entry(session.to_owned()).or_default()
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

/// The outcome that says no: once if that can be said, for always otherwise.
fn rejection(options: &Value) -> Value {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_kind = |kind: &str| options.iter().find(|option| option["kind"] == kind);
    match of_kind("reject_once").or_else(|| of_kind("reject_always")) {
        Some(option) => json!({"outcome": "selected", "optionId": option["optionId"]}),
        None => json!({"outcome": "cancelled"}),
    }
}

/// The model of a session, as its opening tells it: in a list of models, or among the options.
fn model_of(opened: &Value) -> Option<ModelName> {
    let options = opened["configOptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let option = options.iter().find(|option| option["category"] == "model");
    let named = opened["models"]["currentModelId"].as_str().or_else(|| option?["currentValue"].as_str());
    named.map(|name| ModelName::new(clip(name)))
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
