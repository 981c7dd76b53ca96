//! Reading lorebooks: which application's form it is, and one model of all of them. PURE.
//! What an entry has wrong is named and left out; a book is refused only when it is none.

mod agnai;
mod embedded;
mod novelai;
mod risu;
mod world;

use std::collections::HashSet;

use serde_json::Value;

use super::keys::Manner;
use super::{BOOK_BYTES, Book, ENTRIES, Entry, Key, LoreAudience, decorators};

/// Whose form a book is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// In a card, or `lorebook_v3`.
    Embedded,
    /// SillyTavern's world file.
    SillyTavern,
    /// Agnai's memory book.
    Agnai,
    /// Risu's lorebook.
    Risu,
    /// NovelAI's lorebook.
    NovelAi,
}

impl Dialect {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "character card",
            Self::SillyTavern => "SillyTavern",
            Self::Agnai => "Agnai",
            Self::Risu => "Risu",
            Self::NovelAi => "NovelAI",
        }
    }
}

/// Why a file is no lorebook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookFault {
    /// More than is allowed.
    #[error("it has {0} bytes and {BOOK_BYTES} are allowed")]
    TooLarge(usize),
    /// More than is allowed.
    #[error("it has {0} entries and {ENTRIES} are allowed")]
    TooMany(usize),
    /// No JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// JSON of something else.
    #[error("it is no lorebook of a kind that is known here")]
    Unknown,
}

/// Reads a book's text; `name` tells it apart from others and stands where the book names itself nothing.
pub fn read(text: &str, name: &str) -> Result<Book, BookFault> {
    if text.len() > BOOK_BYTES {
        return Err(BookFault::TooLarge(text.len()));
    }
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|failure| BookFault::NotJson(failure.to_string()))?;
    read_value(&value, name)
}

/// Reads a book, or the book in a card.
pub fn read_value(value: &Value, name: &str) -> Result<Book, BookFault> {
    if value["spec"] == "lorebook_v3" {
        return book(&value["data"], name, Dialect::Embedded);
    }
    if value["data"]["character_book"].is_object() {
        return book(&value["data"]["character_book"], name, Dialect::Embedded);
    }
    let dialect = match value {
        value if value.get("lorebookVersion").is_some() => Dialect::NovelAi,
        value if value["kind"] == "memory" => Dialect::Agnai,
        value if value["type"] == "risu" => Dialect::Risu,
        value if value["entries"].is_object() => Dialect::SillyTavern,
        value if value["entries"].is_array() => Dialect::Embedded,
        _ => return Err(BookFault::Unknown),
    };
    book(value, name, dialect)
}

fn book(value: &Value, name: &str, dialect: Dialect) -> Result<Book, BookFault> {
    let entries = match (dialect, value) {
        (Dialect::Risu, value) => &value["data"],
        (_, value) => &value["entries"],
    };
    let listed: Vec<(String, &Value)> = match entries {
        Value::Array(list) => list.iter().enumerate().map(|(at, entry)| (at.to_string(), entry)).collect(),
        Value::Object(map) => map.iter().map(|(uid, entry)| (uid.clone(), entry)).collect(),
        _ => return Err(BookFault::Unknown),
    };
    if listed.len() > ENTRIES {
        return Err(BookFault::TooMany(listed.len()));
    }
    let mut book = Book {
        name: name.to_owned(),
        dialect,
        scan_depth: count(&value["scan_depth"]).map_or(4, |depth| depth.clamp(1, 50)),
        budget: count(&value["token_budget"]).filter(|tokens| *tokens > 0).map(|tokens| tokens.saturating_mul(4)),
        recursive: value["recursive_scanning"].as_bool().unwrap_or(dialect == Dialect::SillyTavern),
        entries: Vec::new(),
        problems: Vec::new(),
    };
    let mut seen = HashSet::new();
    for (place, from) in listed {
        let mut raw = match dialect {
            Dialect::Embedded => embedded::entry(from),
            Dialect::SillyTavern => world::entry(from),
            Dialect::Agnai => agnai::entry(from),
            Dialect::Risu => risu::entry(from),
            Dialect::NovelAi => novelai::entry(from),
        };
        if raw.entry.id.is_empty() || !seen.insert(raw.entry.id.clone()) {
            raw.entry.id = format!("#{place}");
        }
        finish(&mut book, raw, from);
    }
    Ok(book)
}

/// An entry whose keys are still words.
struct Raw {
    entry: Entry,
    keys: Vec<String>,
    second: Vec<String>,
    manner: Manner,
}

impl Raw {
    fn new() -> Self {
        Self {
            entry: Entry { enabled: true, chance: 100, group_weight: 100, ..Entry::default() },
            keys: Vec::new(),
            second: Vec::new(),
            manner: Manner { case: false, whole: true, patterns: false },
        }
    }
}

/// Reads keys and decorators, which all forms share, and puts the entry into its book.
fn finish(book: &mut Book, raw: Raw, from: &Value) {
    let Raw { mut entry, mut keys, second, manner } = raw;
    let content = std::mem::take(&mut entry.content);
    let (found, told) = decorators::split(&content);
    entry.content = told.trim().to_owned();
    entry.scan_depth = found.scan_depth.or(entry.scan_depth).map(|depth| depth.min(50));
    entry.constant |= found.activate;
    keys.extend(found.additional_keys.iter().cloned());
    entry.decorators = found;
    if entry.label.trim().is_empty() {
        entry.label = keys.first().cloned().unwrap_or_else(|| format!("entry {}", entry.id));
    }
    let ours = &from["extensions"]["gm"];
    entry.audience = audience(&ours["audience"]);
    entry.places = places(&ours["where"]);
    let label = entry.label.clone();
    let mut read = |words: Vec<String>| {
        let mut keys = Vec::new();
        for word in words.iter().filter(|word| !word.trim().is_empty()) {
            match Key::read(word, manner) {
                Ok(key) => keys.push(key),
                Err(fault) => book.problems.push(format!("\"{label}\": {fault}")),
            }
        }
        keys
    };
    entry.keys = read(keys);
    entry.second = read(second);
    for name in &entry.decorators.unknown {
        book.problems.push(format!("\"{}\": the decorator @@{name} is not known here and does nothing", entry.label));
    }
    if entry.enabled && entry.keys.is_empty() && !entry.constant {
        book.problems.push(format!("\"{}\": nothing can call it up", entry.label));
    }
    book.entries.push(entry);
}

/// `"gm"`, `"table"`, `"seat:2"` or a list of seats.
fn audience(value: &Value) -> LoreAudience {
    let seat = |value: &Value| match value {
        Value::String(text) => text.strip_prefix("seat:").unwrap_or(text).trim().parse().ok(),
        other => other.as_u64().and_then(|seat| u32::try_from(seat).ok()),
    };
    match value {
        Value::Null => LoreAudience::Table,
        Value::String(word) if word == "table" || word == "public" => LoreAudience::Table,
        Value::Array(seats) => LoreAudience::Seats(seats.iter().filter_map(seat).collect()),
        other => match seat(other) {
            Some(seat) => LoreAudience::Seats(vec![seat]),
            // What is not understood stays with the game master.
            None => LoreAudience::Gm,
        },
    }
}

/// `{"place": "Harrow"}`, a text, or a list of texts: in lower case.
fn places(value: &Value) -> Vec<String> {
    let texts: Vec<&Value> = match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(list) => list.iter().collect(),
        other => vec![other],
    };
    texts
        .into_iter()
        .filter_map(Value::as_str)
        .map(|place| place.trim().to_lowercase())
        .filter(|p| !p.is_empty())
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A text, or the number that some applications write in its place.
fn word(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        other => text(other),
    }
}

/// A list of texts, or one text with commas.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(word).collect(),
        Value::String(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

fn count(value: &Value) -> Option<usize> {
    number(value).and_then(|number| usize::try_from(number).ok())
}

fn times(value: &Value) -> u64 {
    number(value).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_i64() == Some(1))
}

fn chance(value: &Value) -> Option<u8> {
    value.as_f64().map(|percent| percent.clamp(0.0, 100.0).round() as u8)
}

#[cfg(test)]
mod tests;
