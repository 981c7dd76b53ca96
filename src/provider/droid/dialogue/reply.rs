//! What is heard of a turn while droid works on it: text, tools, second tries, and the turn's end. PURE.
//! What is asked of people, and of droid, is not here.

use serde_json::Value;

use super::{Dialogue, Stage, Step, clip, unknown};
use crate::domain::{BlockKey, FaultKind, Finished, ProviderEvent, Spent};
use crate::provider::ToolAccess;
use crate::provider::acp::faults::by_words;

/// How often it tries at most, as far as was seen.
const ATTEMPTS: u32 = 10;

/// Its own tool that looks for others, which is no news to people.
const SEARCH: &str = "ToolSearch";

/// What is known and tells nothing that people need.
const SILENT: &[&str] = &[
    "agent_turn_completed",
    "assistant_text_complete",
    "droid_working_state_changed",
    "mcp_status_changed",
    "permission_resolved",
    "session_title_updated",
    "session_token_usage_changed",
    "settings_updated",
    "thinking_text_complete",
    "thinking_text_delta",
    "tool_execution_heartbeat",
    "tool_execution_phase_changed",
    "tool_result",
];

impl Dialogue {
    pub(super) fn notification(&mut self, notification: &Value) -> Vec<Step> {
        let kind = notification["type"].as_str().unwrap_or_default();
        match kind {
            "assistant_text_delta" => self.delta(notification),
            "create_message" => self.message(&notification["message"]),
            "tool_call" => self.tool(&notification["toolUse"]),
            "llm_retry" => self.retry(notification),
            "error" => {
                self.error = notification["message"].as_str().map(str::to_owned).or(self.error.take());
                Vec::new()
            }
            "agent_turn_completed" if self.stage == Stage::Talking => self.completed(notification),
            _ if SILENT.contains(&kind) => Vec::new(),
            other => vec![unknown(other)],
        }
    }

    fn delta(&mut self, delta: &Value) -> Vec<Step> {
        let text = delta["textDelta"].as_str().unwrap_or_default();
        if text.is_empty() || self.stage != Stage::Talking {
            return Vec::new();
        }
        let message = clip(delta["messageId"].as_str().unwrap_or_default());
        let index = delta["blockIndex"].as_u64().and_then(|index| u32::try_from(index).ok()).unwrap_or_default();
        self.streaming = Some(message.clone());
        let block = BlockKey { message, index };
        self.blocks.of(&block).push_str(text);
        vec![Step::Tell(ProviderEvent::Text { block, text: text.to_owned() })]
    }

    /// A message stated whole: the authority for its parts. The user's own is stated as well, and what the CLI adds.
    fn message(&mut self, message: &Value) -> Vec<Step> {
        if message["role"] != "assistant" || self.stage != Stage::Talking {
            return Vec::new();
        }
        self.streaming = None;
        if message["visibility"].as_str().is_some_and(|seen| seen == "user_only") {
            return Vec::new(); // an error, put into the model's mouth
        }
        let id = clip(message["id"].as_str().unwrap_or_default());
        let parts = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut steps = Vec::new();
        for (index, part) in (0_u32..).zip(parts) {
            let (Some("text"), Some(text)) = (part["type"].as_str(), part["text"].as_str()) else { continue };
            let block = BlockKey { message: id.clone(), index };
            text.clone_into(self.blocks.of(&block));
            steps.push(Step::Tell(ProviderEvent::Block { block, text: text.to_owned() }));
        }
        steps
    }

    fn tool(&mut self, tool: &Value) -> Vec<Step> {
        let id = clip(tool["id"].as_str().unwrap_or_default());
        if self.tools.contains(&id) {
            return Vec::new();
        }
        self.tools.push(id);
        let name = tool["name"].as_str().unwrap_or("tool");
        if name == SEARCH {
            return Vec::new();
        }
        vec![Step::Tell(ProviderEvent::Tool { name: clip(ToolAccess::plain_name(name)) })]
    }

    /// It asks the model again: what it streamed of the message comes again, under the same id.
    fn retry(&mut self, retry: &Value) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(message) = self.streaming.take() {
            self.blocks.withdraw(&message, 0);
            steps.push(Step::Tell(ProviderEvent::Withdrawn { message, from: 0 }));
        }
        let cause = match retry["reason"].as_str() {
            Some("overloaded") => FaultKind::Overloaded,
            Some("rate_limited") => FaultKind::LimitReached,
            Some("empty_response") => FaultKind::Empty,
            Some("timeout" | "network") => FaultKind::BrokenStream,
            _ => FaultKind::Other,
        };
        let attempt = retry["attempt"].as_u64().and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1);
        let of = ATTEMPTS.max(attempt);
        steps.push(Step::Tell(ProviderEvent::Retrying { attempt, of, wait_ms: 0, cause }));
        steps
    }

    fn completed(&mut self, end: &Value) -> Vec<Step> {
        if self.ended {
            return Vec::new();
        }
        let spent = spent(&end["tokenUsage"]);
        let reason = end["reason"].as_str().unwrap_or_default();
        let text = self.blocks.text();
        if reason == "completed" && !text.is_empty() {
            self.ended = true;
            return vec![Step::Tell(ProviderEvent::Finished(Finished { text: Some(text), spent }))];
        }
        let words = self.error.take().unwrap_or_default();
        let kind = match reason {
            "completed" if words.is_empty() => FaultKind::Empty,
            "model_authentication_failed" => FaultKind::NotSignedIn,
            "model_rate_limited" | "model_usage_exhausted" => FaultKind::LimitReached,
            // It says so of a connection that broke each time as well.
            "model_provider_unavailable" => {
                by_words(&words).filter(|kind| *kind == FaultKind::BrokenStream).unwrap_or(FaultKind::Overloaded)
            }
            "model_provider_unreachable" => FaultKind::BrokenStream,
            "prompt_rejected" => FaultKind::Refused,
            _ => by_words(&words).unwrap_or(FaultKind::Other),
        };
        self.fail(kind, format!("{reason}: {words}"), spent)
    }
}

fn spent(usage: &Value) -> Spent {
    let read = ["inputTokens", "cacheCreationTokens", "cacheReadTokens"];
    let read: Vec<u64> = read.iter().filter_map(|key| usage[*key].as_u64()).collect();
    Spent {
        tokens_in: (!read.is_empty()).then(|| read.iter().fold(0_u64, |sum, read| sum.saturating_add(*read))),
        tokens_out: usage["outputTokens"].as_u64(),
        cost_micros: None,
    }
}
