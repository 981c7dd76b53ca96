//! Typed reading of merged values that notes every fault and goes on.
//! It knows no key by itself; each section says what it expects.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use figment::value::{Dict, Num, Value};

use super::faults::{ConfigFault, Problem};
use super::merged::Merged;
use super::path::{KeyPath, shown};
use super::schema::{Key, nearest, places, shape_of};
use super::units;

/// How much of a wrong value people are shown.
const SHOWN_VALUE_CHARS: usize = 40;
/// The longest text where a key does not say otherwise.
const MAX_TEXT_BYTES: usize = 4 * 1024;
/// The longest list.
const MAX_ITEMS: usize = 1_000;

/// Reads values and collects what is wrong with them.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    merged: &'a Merged,
    faults: Vec<ConfigFault>,
    /// What is not wrong and should be known.
    notes: Vec<String>,
}

/// A section that is being read; empty where it is not written.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    /// Where it stands.
    pub(super) path: KeyPath,
    dict: Option<&'a Dict>,
}

impl<'a> Section<'a> {
    /// The value of a key; a key without a value is not there.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.dict?.get(key).filter(|value| !matches!(value, Value::Empty(..)))
    }

    /// The keys that are written, with their values, also those without one.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.dict.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }
}

impl<'a> Reader<'a> {
    /// A reader that has found nothing wrong yet.
    pub(super) fn new(merged: &'a Merged) -> Self {
        Self { merged, faults: Vec::new(), notes: Vec::new() }
    }

    /// What was wrong.
    pub(super) fn into_faults(self) -> Vec<ConfigFault> {
        self.faults
    }

    /// Notes something that is not wrong and should be known, in a sentence.
    pub(super) fn note(&mut self, sentence: String) {
        self.notes.push(sentence);
    }

    /// What was noted.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// The values that are read.
    pub(super) fn merged(&self) -> &'a Merged {
        self.merged
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, path: &KeyPath, problem: Problem) {
        let place = self.merged.place(path);
        let key = (!self.merged.says_all(&place, path)).then(|| path.to_string());
        self.faults.push(ConfigFault { place, key, problem });
    }

    /// Notes that a value, which may be shown, is not what is expected.
    pub(super) fn unfit(&mut self, path: &KeyPath, value: &Value, expected: impl Into<String>) {
        self.fault(path, Problem::Unfit { found: found(value), expected: expected.into() });
    }

    /// The top section.
    pub(super) fn root(&mut self, keys: &'static [Key]) -> Section<'a> {
        let section = Section { path: KeyPath::default(), dict: Some(self.merged.root()) };
        self.refuse_strangers(&section, keys);
        section
    }

    /// A section with fixed keys below `key`.
    pub(super) fn section(&mut self, parent: &Section<'a>, key: &str, keys: &'static [Key]) -> Section<'a> {
        let section = self.named(parent, key);
        self.refuse_strangers(&section, keys);
        section
    }

    /// A section below `key` whose keys the host chooses.
    pub(super) fn named(&mut self, parent: &Section<'a>, key: &str) -> Section<'a> {
        let path = parent.path.key(key);
        let dict = parent.get(key).and_then(|value| self.dict(&path, value));
        Section { path, dict }
    }

    /// The sections of a list below `key`.
    pub(super) fn sections(&mut self, parent: &Section<'a>, key: &str, keys: &'static [Key]) -> Vec<Section<'a>> {
        let mut sections = Vec::new();
        for (path, value) in self.items(parent, key) {
            if let Some(dict) = self.dict(&path, value) {
                let section = Section { path, dict: Some(dict) };
                self.refuse_strangers(&section, keys);
                sections.push(section);
            }
        }
        sections
    }

    /// A value that `read` makes something of; where it cannot, `expected` says what it wants.
    pub(super) fn parsed<T>(
        &mut self,
        section: &Section<'a>,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = section.get(key)?;
        let parsed = read(value);
        if parsed.is_none() {
            self.unfit(&section.path.key(key), value, expected);
        }
        parsed
    }

    /// A value that is a text and that `read` makes something of.
    pub(super) fn word<T>(
        &mut self,
        section: &Section<'a>,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        self.parsed(section, key, expected, |value| read(plain_text(value, MAX_TEXT_BYTES)?))
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&mut self, section: &Section<'a>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let expected = format!("one of {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "));
        self.word(section, key, &expected, |text| words.iter().find(|(word, _)| *word == text).map(|(_, one)| *one))
    }

    /// A text of at most `limit` bytes that is not blank.
    pub(super) fn text(&mut self, section: &Section<'a>, key: &str, limit: usize) -> Option<String> {
        let expected = format!("a text of at most {}", units::show_size(limit as u64));
        self.parsed(section, key, &expected, |value| plain_text(value, limit).map(str::to_owned))
    }

    /// A path; a relative one begins at the folder of the file, or at the working folder for a variable.
    pub(super) fn path(&mut self, section: &Section<'a>, key: &str) -> Option<PathBuf> {
        let base = self.merged.base(&section.path.key(key));
        self.word(section, key, "a path, written out (`~` is not understood)", |text| {
            (!text.starts_with('~')).then(|| base.join(text).components().collect())
        })
    }

    /// A whole number.
    pub(super) fn whole(&mut self, section: &Section<'a>, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(section, key, &expected, |value| whole(value).filter(|number| range.contains(number)))
    }

    /// A duration.
    pub(super) fn duration(
        &mut self,
        section: &Section<'a>,
        key: &str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let (from, to) = (units::show_duration(*range.start()), units::show_duration(*range.end()));
        let expected = format!("a duration such as 90s or 5m, from {from} to {to}");
        self.word(section, key, &expected, |text| units::duration(text).filter(|time| range.contains(time)))
    }

    /// A size in bytes.
    pub(super) fn size(&mut self, section: &Section<'a>, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let (from, to) = (units::show_size(*range.start()), units::show_size(*range.end()));
        let expected = format!("a size such as 64KB or 10MB, from {from} to {to}");
        self.parsed(section, key, &expected, |value| {
            let bytes = whole(value).or_else(|| units::size(value.as_str()?));
            bytes.filter(|bytes| range.contains(bytes))
        })
    }

    /// A list of texts, each of which `fits`.
    pub(super) fn texts(
        &mut self,
        section: &Section<'a>,
        key: &str,
        expected: &str,
        fits: fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        section.get(key)?;
        let mut texts = Vec::new();
        for (path, value) in self.items(section, key) {
            match value.as_str().filter(|text| within(text, MAX_TEXT_BYTES) && fits(text)) {
                Some(text) => texts.push(text.to_owned()),
                None => self.unfit(&path, value, expected),
            }
        }
        Some(texts)
    }

    /// The values below `key`: those of a list, or the one that stands there.
    pub(super) fn one_or_more(&mut self, section: &Section<'a>, key: &str) -> Vec<(KeyPath, &'a Value)> {
        match section.get(key) {
            Some(Value::Array(_, items)) if items.is_empty() => {
                let expected = "one name, or a list of at least one".to_owned();
                let problem = Problem::Unfit { found: "an empty list".to_owned(), expected };
                self.fault(&section.path.key(key), problem);
                Vec::new()
            }
            Some(Value::Array(..)) | None => self.items(section, key),
            Some(value) => vec![(section.path.key(key), value)],
        }
    }

    fn items(&mut self, section: &Section<'a>, key: &str) -> Vec<(KeyPath, &'a Value)> {
        let path = section.path.key(key);
        let Some(value) = section.get(key) else { return Vec::new() };
        match value {
            Value::Array(_, items) if items.len() <= MAX_ITEMS => {
                items.iter().enumerate().map(|(index, item)| (path.item(index), item)).collect()
            }
            _ => {
                let found = match value {
                    Value::Array(_, items) => format!("a list of {}", items.len()),
                    _ => kind(value).to_owned(),
                };
                let expected = format!("a list such as [a, b], at most {MAX_ITEMS} long");
                self.fault(&path, Problem::Unfit { found, expected });
                Vec::new()
            }
        }
    }

    fn dict(&mut self, path: &KeyPath, value: &'a Value) -> Option<&'a Dict> {
        if let Value::Dict(_, dict) = value {
            return Some(dict);
        }
        // Its text is not shown: a secret may have slipped one level up.
        let expected = "a section with keys of its own".to_owned();
        self.fault(path, Problem::Unfit { found: kind(value).to_owned(), expected });
        None
    }

    fn refuse_strangers(&mut self, section: &Section<'a>, keys: &'static [Key]) {
        for (key, _) in section.entries().filter(|(key, _)| shape_of(keys, key).is_none()) {
            let problem = match nearest(keys, key) {
                Some(nearest) => Problem::Misspelt { what: "key", nearest: nearest.to_owned() },
                None if !places(super::KEYS, key).is_empty() => {
                    Problem::Elsewhere { place: places(super::KEYS, key).join("` or `") }
                }
                None => {
                    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                    Problem::Unknown { what: "key", expected: format!("one of {}", known.join(", ")) }
                }
            };
            self.fault(&section.path.key(key), problem);
        }
    }
}

/// What a value is, without its content.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_, text) if text.trim().is_empty() => "an empty text",
        Value::String(..) | Value::Char(..) => "a text",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Dict(..) => "a section",
        Value::Array(..) => "a list",
    }
}

/// What a value is, with its content where that is short to say.
fn found(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("\"{}\"", shown(text, SHOWN_VALUE_CHARS)),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, Num::U64(number)) => number.to_string(),
        Value::Num(_, Num::I64(number)) => number.to_string(),
        Value::Num(_, Num::F64(number)) => number.to_string(),
        _ => kind(value).to_owned(),
    }
}

/// The text of a value if it is one, not blank, at most `limit` bytes long and without NUL.
fn plain_text(value: &Value, limit: usize) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty() && within(text, limit))
}

fn within(text: &str, limit: usize) -> bool {
    // A NUL can be in no path and no argument of a program.
    text.len() <= limit && !text.contains('\0')
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Num(_, number) => number.to_u128_lossy().and_then(|number| u64::try_from(number).ok()),
        _ => None,
    }
}
