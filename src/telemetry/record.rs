//! One line of the log: what it holds and its JSON, read and written in this one place.
//! Knows nothing of files, and of `tracing` only the level.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use tracing::Level;

use super::plain::acts;

/// The names every line has; a field of such a name is written with `_` behind it.
const FIXED: [&str; 4] = ["ts", "level", "target", "msg"];

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When it was written; milliseconds are kept.
    pub ts: Timestamp,
    /// How bad it is.
    pub level: Level,
    /// The module that wrote it.
    pub target: String,
    /// A fixed sentence.
    pub msg: String,
    /// The facts, those of the spans around it first.
    pub fields: Fields,
}

/// The facts of a line in the order in which they became known, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(Cow<'static, str>, Value)>);

impl Fields {
    /// Adds a fact; one of the same name is replaced where it stands.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let mut name = name.into();
        if FIXED.contains(&name.as_ref()) {
            name.to_mut().push('_');
        }
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        for (name, value) in others.0 {
            self.set(name, value);
        }
    }

    /// The fact of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The fact of that name as text, a number as its digits.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(as_text)
    }

    /// All facts in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl Record {
    /// The line as it stands in the file, line feed included: one JSON object in printable characters.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("names are text and values are JSON already");
        // JSON escapes only what is below U+0020. The rest acts on terminals too, and logs are read with `tail`.
        if line.contains(acts) {
            line = line.chars().fold(String::with_capacity(line.len() + 16), |mut safe, c| {
                if acts(c) {
                    // Writing to a String cannot fail.
                    let _ = write!(safe, "\\u{:04x}", u32::from(c));
                } else {
                    safe.push(c);
                }
                safe
            });
        }
        line.push('\n');
        line
    }

    /// Reads a line of the file.
    ///
    /// # Errors
    /// When it is cut short or was not written by [`Record::to_line`].
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

/// A value as people read it: text without quotes, everything else as JSON.
pub(super) fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(FIXED.len() + self.fields.0.len()))?;
        map.serialize_entry("ts", &format_args!("{:.3}", self.ts))?;
        map.serialize_entry("level", &self.level.as_str().to_ascii_lowercase())?;
        map.serialize_entry("target", &self.target)?;
        map.serialize_entry("msg", &self.msg)?;
        for (name, value) in &self.fields.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

/// Keeps the order of the fields, which serde_json's own map does not.
struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of the log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let (mut ts, mut level, mut msg) = (None, None, None);
        let mut target = String::new();
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "ts" => ts = Some(map.next_value()?),
                "level" => level = Some(map.next_value::<String>()?.parse().map_err(A::Error::custom)?),
                "target" => target = map.next_value()?,
                "msg" => msg = Some(map.next_value()?),
                _ => fields.set(name, map.next_value::<Value>()?),
            }
        }
        let ts = ts.ok_or_else(|| A::Error::missing_field("ts"))?;
        let level = level.ok_or_else(|| A::Error::missing_field("level"))?;
        let msg = msg.ok_or_else(|| A::Error::missing_field("msg"))?;
        Ok(Record { ts, level, target, msg, fields })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(msg: &str, fields: &[(&'static str, Value)]) -> Record {
        let mut set = Fields::default();
        for (name, value) in fields {
            set.set(*name, value.clone());
        }
        Record {
            ts: "2026-11-21T13:51:45.1239Z".parse().unwrap(),
            level: Level::INFO,
            target: "talekeeper::table".to_owned(),
            msg: msg.to_owned(),
            fields: set,
        }
    }

    #[test]
    fn a_line_is_one_flat_object_in_a_fixed_order() {
        let line = record("turn ended", &[("table", "crown".into()), ("turn", 7.into()), ("cost_usd", 0.25.into())]);
        insta::assert_snapshot!(line.to_line(), @r#"{"ts":"2026-11-21T13:51:45.123Z","level":"info","target":"talekeeper::table","msg":"turn ended","table":"crown","turn":7,"cost_usd":0.25}"#);
    }

    #[test]
    fn a_field_never_takes_the_place_of_a_fixed_name() {
        let line = record("x", &[("level", "none".into()), ("msg", 1.into())]).to_line();
        assert!(line.ends_with("\"msg\":\"x\",\"level_\":\"none\",\"msg_\":1}\n"), "{line}");
    }

    #[test]
    fn what_was_cut_short_is_no_record() {
        let line = record("x", &[]).to_line();
        for bad in [&line[..line.len() - 3], "", "{}", "null", "[1]", r#"{"ts":"x","level":"info","msg":"m"}"#] {
            assert!(Record::from_line(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_one_printable_line_and_reads_back(msg in any::<String>(), value in any::<String>()) {
            let mut wrote = record(&msg, &[("said", value.into())]);
            let line = wrote.to_line();
            prop_assert!(!line[..line.len() - 1].contains(acts), "{line:?}");
            wrote.ts = "2026-11-21T13:51:45.123Z".parse().unwrap();
            prop_assert_eq!(Record::from_line(&line).unwrap(), wrote);
        }
    }
}
