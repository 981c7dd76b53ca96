//! A record as people read it, in a terminal or from a pipe.
//! Never prints a control character that stood in the record.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::Value;
use tracing::Level;

use super::plain::plain;
use super::record::{Fields, Record, as_text};

/// Facts that are shown at a place of their own and not as `name=value`.
const PLACED: [&str; 5] = ["table", "turn", "provider", "error", "caused_by"];

/// How records are shown.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether colours are used.
    pub colour: bool,
    /// The time zone of the times; its offset is shown with each.
    pub zone: TimeZone,
}

/// One record, line feed included: time, level, where, what, facts; below it an error and what caused it.
pub fn pretty(record: &Record, style: &Style) -> String {
    let mut text = String::with_capacity(160);
    // Writing to a String cannot fail, here and below.
    let _ = write!(text, "{} {} ", style.dim(&time(record, style)), style.level(record.level));
    if let Some(place) = place(&record.fields) {
        let _ = write!(text, "{} ", style.paint("36", &plain(&place)));
    }
    if !record.target.starts_with("talekeeper") {
        let _ = write!(text, "{} ", style.dim(&format!("{}:", plain(&record.target))));
    }
    text.push_str(&plain(&record.msg));
    for (name, value) in record.fields.iter().filter(|(name, _)| !PLACED.contains(name)) {
        let _ = write!(text, " {}{}", style.dim(&format!("{}=", plain(name))), quoted(&as_text(value)));
    }
    for cause in causes(&record.fields) {
        let _ = write!(text, "\n    {cause}");
    }
    text.push('\n');
    text
}

impl Style {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn level(&self, level: Level) -> String {
        let code = match level {
            Level::ERROR => "1;31",
            Level::WARN => "33",
            Level::INFO => "32",
            _ => "2",
        };
        self.paint(code, &format!("{:>5}", level.as_str()))
    }
}

/// The time with its offset, so that nobody has to guess whose it is.
fn time(record: &Record, style: &Style) -> String {
    let time = record.ts.to_zoned(style.zone.clone());
    let offset = if time.offset().is_zero() { "Z".to_owned() } else { time.strftime("%:z").to_string() };
    format!("{}{offset}", time.strftime("%Y-%m-%d %H:%M:%S%.3f"))
}

/// Which table, turn and provider: `[sunken-crown #17 claude]`.
fn place(fields: &Fields) -> Option<String> {
    let turn = fields.text("turn").map(|turn| format!("#{turn}").into());
    let parts: Vec<_> = [fields.text("table"), turn, fields.text("provider")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("[{}]", parts.join(" ")))
}

/// A value that stays one word to the eye.
fn quoted(text: &str) -> String {
    let safe = plain(text);
    if safe.is_empty() || safe.contains([' ', '"', '=']) {
        format!("\"{}\"", safe.replace('"', "\\\""))
    } else {
        safe.into_owned()
    }
}

/// The error and everything that caused it, a line each.
fn causes(fields: &Fields) -> Vec<String> {
    let error = fields.text("error").map(|error| format!("error: {}", plain(&error)));
    let causes = fields.get("caused_by").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    error.into_iter().chain(causes.iter().map(|cause| format!("caused by: {}", plain(&as_text(cause))))).collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;

    const TURN: &str = r#"{"ts":"2026-11-21T13:51:45.120Z","level":"info","target":"talekeeper::table","msg":"turn ended","table":"sunken-crown","turn":17,"provider":"claude","outcome":"answered","duration_ms":4210,"note":"two words"}"#;
    const ERROR: &str = r#"{"ts":"2026-11-21T13:51:46.001Z","level":"error","target":"talekeeper::provider","msg":"turn failed","table":"sunken-crown","turn":18,"error_id":"E-7K3M9QZX","error":"could not start `claude`","caused_by":["it is a folder","os said \u001b[2J no"]}"#;
    const OTHER: &str = r#"{"ts":"2026-11-21T13:51:46.001Z","level":"warn","target":"serenity::gateway","msg":"late\r\nheartbeat","empty":""}"#;

    fn show(colour: bool, zone: TimeZone) -> String {
        let style = Style { colour, zone };
        [TURN, ERROR, OTHER].iter().map(|line| pretty(&Record::from_line(line).unwrap(), &style)).collect()
    }

    #[test]
    fn people_see_when_how_bad_where_and_what() {
        insta::assert_snapshot!(show(false, TimeZone::UTC), @r#"
        2026-11-21 13:51:45.120Z  INFO [sunken-crown #17 claude] turn ended outcome=answered duration_ms=4210 note="two words"
        2026-11-21 13:51:46.001Z ERROR [sunken-crown #18] turn failed error_id=E-7K3M9QZX
            error: could not start `claude`
            caused by: it is a folder
            caused by: os said \u{1b}[2J no
        2026-11-21 13:51:46.001Z  WARN serenity::gateway: late\r\nheartbeat empty=""
        "#);
    }

    #[test]
    fn local_times_show_their_offset() {
        let zone = TimeZone::fixed(tz::offset(-3));
        insta::assert_snapshot!(show(false, zone).lines().next().unwrap(), @r#"2026-11-21 10:51:45.120-03:00  INFO [sunken-crown #17 claude] turn ended outcome=answered duration_ms=4210 note="two words""#);
    }

    #[test]
    fn colours_are_ours_and_never_the_records() {
        insta::assert_snapshot!(show(true, TimeZone::UTC).replace('\x1b', "^"), @r#"
        ^[2m2026-11-21 13:51:45.120Z^[0m ^[32m INFO^[0m ^[36m[sunken-crown #17 claude]^[0m turn ended ^[2moutcome=^[0manswered ^[2mduration_ms=^[0m4210 ^[2mnote=^[0m"two words"
        ^[2m2026-11-21 13:51:46.001Z^[0m ^[1;31mERROR^[0m ^[36m[sunken-crown #18]^[0m turn failed ^[2merror_id=^[0mE-7K3M9QZX
            error: could not start `claude`
            caused by: it is a folder
            caused by: os said \u{1b}[2J no
        ^[2m2026-11-21 13:51:46.001Z^[0m ^[33m WARN^[0m ^[2mserenity::gateway:^[0m late\r\nheartbeat ^[2mempty=^[0m""
        "#);
    }
}
