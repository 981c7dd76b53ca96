//! One turn's talk with `droid exec` in stream-jsonrpc: opens or loads the session, says the prompt, reads the reply.
//! PURE: lines come in; lines to send and events to tell go out. No line makes it fail.
//!
//! The format, as measured with 0.215.0: requests and answers are JSON-RPC with Factory's own fields; a turn's events
//! are notifications; `agent_turn_completed` ends it, with a reason and the tokens of this turn. A request may be
//! answered twice, first that it was taken, then that it failed.

mod reply;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::asking::{self, Ticket};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent, Spent};
use crate::provider::ToolAccess;
use crate::provider::acp::faults::by_words;
use crate::provider::asking::{Desk, Given, Turned};
use crate::provider::blocks::Blocks;

/// The longest name (tool, event, model, session) that is taken over from outside, in characters.
const NAME_LIMIT: usize = 120;

/// How much of the CLI's own words is kept as evidence, in characters.
const DETAIL_LIMIT: usize = 600;

/// A tool that there is not.
const NO_TOOL: &str = "none";

/// What it puts before the names of the game's own tools.
const GAME: &str = "table___";

/// What stands above a conversation for ever; the instructions of the day are appended at each start.
const ABOVE: &str = "Follow the instructions below; the newest of them hold.";

/// What a turn is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The session to load; none opens one.
    pub(super) resume: Option<String>,
    /// The model, if one was chosen.
    pub(super) model: Option<ModelName>,
    /// The tools that are allowed.
    pub(super) tools: Vec<String>,
    /// Whether people may be asked for leave, and whether for every tool.
    pub(super) asks: Option<bool>,
    /// The game's own tools, if the table has them.
    pub(super) game: Option<ToolAccess>,
    /// Where it works.
    pub(super) folder: PathBuf,
    /// What is said.
    pub(super) prompt: String,
}

impl Subject {
    /// The only tools there are, where not all may be asked for. An empty list would mean all, so it names one that is
    /// none. It is kept with the session.
    fn restriction(&self) -> Option<Vec<String>> {
        let own = self.tools.iter().cloned();
        let game = self.game.iter().flat_map(|access| &access.names).map(|tool| format!("{GAME}{tool}"));
        (self.asks != Some(true)).then(|| own.chain(game).chain([NO_TOOL.to_owned()]).collect())
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Write this line.
    Send(String),
    /// Tell this. `Finished` and `Failed` end the turn.
    Tell(ProviderEvent),
}

/// The talk.
#[derive(Debug)]
pub(super) struct Dialogue {
    subject: Subject,
    /// What was asked of people.
    desk: Desk<Ticket>,
    stage: Stage,
    blocks: Blocks,
    /// Tool calls that were told already; each is announced more than once.
    tools: Vec<String>,
    /// The message that streams, until it is stated whole.
    streaming: Option<String>,
    /// The last failure that was told.
    error: Option<String>,
    started: bool,
    ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Opening,
    Choosing,
    Talking,
}

impl Stage {
    /// The id of the request that this stage waits for.
    fn id(self) -> &'static str {
        match self {
            Self::Opening => "1",
            Self::Choosing => "2",
            Self::Talking => "3",
        }
    }
}

impl Dialogue {
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            desk: Desk::default(),
            stage: Stage::Opening,
            blocks: Blocks::default(),
            tools: Vec::new(),
            streaming: None,
            error: None,
            started: false,
            ended: false,
        }
    }

    /// The first line to send.
    pub(super) fn opening(&self) -> String {
        let subject = &self.subject;
        let servers: Vec<Value> = subject.game.iter().map(ToolAccess::announced).collect();
        // The game's own tools need leave as well; it is given here.
        let mut params = json!({"autoRejectPermissionRequests": subject.asks.is_none() && servers.is_empty(),
            "disableBuiltinSkills": true, "blockOnMcpLoad": !servers.is_empty(), "mcpServers": servers});
        if let Some(session) = &subject.resume {
            params["sessionId"] = json!(session);
            return request(Stage::Opening.id(), "droid.load_session", &params);
        }
        params["machineId"] = json!("talekeeper");
        params["cwd"] = json!(subject.folder);
        params["autonomyLevel"] = json!("off");
        params["interactionMode"] = json!("auto");
        if let Some(tools) = subject.restriction() {
            params["restrictToolIds"] = json!(tools);
        }
        if subject.tools.is_empty() && subject.asks.is_none() {
            params["systemPromptOverride"] = json!(ABOVE);
        }
        if let Some(model) = &subject.model {
            params["modelId"] = json!(model.as_str());
        }
        request(Stage::Opening.id(), "droid.initialize_session", &params)
    }

    /// The line that asks it to stop.
    pub(super) fn interruption() -> String {
        request("9", "droid.interrupt_session", &json!({}))
    }

    /// Whether the conversation was confirmed.
    pub(super) fn started(&self) -> bool {
        self.started
    }

    /// Whether a conversation was to be loaded.
    pub(super) fn resumes(&self) -> bool {
        self.subject.resume.is_some()
    }

    /// Whether some of a reply was heard.
    pub(super) fn has_text(&self) -> bool {
        self.blocks.has_text()
    }

    /// Reads one line.
    pub(super) fn line(&mut self, line: &str) -> Vec<Step> {
        let Ok(message) = serde_json::from_str::<Value>(line) else { return Vec::new() };
        match (message["type"].as_str(), message["method"].as_str()) {
            (Some("response"), _) => self.response(&message),
            (Some("request"), Some(method)) => self.asked(method, &message["id"], &message["params"]),
            (_, Some("droid.session_notification")) => self.notification(&message["params"]["notification"]),
            (_, Some(method)) => vec![unknown(method)],
            _ => Vec::new(),
        }
    }

    /// Its own wishes: permissions and questions. Without leave to ask people they are declined.
    fn asked(&mut self, method: &str, id: &Value, params: &Value) -> Vec<Step> {
        if self.subject.game.is_some() && is_of_the_game(method, params) {
            return vec![Step::Send(asking::leave(id))];
        }
        match asking::matter(method, id, params).filter(|_| self.subject.asks.is_some()) {
            Some((ticket, matter)) => {
                let turned = self.desk.open(ticket, matter);
                told(turned)
            }
            None => refuse(method, id, params),
        }
    }

    /// Takes an answer of people's.
    pub(super) fn given(&mut self, given: Given) -> Vec<Step> {
        told(self.desk.take(given))
    }

    /// Whether people are waited for.
    pub(super) fn waits_for_people(&self) -> bool {
        !self.desk.is_empty()
    }

    fn response(&mut self, message: &Value) -> Vec<Step> {
        if message["id"] != self.stage.id() {
            return Vec::new();
        }
        let error = &message["error"];
        match self.stage {
            _ if !error.is_null() => self.refused(error),
            Stage::Opening => self.opened(&message["result"]),
            Stage::Choosing => self.say(),
            Stage::Talking => Vec::new(), // it was taken
        }
    }

    fn refused(&mut self, error: &Value) -> Vec<Step> {
        let words = error["message"].as_str().unwrap_or_default();
        let kind = match self.stage {
            // -32004: session not found. Anything else that is not clearly a matter of the account is the same for us.
            Stage::Opening if self.resumes() => {
                by_words(words).filter(|kind| *kind == FaultKind::NotSignedIn).unwrap_or(FaultKind::SessionLost)
            }
            Stage::Choosing if self.subject.model.is_some() => FaultKind::UnknownModel,
            _ => by_words(words).unwrap_or(FaultKind::Other),
        };
        self.fail(kind, words.to_owned(), Spent::default())
    }

    /// A session was opened, or loaded. A loaded one without a word of the model's is none: droid opens an empty one
    /// under any id when its cloud does not know it.
    fn opened(&mut self, result: &Value) -> Vec<Step> {
        let asked = self.subject.resume.clone();
        let told = result["sessionId"].as_str().map(clip);
        let messages = result["session"]["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let empty = !messages.iter().any(|message| message["role"] == "assistant");
        if asked.is_some() && (empty || told.as_ref().is_some_and(|told| asked.as_ref() != Some(told))) {
            return self.fail(
                FaultKind::SessionLost,
                "the session was loaded and is empty".to_owned(),
                Spent::default(),
            );
        }
        let Some(session) = asked.clone().or(told) else {
            return self.fail(FaultKind::Garbled, "it opened a session without an id".to_owned(), Spent::default());
        };
        self.started = true;
        let present = result["settings"]["modelId"].as_str().map(|model| ModelName::new(clip(model)));
        let other = self.subject.model.clone().filter(|model| asked.is_some() && present.as_ref() != Some(model));
        let model = other.clone().or(present);
        let mut steps = vec![Step::Tell(ProviderEvent::Started { session, model, version: None })];
        let changed = self.changed(other.as_ref(), &result["settings"]);
        steps.extend(if changed == json!({}) {
            self.say()
        } else {
            self.stage = Stage::Choosing;
            vec![Step::Send(request(Stage::Choosing.id(), "droid.update_session_settings", &changed))]
        });
        steps
    }

    /// The settings of a loaded session that are not as they are to be.
    fn changed(&self, model: Option<&ModelName>, settings: &Value) -> Value {
        let mut changed = json!({});
        if let Some(model) = model {
            changed["modelId"] = json!(model.as_str());
        }
        // A session that was opened before the game had its tools, or these tools, would not show them.
        let tools = self.subject.restriction().filter(|_| self.resumes() && self.subject.game.is_some());
        if let Some(tools) = tools.filter(|tools| settings["restrictToolIds"] != json!(tools)) {
            changed["restrictToolIds"] = json!(tools);
        }
        changed
    }

    fn say(&mut self) -> Vec<Step> {
        self.stage = Stage::Talking;
        let text = std::mem::take(&mut self.subject.prompt);
        vec![Step::Send(request(Stage::Talking.id(), "droid.add_user_message", &json!({"text": text})))]
    }

    /// Ends the turn, once.
    fn fail(&mut self, kind: FaultKind, detail: String, spent: Spent) -> Vec<Step> {
        if std::mem::replace(&mut self.ended, true) {
            return Vec::new();
        }
        let detail: String = detail.chars().take(DETAIL_LIMIT).collect();
        vec![Step::Tell(ProviderEvent::Failed(Fault { spent, ..Fault::new(kind, detail) }))]
    }
}

fn told(turned: Turned<Ticket>) -> Vec<Step> {
    match turned {
        Turned::Ask(event) => vec![Step::Tell(event)],
        Turned::Say(ticket, outcome) => vec![Step::Send(asking::answer(&ticket, outcome))],
        Turned::Nothing => Vec::new(),
    }
}

/// Whether leave is asked for tools of the game and no others.
fn is_of_the_game(method: &str, params: &Value) -> bool {
    let uses = params["toolUses"].as_array().map(Vec::as_slice).unwrap_or_default();
    let game = |one: &Value| one["toolUse"]["name"].as_str().is_some_and(|name| name.starts_with(GAME));
    method == "droid.request_permission" && !uses.is_empty() && uses.iter().all(game)
}

/// No, in the words that each wish takes for it.
fn refuse(method: &str, id: &Value, params: &Value) -> Vec<Step> {
    let mut answer = json!({"jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "response", "id": id});
    if method != "droid.request_permission" {
        answer["error"] = json!({"code": -32601, "message": "method not found"});
        return vec![Step::Send(format!("{answer}\n"))];
    }
    answer["result"] = json!({"selectedOption": "cancel"});
    let name = clip(params["toolUses"][0]["toolUse"]["name"].as_str().unwrap_or("tool"));
    vec![Step::Send(format!("{answer}\n")), Step::Tell(ProviderEvent::ToolDenied { name })]
}

fn request(id: &str, method: &str, params: &Value) -> String {
    let request = json!({"jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "request", "id": id,
        "method": method, "params": params});
    format!("{request}\n")
}

fn unknown(name: &str) -> Step {
    Step::Tell(ProviderEvent::Unknown { name: clip(name) })
}

fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_LIMIT).collect()
}

#[cfg(test)]
mod tests;
