//! A character card: the JSON of V1, V2 or V3 as it came, what is read from it, and what is wrong with it. PURE.
//! The text is kept letter by letter: whatever this program does not know leaves as it came in.

mod charx;
mod check;
mod convert;
mod fields;
mod parcel;
mod png;
mod proxies;
mod splice;

pub use self::check::{Finding, Weight};
pub use self::fields::{Fields, Reminder};
pub use self::parcel::{CardFault, Carrier, Parcel, open};

use serde_json::Value;

/// The longest text of a card, in bytes.
pub const TEXT_BYTES: usize = 1024 * 1024;
/// The largest picture with a card in it, in bytes.
pub const PNG_BYTES: usize = 16 * 1024 * 1024;
/// The largest archive, packed and unpacked, in bytes.
pub const ARCHIVE_BYTES: usize = 64 * 1024 * 1024;
/// The most members of an archive.
pub const ARCHIVE_MEMBERS: usize = 2_000;

/// Which generation of the format a card is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spec {
    /// A flat object of six texts.
    V1,
    /// `chara_card_v2`: the fields stand under `data`.
    V2,
    /// `chara_card_v3`.
    V3,
}

impl Spec {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
            Self::V3 => "V3",
        }
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    text: String,
    spec: Spec,
    fields: Fields,
    findings: Vec<Finding>,
}

impl Card {
    /// Reads a card's JSON. What is wrong with single fields is in [`Card::findings`]; only what is no card at all, or
    /// names nobody, is refused.
    pub fn read(text: &str) -> Result<Self, CardFault> {
        let text = text.trim_start_matches('\u{feff}');
        if text.len() > TEXT_BYTES {
            return Err(CardFault::TooLarge { what: "the card's text", bytes: text.len(), limit: TEXT_BYTES });
        }
        let value: Value = serde_json::from_str(text).map_err(|failure| CardFault::NotJson(failure.to_string()))?;
        Self::of(text.to_owned(), &value)
    }

    fn of(text: String, value: &Value) -> Result<Self, CardFault> {
        let spec = spec_of(value)?;
        let inner = if spec == Spec::V1 { value } else { &value["data"] };
        let fields = Fields::read(inner);
        if fields.name.trim().is_empty() {
            return Err(CardFault::Nameless(if spec == Spec::V1 { "name" } else { "data.name" }));
        }
        let findings = check::check(value, spec);
        Ok(Self { text, spec, fields, findings })
    }

    /// The JSON, letter by letter as it came.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its generation.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// What is read from it.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What is wrong with it and what is worth knowing.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The card with one field of it changed; every other letter stays. `path` names objects from the top, `value` is
    /// JSON. None if something on the way is no object.
    pub fn with(&self, path: &[&str], value: &Value) -> Option<Self> {
        let text = splice::set(&self.text, path, &value.to_string())?;
        Self::read(&text).ok()
    }

    /// The path of a field by its own name: under `data`, except in a V1 card.
    pub fn path_of<'a>(&self, field: &'a [&'a str]) -> Vec<&'a str> {
        let above: &[&str] = if self.spec == Spec::V1 { &[] } else { &["data"] };
        above.iter().chain(field).copied().collect()
    }

    /// The card as V3.
    pub fn as_v3(&self) -> String {
        convert::to_v3(&self.text, self.spec)
    }

    /// The card as V2; of a V3 card a copy that says what it is.
    pub fn as_v2(&self) -> String {
        convert::to_v2(&self.text, self.spec)
    }
}

fn spec_of(value: &Value) -> Result<Spec, CardFault> {
    let Some(object) = value.as_object() else { return Err(CardFault::NotACard("it is no JSON object")) };
    let wrapped = object.get("data").is_some_and(Value::is_object);
    match object.get("spec").and_then(Value::as_str) {
        Some("lorebook_v3") => Err(CardFault::Lorebook),
        Some("chara_card_v2") if wrapped => Ok(Spec::V2),
        // A newer generation is read as the newest that is known; the findings say so.
        Some(spec) if wrapped && spec.starts_with("chara_card_v") => Ok(Spec::V3),
        Some(_) => Err(CardFault::NotACard("its `spec` is none of a character card, or it has no `data`")),
        None if wrapped && value["data"]["name"].is_string() => Ok(Spec::V2),
        None if object.get("entries").is_some() && !object.contains_key("name") => Err(CardFault::Lorebook),
        None if object.contains_key("name") || object.contains_key("first_mes") => Ok(Spec::V1),
        None => Err(CardFault::NotACard("it has neither a `spec` nor a `name`")),
    }
}

#[cfg(test)]
mod tests;
