//! From the agent's introduction to the prompt: a turn's session opened or loaded, its model chosen.
//! What is heard of the turn afterwards is not read here. PURE.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Agent, Asked, Key, Link, Out, Stage};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent};
use crate::provider::ToolAccess;
use crate::provider::acp::decode::{Decoder, clip};
use crate::provider::acp::dialect::Replay;
use crate::provider::acp::message::RpcError;
use crate::provider::acp::{faults, prompt};

impl Link {
    pub(super) fn introduced(&mut self, outcome: Result<Value, RpcError>, now: Duration) -> Vec<Out> {
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
    pub(super) fn open_session(&mut self, key: Key, now: Duration) -> Vec<Out> {
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

    pub(super) fn opened(&mut self, key: Key, result: &Value, now: Duration) -> Vec<Out> {
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
    pub(super) fn loaded(&mut self, key: Key, now: Duration) -> Vec<Out> {
        let Some(turn) = self.turns.get(&key) else { return Vec::new() };
        if turn.replayed == 0 {
            return self.end(key, Fault::new(FaultKind::SessionLost, "the session was loaded and is empty"));
        }
        if let Some(session) = turn.session.clone() {
            self.open.insert(session, turn.order.folder.clone());
        }
        self.ready(key, now)
    }

    pub(super) fn not_opened(&mut self, key: Key, asked: Asked, error: &RpcError) -> Vec<Out> {
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

    pub(super) fn prompt(&mut self, key: Key, now: Duration) -> Vec<Out> {
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
