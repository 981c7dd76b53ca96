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

    fn text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        let text = bounded(text, self.redactor);
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
        self.text(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.text(field, format_args!("{error}"));
        let causes: Vec<Value> = std::iter::successors(error.source(), |cause| (*cause).source())
            .take(MOST_CAUSES)
            .map(|cause| bounded(format_args!("{cause}"), self.redactor).into())
            .collect();
        if !causes.is_empty() {
            self.fields.set("caused_by", causes);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }
}

/// Formats no more than a value may have, without secrets, and says so when there was more.
fn bounded(value: fmt::Arguments<'_>, redactor: &Redactor) -> String {
    let mut text = Bounded { kept: String::new(), room: LONGEST_VALUE + redactor.longest(), more: 0 };
    // A `Display` that fails has still written its beginning, which is better than nothing.
    let _ = text.write_fmt(value);
    let mut clean = redactor.clean(&text.kept).into_owned();
    if text.more > 0 {
        // The end may be the first half of a secret, which nobody recognises.
        let end = clean.floor_char_boundary(clean.len().saturating_sub(redactor.longest()));
        let more = text.more + clean.len() - end;
        clean.truncate(end);
        let _ = write!(clean, "… [{more} bytes more]");
    }
    clean
}

/// The beginning of a text, and a count of the rest.
struct Bounded {
    kept: String,
    /// Bytes that still fit.
    room: usize,
    /// Bytes that did not.
    more: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.floor_char_boundary(self.room);
        self.kept.push_str(&text[..end]);
        // Once something was left out nothing may follow it.
        self.room = if end < text.len() { 0 } else { self.room - end };
        self.more += text.len() - end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters_and_says_so() {
        let none = Redactor::new(&[]);
        let text = bounded(format_args!("x{}{}", "ä".repeat(LONGEST_VALUE), "ä"), &none);
        assert!(text == format!("x{}… [8196 bytes more]", "ä".repeat(LONGEST_VALUE / 2 - 1)));
        assert_eq!(bounded(format_args!("short"), &none), "short");
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_value_is_cut() {
        let secret = "0123456789abcdef";
        let redactor = Redactor::new(&[SecretString::from(secret)]);
        for before in LONGEST_VALUE - 20..LONGEST_VALUE + 40 {
            let text = bounded(format_args!("{secret}{}{secret}{}", "x".repeat(before), "y".repeat(99)), &redactor);
            assert!(!text.contains("0123") && text.len() < LONGEST_VALUE + 50, "{before}");
        }
    }
}
