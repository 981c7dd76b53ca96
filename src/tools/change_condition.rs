//! The tool `change_condition`: something befalls somebody, or is over.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read, whose};
use crate::domain::{Deed, Event, SeatId, SheetDeed};

pub(super) const TOOL: Tool = Tool {
    name: "change_condition",
    description: "Say that a condition such as being hurt or bound befalls a character, or is over.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    seat: Option<SeatId>,
    name: Option<String>,
    condition: String,
    on: bool,
    rounds: Option<u32>,
    #[serde(default)]
    why: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "seat": { "type": "integer", "minimum": 1, "description": "The number of the player's seat." },
            "name": { "type": "string", "maxLength": 120, "description": "The name of somebody you introduced, in place of a seat." },
            "condition": { "type": "string", "minLength": 1, "maxLength": 60, "description": "Which condition." },
            "on": { "type": "boolean", "description": "Whether they have it from now on." },
            "rounds": { "type": "integer", "minimum": 1, "description": "For how many rounds of a fight; without it until it is taken away." },
            "why": { "type": "string", "maxLength": 120, "description": "What caused it, in a few words." }
        },
        "required": ["condition", "on"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { seat, name, condition, on, rounds, why } = read(arguments)?;
    let of = whose(seat, name)?;
    Ok(Request::Deed(Deed::Sheet(SheetDeed::Condition { of, condition, on, rounds, why })))
}

fn answer(_: &[Event]) -> String {
    "It is so.".to_owned()
}
