//! The tool `change_vital`: hurt, heal or tire somebody.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, happened, read, whose};
use crate::domain::{Deed, Event, GameEvent, SeatId, SheetChange, SheetDeed, SheetEvent, SheetWhat};

pub(super) const TOOL: Tool = Tool {
    name: "change_vital",
    description: "Change a vital such as hit points, of a player's character by seat or of somebody you introduced by name. It stays \
between 0 and its maximum. The table sees the vitals of players; those of others are for you alone.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    seat: Option<SeatId>,
    name: Option<String>,
    vital: String,
    by: i64,
    max: Option<i64>,
    #[serde(default)]
    why: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "seat": { "type": "integer", "minimum": 1, "description": "The number of the player's seat." },
            "name": { "type": "string", "maxLength": 120, "description": "The name of somebody you introduced, in place of a seat." },
            "vital": { "type": "string", "maxLength": 60, "description": "Which vital, as the sheets call it." },
            "by": { "type": "integer", "description": "How much is added; below 0 is taken away." },
            "max": { "type": "integer", "minimum": 1, "description": "A new maximum, where that changes." },
            "why": { "type": "string", "maxLength": 120, "description": "What caused it, in a few words." }
        },
        "required": ["vital", "by"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { seat, name, vital, by, max, why } = read(arguments)?;
    let of = whose(seat, name)?;
    Ok(Request::Deed(Deed::Sheet(SheetDeed::Vital { of, vital, by, max, why })))
}

fn answer(events: &[Event]) -> String {
    let told = happened(events).find_map(|event| match event {
        GameEvent::Sheet(SheetEvent::Changed(SheetChange {
            what: SheetWhat::Vital { vital, was, now, max }, ..
        })) => Some(format!("{vital} went from {was} to {now} of {max}.")),
        _ => None,
    });
    told.unwrap_or_default()
}
