//! Takes the fields of events and spans out of `tracing`, within limits and without secrets.
//! It never decides what is logged; whoever logs does.

use std::error::Error;
use std::fmt::{self, Write as _};

use serde_json::Value;
use tracing::field::{Field, Visit};

use super::record::Fields;
use super::redactor::Redactor;

/// Bytes of one value. A provider's last words fit; a runaway does not fill the file.
const LONGEST_VALUE: usize = 8 * 1024;

/// Causes of one error.
const MOST_CAUSES: usize = 16;

/// Collects fields one by one.
pub(super) struct FieldVisitor<'a> {
    redactor: &'a Redactor,
    /// The sentence, for an event.
    pub(super) msg: String,
    /// The module, where it comes from a crate that uses `log`.
    pub(super) target: Option<String>,
    /// The facts.
    pub(super) fields: Fields,
}

impl<'a> FieldVisitor<'a> {
    /// Begins with nothing.
    pub(super) fn new(redactor: &'a Redactor) -> Self {
        Self { redactor, msg: String::new(), target: None, fields: Fields::default() }
    }

    fn text(&mut self, field: &Field, text: &str) {
        let text = self.redactor.clean(text).into_owned();
        match field.name() {
            "message" => self.msg = text,
            // The bridge from `log` puts where a line comes from into fields; only the module is of use.
            "log.target" => self.target = Some(text),
            name if name.starts_with("log.") => {}
            // Written as `turn = %turn` it arrives as text; readers are promised a number.
            "turn" => self.set(field, text.parse::<u64>().map_or(Value::String(text), Value::from)),
            _ => self.set(field, text.into()),
        }
    }

    fn set(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if !name.starts_with("log.") {
            self.fields.set(name.strip_prefix("r#").unwrap_or(name), value);
        }
    }
}

impl Visit for FieldVisitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no NaN; null says as much.
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = bounded(format_args!("{value}"));
        self.text(field, &text);
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        let text = bounded(format_args!("{error}"));
        self.text(field, &text);
        let causes: Vec<Value> = std::iter::successors(error.source(), |cause| (*cause).source())
            .take(MOST_CAUSES)
            .map(|cause| self.redactor.clean(&bounded(format_args!("{cause}"))).into())
            .collect();
        if !causes.is_empty() {
            self.fields.set("caused_by", causes);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = bounded(format_args!("{value:?}"));
        self.text(field, &text);
    }
}

/// Formats no more than a value may have, and says so when there was more.
fn bounded(value: fmt::Arguments<'_>) -> String {
    let mut text = Bounded::default();
    // A `Display` that fails has still written its beginning, which is better than nothing.
    let _ = text.write_fmt(value);
    if text.more > 0 {
        let _ = write!(text.kept, "… [{} bytes more]", text.more);
    }
    text.kept
}

/// Text up to [`LONGEST_VALUE`], and a count of the rest.
#[derive(Default)]
struct Bounded {
    kept: String,
    more: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = if self.more > 0 { 0 } else { LONGEST_VALUE - self.kept.len() };
        let end = text.floor_char_boundary(room);
        self.kept.push_str(&text[..end]);
        self.more += text.len() - end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters_and_says_so() {
        let long = "ä".repeat(LONGEST_VALUE);
        let text = bounded(format_args!("x{long}{long}"));
        assert!(text.len() < LONGEST_VALUE + 40);
        assert!(text.ends_with("ä… [24577 bytes more]"), "{}", &text[text.len() - 40..]);
        assert_eq!(bounded(format_args!("short")), "short");
    }
}
