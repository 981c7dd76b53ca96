//! Looks at every field of a card that the formats define: where it is, what was expected, what was found. PURE.
//! It changes nothing and refuses nothing.

use serde_json::Value;

use super::Spec;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Against the format.
    Wrong,
    /// Worth knowing.
    Note,
}

/// Something about one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// Where: `data.tags[2]`.
    pub path: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Finding {
    pub(super) fn wrong(path: impl Into<String>, expected: &str, found: impl Into<String>) -> Self {
        Self { weight: Weight::Wrong, path: path.into(), expected: expected.to_owned(), found: found.into() }
    }

    fn note(path: impl Into<String>, expected: &str, found: impl Into<String>) -> Self {
        Self { weight: Weight::Note, ..Self::wrong(path, expected, found) }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}", self.path, self.expected, self.found)
    }
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Texts,
    Number,
    Truth,
    Object,
}

use Shape::{Number, Object, Text, Texts, Truth};

const V1: [(&str, Shape); 6] = [
    ("name", Text),
    ("description", Text),
    ("personality", Text),
    ("scenario", Text),
    ("first_mes", Text),
    ("mes_example", Text),
];
const V2: [(&str, Shape); 8] = [
    ("creator_notes", Text),
    ("system_prompt", Text),
    ("post_history_instructions", Text),
    ("alternate_greetings", Texts),
    ("tags", Texts),
    ("creator", Text),
    ("character_version", Text),
    ("extensions", Object),
];
/// Of V3 everything may be missing: applications have long relabelled V2 cards.
const V3: [(&str, Shape); 6] = [
    ("nickname", Text),
    ("creator_notes_multilingual", Object),
    ("group_only_greetings", Texts),
    ("source", Texts),
    ("creation_date", Number),
    ("modification_date", Number),
];
const BOOK: [(&str, Shape); 6] = [
    ("name", Text),
    ("description", Text),
    ("scan_depth", Number),
    ("token_budget", Number),
    ("recursive_scanning", Truth),
    ("extensions", Object),
];
const ENTRY: [(&str, Shape, bool); 12] = [
    ("keys", Texts, true),
    ("content", Text, true),
    ("enabled", Truth, true),
    ("insertion_order", Number, true),
    ("extensions", Object, false),
    ("case_sensitive", Truth, false),
    ("name", Text, false),
    ("priority", Number, false),
    ("comment", Text, false),
    ("selective", Truth, false),
    ("secondary_keys", Texts, false),
    ("constant", Truth, false),
];

/// Everything that is to be said about a card.
pub(super) fn check(card: &Value, spec: Spec) -> Vec<Finding> {
    let mut out = Vec::new();
    if spec == Spec::V1 {
        fields(&mut out, card, "", &V1, true);
        return out;
    }
    labels(&mut out, card, spec);
    let data = &card["data"];
    fields(&mut out, data, "data.", &V1, true);
    fields(&mut out, data, "data.", &V2, true);
    if spec == Spec::V3 {
        fields(&mut out, data, "data.", &V3, false);
        assets(&mut out, &data["assets"]);
    }
    if !data["character_book"].is_null() {
        book(&mut out, &data["character_book"]);
    }
    out
}

fn labels(out: &mut Vec<Finding>, card: &Value, spec: Spec) {
    let (label, version) = if spec == Spec::V3 { ("chara_card_v3", 3.0) } else { ("chara_card_v2", 2.0) };
    if card["spec"] != label {
        out.push(Finding::wrong("spec", &format!("\"{label}\""), kind(&card["spec"])));
    }
    match card["spec_version"].as_str().and_then(|text| text.trim().parse::<f64>().ok()) {
        Some(said) if said > version => {
            out.push(Finding::note(
                "spec_version",
                &format!("\"{version:.1}\""),
                "a newer version; what is known of it is read",
            ));
        }
        Some(said) if said >= version => {}
        _ => out.push(Finding::wrong("spec_version", &format!("\"{version:.1}\""), kind(&card["spec_version"]))),
    }
}

fn fields(out: &mut Vec<Finding>, object: &Value, above: &str, known: &[(&str, Shape)], required: bool) {
    for (key, shape) in known {
        field(out, object, above, key, *shape, required);
    }
}

fn field(out: &mut Vec<Finding>, object: &Value, above: &str, key: &str, shape: Shape, required: bool) {
    let path = format!("{above}{key}");
    match object.get(key) {
        None if required => out.push(Finding::wrong(path, expected(shape), "nothing")),
        None => {}
        Some(value) => {
            if let (Texts, Some(list)) = (shape, value.as_array()) {
                let bad = list.iter().enumerate().filter(|(_, item)| !item.is_string());
                out.extend(bad.map(|(at, item)| Finding::wrong(format!("{path}[{at}]"), "a text", kind(item))));
            } else if !fits(shape, value) {
                out.push(Finding::wrong(path, expected(shape), kind(value)));
            }
        }
    }
}

fn book(out: &mut Vec<Finding>, book: &Value) {
    let above = "data.character_book";
    if !book.is_object() {
        return out.push(Finding::wrong(above, "an object", kind(book)));
    }
    fields(out, book, &format!("{above}."), &BOOK, false);
    let Some(entries) = book["entries"].as_array() else {
        return out.push(Finding::wrong(format!("{above}.entries"), "a list", kind(&book["entries"])));
    };
    for (at, entry) in entries.iter().enumerate() {
        let above = format!("{above}.entries[{at}]");
        if !entry.is_object() {
            out.push(Finding::wrong(above, "an object", kind(entry)));
            continue;
        }
        for (key, shape, required) in ENTRY {
            // Exporters write null for what an entry does not have.
            if required || !entry[key].is_null() {
                field(out, entry, &format!("{above}."), key, shape, required);
            }
        }
    }
}

fn assets(out: &mut Vec<Finding>, assets: &Value) {
    if assets.is_null() {
        return;
    }
    let Some(list) = assets.as_array() else {
        return out.push(Finding::wrong("data.assets", "a list", kind(assets)));
    };
    for (at, asset) in list.iter().enumerate() {
        let above = format!("data.assets[{at}].");
        fields(out, asset, &above, &[("type", Text), ("uri", Text), ("name", Text), ("ext", Text)], true);
        let uri = asset["uri"].as_str().unwrap_or_default();
        let known = ["https://", "data:", "embeded://", "ccdefault:", "__asset:"];
        if !uri.is_empty() && !known.iter().any(|scheme| uri.starts_with(scheme)) {
            out.push(Finding::note(format!("{above}uri"), "https, data, embeded:// or ccdefault:", "another address"));
        }
    }
    let icons: Vec<_> = list.iter().filter(|asset| asset["type"] == "icon").collect();
    if icons.len() > 1 && icons.iter().filter(|icon| icon["name"] == "main").count() != 1 {
        out.push(Finding::wrong(
            "data.assets",
            "exactly one icon named \"main\"",
            format!("{} icons without one", icons.len()),
        ));
    }
}

fn fits(shape: Shape, value: &Value) -> bool {
    match shape {
        Text => value.is_string(),
        Texts => value.is_array(),
        Number => value.is_number(),
        Truth => value.is_boolean(),
        Object => value.is_object(),
    }
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Text => "a text",
        Texts => "a list of texts",
        Number => "a number",
        Truth => "true or false",
        Object => "an object",
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
