//! Reads what an agent tells of one prompt and says what it means in our words.
//! PURE: the time between two lines is an argument. No update makes it fail.
//!
//! gemini asks again after a broken stream and sends the new text with no word about the old. That is noticed when,
//! after a pause, a chunk begins the reply anew; text that may be such a repetition is held back until it is clear.

use std::time::Duration;

use serde_json::Value;

use super::faults;
use super::message::RpcError;
use crate::domain::{BlockKey, Fault, FaultKind, Finished, ProviderEvent, Spent};
use crate::provider::ToolAccess;
use crate::provider::blocks::joined;

/// The longest name (tool, event, model, session) that is taken over from outside, in characters.
const NAME_LIMIT: usize = 120;

/// A repetition comes after a pause at least this long: agents wait before they ask again (gemini 1 s, then more).
const PAUSE: Duration = Duration::from_millis(700);

/// As many bytes of the beginning must come again before it counts as a repetition; if the beginning is shorter, all
/// of it, but not less than [`LEAST_REPEATED`].
const REPEATED: usize = 60;

/// Below this much text a repetition cannot be told from a word said twice.
const LEAST_REPEATED: usize = 16;

/// Decodes one prompt, from the sending to its answer.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    parts: Vec<Part>,
    /// The next chunk without an id opens a new part: a tool stood between.
    broken: bool,
    /// Parts opened so far, for the names of those without an id.
    opened: u32,
    /// What may be the repetition of the last part.
    held: String,
    /// The price of the whole conversation so far, as last heard.
    conversation_cost: Option<f64>,
    /// Tokens told with the chunks (qwen), a sum over the model's calls.
    chunk_tokens: Option<(u64, u64)>,
    /// The session was loaded just now: the end of its old history may still come.
    after_loading: bool,
}

#[derive(Debug)]
struct Part {
    key: BlockKey,
    /// The agent's id of the message; none where it gives none.
    id: Option<String>,
    text: String,
}

impl Decoder {
    /// For a prompt in a session that was loaded just now.
    pub(super) fn after_loading() -> Self {
        Self { after_loading: true, ..Self::default() }
    }

    /// Reads one `session/update`; `pause` is the time since the last one.
    pub(super) fn update(&mut self, update: &Value, pause: Duration) -> Vec<ProviderEvent> {
        let kind = update["sessionUpdate"].as_str().unwrap_or_default();
        if let Some(tokens) = tokens(&update["_meta"]["usage"], &["inputTokens"], &["outputTokens"]) {
            let (read, wrote) = self.chunk_tokens.unwrap_or_default();
            self.chunk_tokens = Some((read.saturating_add(tokens.0), wrote.saturating_add(tokens.1)));
        }
        match kind {
            "agent_message_chunk" => self.chunk(update, pause),
            "tool_call" => self.tool(update),
            "tool_call_update" => self.tool_update(),
            "usage_update" => {
                self.cost(&update["cost"]);
                Vec::new()
            }
            "user_message_chunk" if self.after_loading => self.all_was_history(),
            "agent_thought_chunk"
            | "user_message_chunk"
            | "plan"
            | "available_commands_update"
            | "current_mode_update"
            | "config_option_update"
            | "session_info_update" => Vec::new(),
            other => vec![ProviderEvent::Unknown { name: clip(other) }],
        }
    }

    /// The agent asked for a permission and does not get it.
    pub(super) fn refused(&mut self, tool: &Value) -> Vec<ProviderEvent> {
        let mut events = self.settle();
        self.broken = true;
        events.push(ProviderEvent::ToolDenied { name: tool_name(tool) });
        events
    }

    /// The prompt was answered. `cost_before` is what the conversation had cost before it, in dollars.
    pub(super) fn answered(
        &mut self,
        outcome: &Result<Value, RpcError>,
        cost_before: Option<f64>,
    ) -> Vec<ProviderEvent> {
        let mut events = self.settle();
        let spent = self.spent(outcome.as_ref().ok(), cost_before);
        events.push(match outcome {
            Ok(result) => self.end(result, spent),
            Err(error) => ProviderEvent::Failed(Fault { spent, ..faults::of(error) }),
        });
        events
    }

    /// What the conversation has cost so far, if it was told.
    pub(super) fn conversation_cost(&self) -> Option<f64> {
        self.conversation_cost
    }

    /// What was spent when the prompt is not answered any more.
    pub(super) fn spent_so_far(&self, cost_before: Option<f64>) -> Spent {
        self.spent(None, cost_before)
    }

    fn chunk(&mut self, update: &Value, pause: Duration) -> Vec<ProviderEvent> {
        let content = &update["content"];
        let text = content["text"].as_str().unwrap_or_default();
        if content["type"] != "text" || text.is_empty() {
            return Vec::new();
        }
        let id = update["messageId"].as_str().map(clip);
        let unbroken = !self.broken || id.is_some();
        let same_part = unbroken && self.parts.last().is_some_and(|part| part.id == id);
        let mut events = Vec::new();
        if same_part {
            let anew = pause >= PAUSE && self.may_repeat(text);
            if anew {
                self.held.clear(); // that repetition broke off as well
            }
            if anew || !self.held.is_empty() {
                self.held.push_str(text);
                return self.weigh();
            }
        } else {
            events = self.settle();
            self.open(id);
        }
        events.extend(self.push(text));
        events
    }

    /// What people said is told only of the past: all that was heard before it is history too.
    fn all_was_history(&mut self) -> Vec<ProviderEvent> {
        self.held.clear();
        self.chunk_tokens = None;
        let parts = std::mem::take(&mut self.parts);
        parts.into_iter().map(|part| ProviderEvent::Withdrawn { message: part.key.message, from: 0 }).collect()
    }

    /// Whether a chunk could be the beginning of the last part, once more.
    fn may_repeat(&self, text: &str) -> bool {
        let Some(part) = self.parts.last() else { return false };
        part.text.len() >= LEAST_REPEATED && (part.text.starts_with(text) || text.starts_with(&part.text))
    }

    /// Decides about the text that is held back, if it can be decided yet.
    fn weigh(&mut self) -> Vec<ProviderEvent> {
        let Some(part) = self.parts.last() else { return Vec::new() };
        let enough = part.text.len().min(REPEATED);
        let common = self.held.bytes().zip(part.text.bytes()).take_while(|(new, old)| new == old).count();
        if common >= enough {
            return self.begin_again();
        }
        // All of it agrees so far: wait for more.
        if common == self.held.len() { Vec::new() } else { self.release() }
    }

    /// At an end or a break: what is held back is taken for what it most likely is.
    fn settle(&mut self) -> Vec<ProviderEvent> {
        match self.held.len() {
            0 => Vec::new(),
            LEAST_REPEATED.. => self.begin_again(),
            _ => self.release(),
        }
    }

    fn begin_again(&mut self) -> Vec<ProviderEvent> {
        let Some(part) = self.parts.pop() else { return self.release() };
        let withdrawn = ProviderEvent::Withdrawn { message: part.key.message, from: part.key.index };
        self.open(part.id);
        let mut events = vec![withdrawn];
        events.extend(self.release());
        events
    }

    fn release(&mut self) -> Vec<ProviderEvent> {
        let held = std::mem::take(&mut self.held);
        self.push(&held)
    }

    fn open(&mut self, id: Option<String>) {
        self.opened = self.opened.saturating_add(1);
        self.broken = false;
        // A name of our own: a part that is told again must not be taken for the one that was withdrawn.
        let message = match &id {
            Some(id) => format!("{id}/{}", self.opened),
            None => self.opened.to_string(),
        };
        self.parts.push(Part { key: BlockKey { message, index: 0 }, id, text: String::new() });
    }

    fn push(&mut self, text: &str) -> Vec<ProviderEvent> {
        if self.parts.is_empty() {
            self.open(None);
        }
        let Some(part) = self.parts.last_mut() else { return Vec::new() };
        part.text.push_str(text);
        vec![ProviderEvent::Text { block: part.key.clone(), text: text.to_owned() }]
    }

    fn tool(&mut self, update: &Value) -> Vec<ProviderEvent> {
        let mut events = self.settle();
        self.broken = true;
        events.push(ProviderEvent::Tool { name: tool_name(update) });
        events
    }

    fn tool_update(&mut self) -> Vec<ProviderEvent> {
        let events = self.settle();
        self.broken = true;
        events
    }

    fn cost(&mut self, cost: &Value) {
        if cost["currency"].as_str().is_none_or(|currency| currency == "USD") {
            let amount = cost["amount"].as_f64().filter(|amount| amount.is_finite() && *amount >= 0.0);
            self.conversation_cost = amount.or(self.conversation_cost);
        }
    }

    fn end(&self, result: &Value, spent: Spent) -> ProviderEvent {
        let text = self.text();
        let fault = |kind, detail: String| ProviderEvent::Failed(Fault { spent, ..Fault::new(kind, detail) });
        let reason = result["stopReason"].as_str().unwrap_or_default();
        let ended = || format!("it stopped with `{}`", clip(reason));
        match reason {
            "refusal" => fault(FaultKind::Refused, ended()),
            "cancelled" => fault(FaultKind::Other, ended()),
            "max_tokens" if text.is_empty() => fault(FaultKind::TooLong, ended()),
            "max_turn_requests" if text.is_empty() => fault(FaultKind::TurnBudget, ended()),
            _ if text.is_empty() => fault(FaultKind::Empty, ended()),
            _ => ProviderEvent::Finished(Finished { text: Some(text), spent }),
        }
    }

    /// All parts that count, a blank line between them.
    fn text(&self) -> String {
        joined(self.parts.iter().map(|part| part.text.as_str()))
    }

    /// Cost is told of the whole conversation, so this prompt's is the difference; of a conversation whose cost before
    /// is not known, neither is this prompt's. Tokens stand in one of three places.
    fn spent(&self, result: Option<&Value>, cost_before: Option<f64>) -> Spent {
        let null = Value::Null;
        let result = result.unwrap_or(&null);
        let counted = tokens(
            &result["_meta"]["quota"]["token_count"],
            &["input_tokens", "inputTokens"],
            &["output_tokens", "outputTokens"],
        )
        .or_else(|| tokens(&result["usage"], &["inputTokens"], &["outputTokens"]))
        .or(self.chunk_tokens);
        let dollars = self.conversation_cost.zip(cost_before).map(|(after, before)| (after - before).max(0.0));
        Spent {
            tokens_in: counted.map(|(read, _)| read),
            tokens_out: counted.map(|(_, wrote)| wrote),
            // A float's cast saturates.
            cost_micros: dollars.map(|dollars| (dollars * 1e6).round() as u64),
        }
    }
}

/// Tokens read and written. Agents differ in whether what came from a cache is part of the input; the total tells.
fn tokens(usage: &Value, read: &[&str], wrote: &[&str]) -> Option<(u64, u64)> {
    let first = |names: &[&str]| names.iter().find_map(|name| usage[*name].as_u64());
    let (read, wrote) = (first(read)?, first(wrote)?);
    let total = usage["totalTokens"].as_u64().unwrap_or_default();
    Some((read.max(total.saturating_sub(wrote)), wrote))
}

/// A tool's name. Titles hold what the model wrote (a whole command line), so they come last and short.
fn tool_name(tool: &Value) -> String {
    let named = tool["_meta"]["toolName"].as_str().or_else(|| tool["kind"].as_str());
    let title = || tool["title"].as_str().and_then(|title| title.split_whitespace().next());
    clip(ToolAccess::plain_name(named.or_else(title).unwrap_or("tool")))
}

pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_LIMIT).collect()
}

#[cfg(test)]
mod tests;
