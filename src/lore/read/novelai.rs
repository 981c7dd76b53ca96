//! NovelAI's lorebook. PURE.

use serde_json::Value;

use super::{Raw, number, text, texts, truth};

/// How far NovelAI searches is told in characters; about so many make a message.
const MESSAGE_CHARS: usize = 250;

pub(super) fn entry(from: &Value) -> Raw {
    let mut raw = Raw::new();
    raw.keys = texts(&from["keys"]);
    let entry = &mut raw.entry;
    entry.id = text(&from["id"]);
    entry.label = text(&from["displayName"]);
    entry.content = text(&from["text"]);
    entry.enabled = from["enabled"].as_bool().unwrap_or(true);
    entry.constant = truth(&from["forceActivation"]);
    entry.priority = number(&from["contextConfig"]["budgetPriority"]).unwrap_or(0);
    // What matters more stands later, next to what is being said.
    entry.order = entry.priority;
    entry.scan_depth = super::count(&from["searchRange"]).map(|chars| (chars / MESSAGE_CHARS).clamp(1, 50));
    raw
}
