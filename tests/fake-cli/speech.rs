//! The lines of the stream, as the real CLI writes them.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

/// The facts that an interrupt needs to end the turn from another thread.
static RUN: Mutex<Option<(String, f64)>> = Mutex::new(None);

static SILENT: AtomicBool = AtomicBool::new(false);

/// Nothing is said from here on.
pub fn fall_silent() {
    SILENT.store(true, Ordering::SeqCst);
}

pub fn is_silent() -> bool {
    SILENT.load(Ordering::SeqCst)
}

pub fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    if is_silent() {
        return;
    }
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

pub fn line(value: &Value) {
    raw(format!("{value}\n").as_bytes());
}

/// Tells the beginning of a run: the id, and what the conversation had cost before.
pub fn init(session: &str, model: &str, cost_before: f64) {
    if let Ok(mut run) = RUN.lock() {
        *run = Some((session.to_owned(), cost_before));
    }
    let key = if std::env::var_os("ANTHROPIC_API_KEY").is_some() { "ANTHROPIC_API_KEY" } else { "none" };
    line(&json!({"type": "system", "subtype": "init", "session_id": session, "model": model, "tools": [],
        "apiKeySource": key, "claude_code_version": "2.1.330"}));
    line(&json!({"type": "system", "subtype": "status", "status": "requesting"}));
}

fn stream(message: &str, event: &Value) {
    line(&json!({"type": "stream_event", "event": event, "parent_tool_use_id": null, "api_message_id": message}));
}

pub fn open(message: &str) {
    stream(message, &json!({"type": "message_start", "message": {"id": message, "content": []}}));
    stream(message, &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}));
}

pub fn delta(message: &str, text: &str) {
    let delta = json!({"type": "text_delta", "text": text});
    stream(message, &json!({"type": "content_block_delta", "index": 0, "delta": delta}));
}

pub fn close(message: &str, text: &str) {
    line(&json!({"type": "assistant", "parent_tool_use_id": null,
        "message": {"id": message, "model": "fake-1", "content": [{"type": "text", "text": text}]}}));
    stream(message, &json!({"type": "content_block_stop", "index": 0}));
    stream(message, &json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}));
    stream(message, &json!({"type": "message_stop"}));
}

/// A message told in pieces.
pub fn say(message: &str, text: &str) {
    open(message);
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(24) {
        delta(message, &piece.iter().collect::<String>());
    }
    close(message, text);
}

pub fn withdraw(message: &str) {
    line(&json!({"type": "stream_event", "event": {"type": "message_stop"}, "parent_tool_use_id": null,
        "api_message_id": message, "abandoned_blocks": {"api_message_id": message, "from_block_index": 0}}));
}

/// The numbers of a result.
pub struct Bill {
    pub session: String,
    pub cost_before: f64,
    pub cost: f64,
    pub tokens_in: u64,
    pub tokens_out: u64,
}

/// The end of a turn. As with the real one the total is of the whole conversation.
pub fn result(bill: &Bill, facts: &Value) {
    let mut result = json!({"type": "result", "subtype": "success", "is_error": false, "terminal_reason": "completed",
        "stop_reason": "end_turn", "session_id": bill.session, "total_cost_usd": bill.cost_before + bill.cost,
        "usage": {"input_tokens": bill.tokens_in, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0,
            "output_tokens": bill.tokens_out},
        "model_usage_since_last_result": {"fake-1": {"costUSD": bill.cost,
            "inputTokens": bill.tokens_in, "outputTokens": bill.tokens_out}}});
    if let (Some(result), Some(facts)) = (result.as_object_mut(), facts.as_object()) {
        result.extend(facts.clone());
    }
    line(&result);
}

/// The end that an interrupt brings.
pub fn aborted() {
    let run = RUN.lock().ok().and_then(|run| run.clone());
    let Some((session, cost_before)) = run else { return };
    let bill = Bill { session, cost_before, cost: 0.01, tokens_in: 10, tokens_out: 1 };
    result(
        &bill,
        &json!({"subtype": "error_during_execution", "is_error": true,
        "terminal_reason": "aborted_streaming", "errors": ["aborted"]}),
    );
}
