//! Agnai's memory book. PURE.

use serde_json::Value;

use super::{Raw, number, text, texts};

pub(super) fn entry(from: &Value) -> Raw {
    let mut raw = Raw::new();
    raw.keys = texts(&from["keywords"]);
    let entry = &mut raw.entry;
    entry.label = text(&from["name"]);
    entry.content = text(&from["entry"]);
    entry.enabled = from["enabled"].as_bool().unwrap_or(true);
    entry.order = number(&from["weight"]).unwrap_or(0);
    entry.priority = number(&from["priority"]).unwrap_or(0);
    raw
}
