//! Small readings of JSON that every part of the decoder needs.
//! PURE; what is missing or of another type is empty, never an error.

use serde_json::Value;

/// The longest name (tool, model, conversation) that is taken over from outside, in characters.
const NAME_LIMIT: usize = 120;

/// A text under `key`, empty where there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A short text under `key`.
pub(super) fn name(value: &Value, key: &str) -> String {
    clip(text(value, key), NAME_LIMIT)
}

/// The first `limit` characters.
pub(super) fn clip(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
