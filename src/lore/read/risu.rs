//! Risu's lorebook: keys in one text, separated by commas. PURE.

use serde_json::Value;

use super::{Raw, chance, number, text, texts, truth};
use crate::lore::Logic;

pub(super) fn entry(from: &Value) -> Raw {
    let mut raw = Raw::new();
    raw.keys = texts(&from["key"]);
    raw.second = texts(&from["secondkey"]);
    raw.second.retain(|key| !key.is_empty());
    raw.manner.patterns = truth(&from["useRegex"]);
    let entry = &mut raw.entry;
    entry.label = text(&from["comment"]);
    entry.content = text(&from["content"]);
    // A folder is an entry that only groups others.
    entry.enabled = from["mode"] != "folder";
    entry.constant = truth(&from["alwaysActive"]);
    entry.order = number(&from["insertorder"]).unwrap_or(100);
    entry.priority = entry.order;
    entry.chance = chance(&from["activationPercent"]).unwrap_or(100);
    if truth(&from["selective"]) && !raw.second.is_empty() {
        entry.logic = Logic::Any;
    }
    raw
}
