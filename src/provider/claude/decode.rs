//! Reads the lines of `claude --output-format stream-json` and says what they mean in our words.
//! PURE, and lenient: fields and events of any release may be missing or new; no line makes it fail.
//!
//! The format, as measured with 2.1.330: text comes as deltas of content blocks; an `assistant` event then states one
//! block whole and is the authority for it; a `message_stop` may take blocks back; one `result` ends the turn.

use std::collections::HashMap;

use serde_json::Value;

use super::outcome::{self, ApiError};
use crate::domain::{BlockKey, ModelName, ProviderEvent, Purse, Spent, Timestamp};
use crate::provider::ToolAccess;
use crate::provider::blocks::Blocks;

/// The longest name (tool, event, model, session) that is taken over from outside, in characters.
const NAME_LIMIT: usize = 120;

/// How many lines were heard, by what became of them. Each line counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Gave events.
    pub told: u64,
    /// Known, and nothing to tell: requests, thinking, sub-agents, ends of blocks.
    pub silent: u64,
    /// No JSON: update notices and the like.
    pub noise: u64,
}

/// Decodes one turn.
#[derive(Debug, Default)]
pub struct Decoder {
    tally: Tally,
    /// The first line that was no JSON, as evidence.
    first_noise: Option<String>,
    started: bool,
    ended: bool,
    blocks: Blocks,
    /// The message that streams now, for releases whose events do not name it.
    message: String,
    /// Per message: the block that is open, and the next free index.
    places: HashMap<String, Place>,
    /// What the last `message_delta` gave as the reason to stop.
    stop_reason: Option<String>,
    api_error: Option<ApiError>,
    /// The bill that ended the turn is of the turn alone, and not of all turns of its process.
    bills_by_turn: bool,
    limit_until: Option<Timestamp>,
    /// Who pays, as far as it was told.
    purse: Option<Purse>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    open: Option<u32>,
    next: u32,
}

impl Decoder {
    /// Reads one line.
    pub fn line(&mut self, line: &str) -> Vec<ProviderEvent> {
        let Ok(Value::Object(event)) = serde_json::from_str(line) else {
            self.tally.noise += 1;
            if self.first_noise.is_none() && !line.trim().is_empty() {
                self.first_noise = Some(clip(line, NAME_LIMIT));
            }
            return Vec::new();
        };
        let events = self.event(&Value::Object(event));
        if events.is_empty() {
            self.tally.silent += 1;
        } else {
            self.tally.told += 1;
        }
        events
    }

    /// How many lines became what.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether the turn's end was told.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the conversation was confirmed.
    pub fn started(&self) -> bool {
        self.started
    }

    /// Whether some of a reply was heard and not withdrawn.
    pub fn has_text(&self) -> bool {
        self.blocks.has_text()
    }

    /// Whether the bill that ended the turn is of this turn alone even where the process had turns before.
    pub fn bills_by_turn(&self) -> bool {
        self.bills_by_turn
    }

    /// The first line that was no JSON.
    pub fn first_noise(&self) -> Option<&str> {
        self.first_noise.as_deref()
    }

    fn event(&mut self, event: &Value) -> Vec<ProviderEvent> {
        if event["parent_tool_use_id"].is_string() {
            return Vec::new(); // a sub-agent's talk is not the reply
        }
        match (text(event, "type"), text(event, "subtype")) {
            ("system", "init") => self.init(event),
            ("system", "status" | "thinking_tokens") | ("user" | "control_response", _) => Vec::new(),
            ("system", "api_retry") => vec![retrying(event)],
            ("system", "permission_denied") => vec![ProviderEvent::ToolDenied { name: name(event, "tool_name") }],
            ("stream_event", _) => self.stream_event(event),
            ("assistant", _) => self.assistant(event),
            ("rate_limit_event", _) => self.rate_limit(&event["rate_limit_info"]),
            ("result", _) => self.result(event),
            ("", _) => vec![unknown("untyped")],
            (kind, "") => vec![unknown(kind)],
            (kind, subtype) => vec![unknown(&format!("{kind}/{subtype}"))],
        }
    }

    fn init(&mut self, event: &Value) -> Vec<ProviderEvent> {
        self.started = true;
        let optional = |key| Some(name(event, key)).filter(|name| !name.is_empty());
        let purse = match text(event, "apiKeySource") {
            "oauth" => Some(Purse::Subscription),
            "" | "none" => None,
            _ => Some(Purse::Key),
        };
        self.purse = purse;
        let started = ProviderEvent::Started {
            session: name(event, "session_id"),
            model: optional("model").map(ModelName::new),
            version: optional("claude_code_version"),
        };
        [started].into_iter().chain(purse.map(|purse| ProviderEvent::Purse { purse })).collect()
    }

    fn stream_event(&mut self, event: &Value) -> Vec<ProviderEvent> {
        let inner = &event["event"];
        let message = match event["api_message_id"].as_str() {
            Some(id) => clip(id, NAME_LIMIT),
            None => self.message.clone(),
        };
        let index = number(inner, "index").and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
        match text(inner, "type") {
            "message_start" => self.message = name(&inner["message"], "id"),
            "content_block_start" => {
                let place = self.places.entry(message).or_default();
                *place = Place { open: Some(index), next: place.next.max(index.saturating_add(1)) };
            }
            "content_block_delta" => return self.delta(BlockKey { message, index }, &inner["delta"]),
            "content_block_stop" => self.places.entry(message).or_default().open = None,
            "message_delta" => self.stop_reason = inner["delta"]["stop_reason"].as_str().map(str::to_owned),
            "message_stop" => return self.withdraw(&event["abandoned_blocks"]),
            "ping" => {}
            other => return vec![unknown(&format!("stream_event/{other}"))],
        }
        Vec::new()
    }

    fn delta(&mut self, block: BlockKey, delta: &Value) -> Vec<ProviderEvent> {
        let new = text(delta, "text");
        if text(delta, "type") != "text_delta" || new.is_empty() {
            return Vec::new();
        }
        self.blocks.of(&block).push_str(new);
        vec![ProviderEvent::Text { block, text: new.to_owned() }]
    }

    fn withdraw(&mut self, abandoned: &Value) -> Vec<ProviderEvent> {
        if !abandoned.is_object() {
            return Vec::new();
        }
        let message = name(abandoned, "api_message_id");
        let from = number(abandoned, "from_block_index").and_then(|from| u32::try_from(from).ok()).unwrap_or(0);
        self.blocks.withdraw(&message, from);
        vec![ProviderEvent::Withdrawn { message, from }]
    }

    fn assistant(&mut self, event: &Value) -> Vec<ProviderEvent> {
        let message = &event["message"];
        let synthetic = text(message, "model") == "<synthetic>" || event["is_api_error_message"] == true;
        if synthetic {
            self.api_error = Some(ApiError::read(event)); // its text is the CLI's, not the model's
            let until = reset_time(&event["api_error_params"]["rate_limit_info"]);
            self.limit_until = until.or(self.limit_until);
            return Vec::new();
        }
        let id = name(message, "id");
        let parts = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut events = Vec::new();
        for (position, part) in parts.iter().enumerate() {
            let index = self.index_of(&id, position, parts.len());
            match text(part, "type") {
                "text" => {
                    let block = BlockKey { message: id.clone(), index };
                    let whole = text(part, "text").to_owned();
                    self.blocks.of(&block).clone_from(&whole);
                    events.push(ProviderEvent::Block { block, text: whole });
                }
                "tool_use" | "server_tool_use" => {
                    let name = ToolAccess::plain_name(&name(part, "name")).to_owned();
                    events.push(ProviderEvent::Tool { name });
                }
                _ => {}
            }
        }
        events
    }

    /// Which block an `assistant` event states. It does not say, but it comes while its block is still open; without
    /// a stream (after a fall-back to one answer, or without partial messages) the blocks come in their order.
    fn index_of(&mut self, message: &str, position: usize, of: usize) -> u32 {
        let place = self.places.entry(message.to_owned()).or_default();
        if of > 1 {
            return u32::try_from(position).unwrap_or(u32::MAX);
        }
        place.open.take().unwrap_or_else(|| {
            place.next = place.next.saturating_add(1);
            place.next - 1
        })
    }

    fn rate_limit(&mut self, info: &Value) -> Vec<ProviderEvent> {
        let mut events = Vec::new();
        // Without a key it may be a token or a cloud that pays; the windows of a plan are a plan's only.
        if self.purse.is_none() && !text(info, "rateLimitType").is_empty() {
            self.purse = Some(Purse::Subscription);
            events.push(ProviderEvent::Purse { purse: Purse::Subscription });
        }
        if text(info, "status") == "rejected" {
            self.limit_until = reset_time(info).or(self.limit_until);
            events.push(ProviderEvent::RateLimited { until: reset_time(info) });
        }
        events
    }

    fn result(&mut self, event: &Value) -> Vec<ProviderEvent> {
        if std::mem::replace(&mut self.ended, true) {
            return Vec::new();
        }
        self.bills_by_turn = event["model_usage_since_last_result"].is_object();
        let refused = self.stop_reason.as_deref() == Some("refusal") || text(event, "stop_reason") == "refusal";
        let evidence = outcome::Evidence {
            text: self.blocks.text(),
            refused,
            api_error: self.api_error.take(),
            limit_until: self.limit_until,
            spent: spent(event),
        };
        vec![outcome::of(event, evidence)]
    }
}

fn retrying(event: &Value) -> ProviderEvent {
    let small = |key| number(event, key).and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    ProviderEvent::Retrying {
        attempt: small("attempt"),
        of: small("max_retries"),
        wait_ms: number(event, "retry_delay_ms").unwrap_or(0),
        cause: outcome::kind(text(event, "error"), number(event, "error_status")),
    }
}

/// What this turn took. `total_cost_usd` and `modelUsage` are of the whole conversation since 2.1.3xx, which then also
/// tells the difference; releases that do not tell it (2.1.197) counted the turn alone. `usage` is of this turn, but
/// leaves out requests that broke off or were one too many, and those are billed.
fn spent(event: &Value) -> Spent {
    let Some(models) = event["model_usage_since_last_result"].as_object() else {
        let usage = &event["usage"];
        return Spent {
            tokens_in: sum(usage, &["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]),
            tokens_out: sum(usage, &["output_tokens"]),
            cost_micros: event["total_cost_usd"].as_f64().map(micros),
        };
    };
    let all = |keys: &[&str]| models.values().filter_map(|model| sum(model, keys)).fold(0_u64, u64::saturating_add);
    Spent {
        tokens_in: Some(all(&["inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"])),
        tokens_out: Some(all(&["outputTokens"])),
        cost_micros: Some(micros(models.values().filter_map(|model| model["costUSD"].as_f64()).sum())),
    }
}

fn sum(usage: &Value, keys: &[&str]) -> Option<u64> {
    keys.iter().filter_map(|key| number(usage, key)).reduce(u64::saturating_add)
}

/// Millionths, rounded; nonsense counts as nothing.
fn micros(dollars: f64) -> u64 {
    // A float's cast saturates, and makes nothing of what is no number.
    (dollars * 1e6).round() as u64
}

fn reset_time(info: &Value) -> Option<Timestamp> {
    Some(Timestamp::from_millis(info["resetsAt"].as_i64()?.checked_mul(1000)?))
}

fn unknown(what: &str) -> ProviderEvent {
    ProviderEvent::Unknown { name: clip(what, NAME_LIMIT) }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn name(value: &Value, key: &str) -> String {
    clip(text(value, key), NAME_LIMIT)
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value[key].as_u64()
}

pub(super) fn clip(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests;
