//! One generation of the card format from another. PURE.
//! What the other generation does not define stays where it is, letter by letter.

use serde_json::Value;

use super::Spec;
use super::splice::{elements, find, members, quoted, replaced, set, without};

/// The fields of V3 that an application for V2 would only carry along; assets can be large.
const V3_ONLY: [&str; 7] = [
    "nickname",
    "creator_notes_multilingual",
    "group_only_greetings",
    "source",
    "creation_date",
    "modification_date",
    "assets",
];
const V1_FIELDS: [&str; 6] = ["name", "description", "personality", "scenario", "first_mes", "mes_example"];
/// Stands first in the creator's notes of a copy.
const COPY: &str = "This is the V2 copy of a V3 card; some of the card is only in the V3 part.";

/// The card as V3.
pub(super) fn to_v3(text: &str, spec: Spec) -> String {
    match spec {
        Spec::V3 => text.to_owned(),
        Spec::V2 => relabelled(text, "chara_card_v3", "3.0")
            .and_then(|text| match find(&text, &["data", "group_only_greetings"]) {
                Some(_) => Some(text),
                None => set(&text, &["data", "group_only_greetings"], "[]"),
            })
            .unwrap_or_else(|| text.to_owned()),
        Spec::V1 => wrapped(text, "chara_card_v3", "3.0"),
    }
}

/// The card as V2.
pub(super) fn to_v2(text: &str, spec: Spec) -> String {
    match spec {
        Spec::V2 => text.to_owned(),
        Spec::V1 => wrapped(text, "chara_card_v2", "2.0"),
        Spec::V3 => copy(text).unwrap_or_else(|| text.to_owned()),
    }
}

fn relabelled(text: &str, spec: &str, version: &str) -> Option<String> {
    set(text, &["spec"], &quoted(spec)).and_then(|text| set(&text, &["spec_version"], &quoted(version)))
}

/// A V1 card keeps its members where they are and gets the newer form beside them: readers of either find theirs.
fn wrapped(text: &str, spec: &str, version: &str) -> String {
    let value = |key: &&str| find(text, &[key]).map_or("\"\"", |place| &text[place]).to_owned();
    let old = V1_FIELDS.iter().map(|key| format!("\"{key}\":{}", value(key))).collect::<Vec<_>>().join(",");
    let more = "\"creator_notes\":\"\",\"system_prompt\":\"\",\"post_history_instructions\":\"\",\
\"alternate_greetings\":[],\"tags\":[],\"creator\":\"\",\"character_version\":\"\",\"extensions\":{}";
    let newer = if spec == "chara_card_v3" { ",\"group_only_greetings\":[]" } else { "" };
    relabelled(text, spec, version)
        .and_then(|text| set(&text, &["data"], &format!("{{{old},{more}{newer}}}")))
        .unwrap_or_else(|| text.to_owned())
}

fn copy(text: &str) -> Option<String> {
    let text = relabelled(text, "chara_card_v2", "2.0")?;
    let text = without(&text, &["data"], &V3_ONLY)?;
    let notes = find(&text, &["data", "creator_notes"])
        .and_then(|place| serde_json::from_str::<Value>(&text[place]).ok())
        .and_then(|notes| notes.as_str().map(str::to_owned))
        .unwrap_or_default();
    let notes = if notes.is_empty() { COPY.to_owned() } else { format!("{COPY}\n\n{notes}") };
    let text = set(&text, &["data", "creator_notes"], &quoted(&notes))?;
    Some(undecorated(&text).unwrap_or(text))
}

/// The text with the decorators taken out of the book's entries, which V2 would tell as prose.
fn undecorated(text: &str) -> Option<String> {
    let entries = find(text, &["data", "character_book", "entries"])?;
    let mut changes = Vec::new();
    for entry in elements(text, entries.start)? {
        let Some((members, _)) = members(text, entry.start) else { continue };
        let Some(content) = members.into_iter().rfind(|member| member.key == "content") else { continue };
        let Ok(Value::String(told)) = serde_json::from_str(&text[content.value.clone()]) else { continue };
        let bare = crate::lore::without_decorators(&told);
        if bare != told {
            changes.push((content.value, quoted(bare)));
        }
    }
    Some(replaced(text, &changes))
}
