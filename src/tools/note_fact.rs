//! The tool `note_fact`: something to be remembered, as it is or as it is only said, by those who know it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Audience, Deed, Event, MemoryEvent, NOTE_CHARS, SeatId, TOLD_AT_ONCE, Tier};

pub(super) const TOOL: Tool = Tool {
    name: "note_fact",
    description: "Have something remembered for later sessions. A rumour is what is only said to be so. Say who knows \
it: without `known_to` everyone at the table does, an empty list keeps it for you alone.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    text: String,
    #[serde(default)]
    kind: Kind,
    known_to: Option<Vec<SeatId>>,
    characters: Option<Vec<String>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Fact,
    Rumour,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "text": { "type": "string", "minLength": 1, "maxLength": NOTE_CHARS, "description": "What, in a sentence that names everybody it is about." },
            "kind": { "enum": ["fact", "rumour"], "description": "Whether it is so, or only said to be so. A fact if left out." },
            "known_to": {
                "type": "array",
                "items": { "type": "integer", "minimum": 1 },
                "description": "The seats that know it: those who were there or were told."
            },
            "characters": {
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": 120 },
                "maxItems": TOLD_AT_ONCE,
                "description": "Who knows it of those you play. Left out: those who are there, if everyone at the table knows it, else nobody."
            }
        },
        "required": ["text"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { text, kind, known_to, characters } = read(arguments)?;
    let tier = match kind {
        Kind::Fact => Tier::Fact,
        Kind::Rumour => Tier::Rumour,
    };
    let audience = match known_to {
        None => Audience::Table,
        Some(seats) if seats.is_empty() => Audience::Gm,
        Some(seats) => Audience::Seats(seats),
    };
    Ok(Request::Deed(Deed::Remember { what: MemoryEvent::Noted { tier, text, characters }, audience }))
}

fn answer(_: &[Event]) -> String {
    "It is remembered.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience_of(call: &Value) -> Audience {
        match deed(call.as_object().unwrap().clone()).unwrap() {
            Request::Deed(Deed::Remember { audience, .. }) => audience,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_knows_it_is_who_was_named() {
        assert_eq!(audience_of(&json!({ "text": "x" })), Audience::Table);
        assert_eq!(audience_of(&json!({ "text": "x", "known_to": [] })), Audience::Gm);
        let two = Audience::Seats(vec![SeatId::new(2)]);
        assert_eq!(audience_of(&json!({ "text": "x", "kind": "rumour", "known_to": [2] })), two);
        assert!(deed(json!({ "text": "x", "kind": "vow" }).as_object().unwrap().clone()).is_err());
    }
}
