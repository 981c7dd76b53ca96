//! Reads what `codex app-server` tells of one turn and says it in our words.
//! PURE, and lenient: fields and news of any release may be missing or new; nothing makes it fail.
//!
//! The format, as measured with 0.169.0: text comes as deltas of `agentMessage` items; `item/completed` states one
//! whole and is the authority for it; after a broken connection the item that was open is never completed and its
//! text comes again as another item; one `turn/completed` ends the turn, good or not.

use serde_json::Value;

use super::outcome;
use super::words::{name, text};
use crate::domain::{BlockKey, Fault, FaultKind, Finished, ModelName, ProviderEvent, Spent, Timestamp};
use crate::provider::blocks::joined;

/// News that say nothing to us: state of the program, of items that are told otherwise, and thinking.
const SILENT: &[&str] = &[
    "account/updated",
    "app/list/updated",
    "configWarning",
    "deprecationNotice",
    "item/commandExecution/outputDelta",
    "item/commandExecution/terminalInteraction",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/mcpToolCall/progress",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "mcpServer/startupStatus/updated",
    "model/rerouted",
    "remoteControl/status/changed",
    "serverRequest/resolved",
    "skills/changed",
    "thread/closed",
    "thread/compacted",
    "thread/environment/connected",
    "thread/goal/cleared",
    "thread/name/updated",
    "thread/settings/updated",
    "thread/started",
    "thread/status/changed",
    "turn/diff/updated",
    "turn/plan/updated",
    "warning",
];

/// Items that are neither text nor the use of a tool.
const NO_TOOLS: &[&str] =
    &["userMessage", "reasoning", "plan", "hookPrompt", "contextCompaction", "functionCallOutput"];

/// Decodes one turn of one conversation.
#[derive(Debug, Default)]
pub struct Decoder {
    session: String,
    model: Option<ModelName>,
    version: Option<String>,
    /// The turn's id, from the answer to its start; news of other turns are not ours.
    turn: Option<String>,
    started: bool,
    ended: bool,
    items: Vec<Item>,
    retries: u32,
    spent: Spent,
    last_total: Option<Value>,
    limit_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Item {
    id: String,
    text: String,
    complete: bool,
}

impl Decoder {
    /// A decoder for a turn of the conversation that `answer` (to `thread/start` or `thread/resume`) tells of.
    pub fn new(answer: &Value, version: Option<String>) -> Self {
        let model = Some(name(answer, "model")).filter(|model| !model.is_empty());
        let session = name(&answer["thread"], "id");
        Self { session, model: model.map(ModelName::new), version, ..Self::default() }
    }

    /// The conversation's id.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The model it says it uses.
    pub fn model(&self) -> Option<&ModelName> {
        self.model.as_ref()
    }

    /// Takes in the answer to `turn/start`.
    pub fn begun(&mut self, answer: &Value) {
        self.turn = Some(name(&answer["turn"], "id")).filter(|id| !id.is_empty());
    }

    /// The turn's id, once it is known.
    pub fn turn(&self) -> Option<&str> {
        self.turn.as_deref()
    }

    /// Whether the program said that the turn runs.
    pub fn started(&self) -> bool {
        self.started
    }

    /// Whether some of a reply was heard and not withdrawn.
    pub fn has_text(&self) -> bool {
        self.items.iter().any(|item| !item.text.trim().is_empty())
    }

    /// What is known to have been spent.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// Reads one piece of news.
    pub fn note(&mut self, method: &str, params: &Value) -> Vec<ProviderEvent> {
        if self.turn.is_none() && method == "turn/started" {
            self.begun(params); // the news came before the answer
        }
        if self.ended || self.is_of_another_turn(params) {
            return Vec::new();
        }
        match method {
            "turn/started" => self.turn_started(),
            "item/started" => self.item_started(&params["item"]),
            "item/agentMessage/delta" => self.delta(name(params, "itemId"), text(params, "delta")),
            "item/completed" => self.item_completed(&params["item"]),
            "thread/tokenUsage/updated" => self.usage(&params["tokenUsage"]),
            "account/rateLimits/updated" => self.limits(&params["rateLimits"]),
            "error" if params["willRetry"] == true => self.retrying(&params["error"]),
            "error" => Vec::new(), // `turn/completed` says it again
            "turn/completed" => self.completed(&params["turn"]),
            silent if SILENT.contains(&silent) => Vec::new(),
            other => vec![ProviderEvent::Unknown { name: other.to_owned() }],
        }
    }

    fn is_of_another_turn(&self, params: &Value) -> bool {
        let told = params["turnId"].as_str().or_else(|| params["turn"]["id"].as_str());
        told.is_some() && told != self.turn()
    }

    fn turn_started(&mut self) -> Vec<ProviderEvent> {
        if std::mem::replace(&mut self.started, true) {
            return Vec::new();
        }
        let (session, model, version) = (self.session.clone(), self.model.clone(), self.version.clone());
        vec![ProviderEvent::Started { session, model, version }]
    }

    fn item_started(&mut self, item: &Value) -> Vec<ProviderEvent> {
        match text(item, "type") {
            "agentMessage" => self.delta(name(item, "id"), text(item, "text")),
            other if NO_TOOLS.contains(&other) => Vec::new(),
            _ => vec![ProviderEvent::Tool { name: tool(item) }],
        }
    }

    fn delta(&mut self, id: String, new: &str) -> Vec<ProviderEvent> {
        let item = self.item(&id);
        if new.is_empty() || item.complete {
            return Vec::new();
        }
        item.text.push_str(new);
        vec![ProviderEvent::Text { block: block(id), text: new.to_owned() }]
    }

    fn item_completed(&mut self, item: &Value) -> Vec<ProviderEvent> {
        match (text(item, "type"), text(item, "status")) {
            ("agentMessage", _) => {
                let (id, whole) = (name(item, "id"), text(item, "text").to_owned());
                let own = self.item(&id);
                own.text.clone_from(&whole);
                own.complete = true;
                vec![ProviderEvent::Block { block: block(id), text: whole }]
            }
            (_, "declined") => vec![ProviderEvent::ToolDenied { name: tool(item) }],
            _ => Vec::new(),
        }
    }

    /// `last` is the last request's alone, and a turn with tools makes several; `total` is the conversation's. A
    /// repeated report is known by its unchanged total.
    fn usage(&mut self, usage: &Value) -> Vec<ProviderEvent> {
        let told = usage["last"]["inputTokens"].as_u64().is_some_and(|tokens| tokens > 0); // a full window is told as 0
        if told && self.last_total.as_ref() != Some(&usage["total"]) {
            self.last_total = Some(usage["total"].clone());
            let add = |sum: Option<u64>, key: &str| match usage["last"][key].as_u64() {
                Some(more) => Some(sum.unwrap_or(0).saturating_add(more)),
                None => sum,
            };
            self.spent.tokens_in = add(self.spent.tokens_in, "inputTokens");
            self.spent.tokens_out = add(self.spent.tokens_out, "outputTokens");
        }
        Vec::new()
    }

    /// The account's windows; one that is used up is the reason of a failure that follows.
    fn limits(&mut self, limits: &Value) -> Vec<ProviderEvent> {
        let windows = [&limits["primary"], &limits["secondary"]];
        let full =
            windows.into_iter().filter(|window| window["usedPercent"].as_f64().is_some_and(|used| used >= 100.0));
        let reset = |window: &Value| window["resetsAt"].as_i64()?.checked_mul(1000).map(Timestamp::from_millis);
        let until = full.filter_map(reset).max();
        self.limit_until = until.or(self.limit_until);
        if limits["rateLimitReachedType"].is_null() {
            return Vec::new();
        }
        vec![ProviderEvent::RateLimited { until }]
    }

    fn retrying(&mut self, error: &Value) -> Vec<ProviderEvent> {
        let taken_back: Vec<Item> = self.items.extract_if(.., |item| !item.complete).collect();
        let shown = taken_back.into_iter().filter(|item| !item.text.is_empty());
        let mut events: Vec<_> = shown.map(|item| ProviderEvent::Withdrawn { message: item.id, from: 0 }).collect();
        self.retries = self.retries.saturating_add(1);
        let (attempt, of) = counted(text(error, "message")).unwrap_or((self.retries, 0));
        events.push(ProviderEvent::Retrying { attempt, of, wait_ms: 0, cause: outcome::kind(error) });
        events
    }

    fn completed(&mut self, turn: &Value) -> Vec<ProviderEvent> {
        self.ended = true;
        let fault = |kind, detail: String| {
            let until = self.limit_until.filter(|_| kind == FaultKind::LimitReached);
            vec![ProviderEvent::Failed(Fault { kind, detail, until, spent: self.spent })]
        };
        match text(turn, "status") {
            "completed" => {}
            "failed" => return fault(outcome::kind(&turn["error"]), outcome::detail(&turn["error"])),
            "interrupted" => return fault(FaultKind::Other, "interrupted".to_owned()),
            other => return fault(FaultKind::Garbled, format!("a turn that ended as {other:?}")),
        }
        let text = self.text(turn);
        if text.is_empty() {
            return fault(FaultKind::Empty, "it ended well without text".to_owned());
        }
        vec![ProviderEvent::Finished(Finished { text: Some(text), spent: self.spent })]
    }

    /// All that was said, a blank line between messages; the turn's own summary only where nothing was heard.
    fn text(&self, turn: &Value) -> String {
        let heard = joined(self.items.iter().map(|item| item.text.as_str()));
        if !heard.is_empty() {
            return heard;
        }
        let items = turn["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        joined(items.iter().filter(|item| text(item, "type") == "agentMessage").map(|item| text(item, "text")))
    }

    fn item(&mut self, id: &str) -> &mut Item {
        let at = self.items.iter().rposition(|item| item.id == id).unwrap_or_else(|| {
            self.items.push(Item { id: id.to_owned(), text: String::new(), complete: false });
            self.items.len() - 1
        });
        &mut self.items[at]
    }
}

fn block(message: String) -> BlockKey {
    BlockKey { message, index: 0 }
}

/// The name of the tool an item uses: a server's tool has one, the CLI's own go by the item's type.
fn tool(item: &Value) -> String {
    let own = name(item, "tool");
    if own.is_empty() { name(item, "type") } else { own }
}

/// `Reconnecting... 2/5` is the second of five.
fn counted(message: &str) -> Option<(u32, u32)> {
    let (attempt, of) = message.rsplit_once(' ')?.1.split_once('/')?;
    Some((attempt.parse().ok()?, of.parse().ok()?))
}

#[cfg(test)]
mod tests;
