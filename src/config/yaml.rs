//! YAML text into values, with the line of each key.
//! The only file that names the YAML library; it knows no key and no default, and reads no file.

use std::collections::BTreeMap;
use std::fmt;

use figment::value::{Dict, Num, Value};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Options, Spanned};

use super::path::{KeyPath, shown};
use super::schema::{Shape, shape_of};

/// How deep sections and lists may nest; the configuration itself needs five.
const MAX_DEPTH: usize = 32;
/// How many values there may be, those repeated by aliases included.
const MAX_VALUES: usize = 50_000;

/// A YAML text that was understood.
#[derive(Debug)]
pub(super) struct Document {
    /// The values.
    pub(super) value: Value,
    /// The line, from 1, of every key and list item.
    pub(super) lines: BTreeMap<KeyPath, u64>,
    /// Keys that stand twice in one section: the key and both lines, the earlier first.
    pub(super) twice: Vec<(KeyPath, u64, u64)>,
}

/// Why a text is not YAML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotYaml {
    /// The line, from 1.
    pub(super) line: Option<u64>,
    /// The column, from 1.
    pub(super) column: Option<u64>,
    /// What the parser says.
    pub(super) message: String,
}

/// Reads `text`, whose value has the given shape. Values that are no secret keep the type they are written in;
/// a secret is its text, so that a token of digits loses none.
pub(super) fn read(text: &str, shape: &'static Shape, at: &KeyPath) -> Result<Document, NotYaml> {
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options()).map_err(|error| not_yaml(&error))?;
    let mut planting = Planting { text, lines: BTreeMap::new(), twice: Vec::new() };
    let value = planting.plant(raw, Some(shape), at);
    Ok(Document { value, lines: planting.lines, twice: planting.twice })
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_VALUES,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_VALUES },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // `language: no` is Norwegian, not false.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}

fn not_yaml(error: &serde_saphyr::Error) -> NotYaml {
    let location = error.location().filter(|location| location.line() > 0);
    // The library ends its text with the place; ours stands in front.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    NotYaml {
        line: location.map(|location| location.line()),
        column: location.map(|location| location.column()),
        message: shown(message, 200),
    }
}

/// A value as the library hands it over, before anything is made of it.
#[derive(Debug)]
enum Raw {
    Null,
    Bool(bool),
    Number(Num),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(Num::U64(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(Num::I64(value)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(Num::F64(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

/// Turns raw values into figment's, noting lines on the way.
struct Planting<'a> {
    text: &'a str,
    lines: BTreeMap<KeyPath, u64>,
    twice: Vec<(KeyPath, u64, u64)>,
}

impl Planting<'_> {
    fn plant(&mut self, raw: Spanned<Raw>, shape: Option<&'static Shape>, at: &KeyPath) -> Value {
        let secret = matches!(shape, Some(Shape::Secret));
        let written = raw.defined.span();
        match raw.value {
            Raw::Null => Value::from(figment::value::Empty::Unit),
            Raw::Bool(_) | Raw::Number(_) if secret => Value::from(self.written(written)),
            Raw::Bool(value) => Value::from(value),
            Raw::Number(value) => Value::from(value),
            Raw::Text(text) => Value::from(text),
            Raw::List(items) => self.plant_list(items, shape, at),
            Raw::Map(entries) => self.plant_map(entries, shape, at),
        }
    }

    fn plant_list(&mut self, items: Vec<Spanned<Raw>>, shape: Option<&'static Shape>, at: &KeyPath) -> Value {
        let inner = match shape {
            Some(Shape::List(inner)) => Some(*inner),
            _ => None,
        };
        let values: Vec<Value> = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                let at = at.item(index);
                self.lines.insert(at.clone(), item.referenced.line());
                self.plant(item, inner, &at)
            })
            .collect();
        Value::from(values)
    }

    fn plant_map(
        &mut self,
        entries: Vec<(Spanned<String>, Spanned<Raw>)>,
        shape: Option<&'static Shape>,
        at: &KeyPath,
    ) -> Value {
        let mut dict = Dict::new();
        for (key, value) in entries {
            let at = at.key(&key.value);
            let line = key.referenced.line();
            if let Some(first) = self.lines.get(&at) {
                self.twice.push((at, *first, line));
                continue;
            }
            self.lines.insert(at.clone(), line);
            let inner = match shape {
                Some(Shape::Section(keys)) => shape_of(keys, &key.value),
                Some(Shape::Named(inner)) => Some(*inner),
                _ => None,
            };
            dict.insert(key.value, self.plant(value, inner, &at));
        }
        Value::from(dict)
    }

    /// The characters of a plain value as they stand in the text.
    fn written(&self, span: serde_saphyr::Span) -> String {
        let (start, length) = (span.byte_offset(), span.byte_len());
        let range = start.zip(length).and_then(|(start, length)| {
            let start = usize::try_from(start).ok()?;
            self.text.get(start..start + usize::try_from(length).ok()?)
        });
        range.unwrap_or_default().trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn doc(text: &str) -> Document {
        read(text, &Shape::Named(&Shape::Secret), &KeyPath::default()).unwrap()
    }

    #[test]
    fn keys_and_items_know_their_lines() {
        let doc = doc("# first\n\na: 1\nb:\n  c: |\n    text\n    more\n  d: [1,\n    2]\n");
        let lines: Vec<String> = doc.lines.iter().map(|(path, line)| format!("{path}={line}")).collect();
        assert_eq!(lines, ["a=3", "b=4", "b.c=5", "b.d=8", "b.d[0]=8", "b.d[1]=9"]);
    }

    #[test]
    fn a_token_of_digits_keeps_every_digit() {
        let doc = doc("a: 0123456789012345678901234567890123456789 # mine\nb: 1.50\nc: true\nd: 1_0\nä: 0x1F\n");
        let dict = doc.value.as_dict().unwrap().clone();
        let text = |key: &str| dict[key].as_str().unwrap().to_owned();
        assert_eq!(text("a"), "0123456789012345678901234567890123456789");
        assert_eq!([text("b"), text("c"), text("d"), text("ä")], ["1.50", "true", "1_0", "0x1F"]);
    }

    #[test]
    fn a_key_written_twice_is_noted_and_the_first_stays() {
        let doc = doc("a: x\nb: y\na: z\n");
        assert_eq!(doc.twice, [(KeyPath::default().key("a"), 1, 3)]);
        assert_eq!(doc.value.as_dict().unwrap()["a"].as_str(), Some("x"));
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        let doc = doc("a: &a {x: p}\nb: *a\nc:\n  <<: *a\n  y: q\n");
        let dict = doc.value.as_dict().unwrap().clone();
        assert_eq!(dict["b"].find_ref("x").unwrap().as_str(), Some("p"));
        assert_eq!(dict["c"].find_ref("x").unwrap().as_str(), Some("p"));
        assert!(doc.lines.values().all(|line| *line > 0), "{:?}", doc.lines);
    }

    #[test]
    fn broken_text_says_where() {
        let fault = read("a: 1\nb: [1, 2\nc: 3\n", &Shape::Text, &KeyPath::default()).unwrap_err();
        assert!(fault.line.is_some() && fault.column.is_some(), "{fault:?}");
        insta::assert_snapshot!(fault.message, @"illegal placement of ':' indicator");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let previous = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [previous.as_str(); 9].join(", ")));
        }
        assert!(read(&bomb, &Shape::Text, &KeyPath::default()).is_err());
    }

    #[test]
    fn deep_nesting_and_second_documents_are_refused() {
        for bad in ["[".repeat(5_000), "- ".repeat(5_000), "a: 1\n---\nb: 2\n".to_owned(), "a: *b\n".to_owned()] {
            assert!(read(&bad, &Shape::Text, &KeyPath::default()).is_err(), "{}", &bad[..10.min(bad.len())]);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c0-9:\\-\\[\\]{}&*!|>#%@'\",.~<? \\t\\n]{0,200}") {
            let _ = read(&text, &Shape::Named(&Shape::Secret), &KeyPath::default());
        }

        #[test]
        fn no_bytes_panic(text in any::<String>()) {
            let _ = read(&text, &Shape::Named(&Shape::Secret), &KeyPath::default());
        }
    }
}
