//! The tool `change_inventory`: give somebody something, or take it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, happened, read, whose};
use crate::domain::{Deed, Event, GameEvent, SeatId, SheetChange, SheetDeed, SheetEvent, SheetWhat};

pub(super) const TOOL: Tool = Tool {
    name: "change_inventory",
    description: "Give a character something to carry, or take it away. Nobody gives away more than they have.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    seat: Option<SeatId>,
    name: Option<String>,
    item: String,
    by: i64,
    #[serde(default)]
    why: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "seat": { "type": "integer", "minimum": 1, "description": "The number of the player's seat." },
            "name": { "type": "string", "maxLength": 120, "description": "The name of somebody you introduced, in place of a seat." },
            "item": { "type": "string", "minLength": 1, "maxLength": 120, "description": "What it is." },
            "by": { "type": "integer", "description": "How many are added; below 0 are taken away." },
            "why": { "type": "string", "maxLength": 120, "description": "What caused it, in a few words." }
        },
        "required": ["item", "by"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { seat, name, item, by, why } = read(arguments)?;
    let of = Some(whose(seat, name)?);
    Ok(Request::Deed(Deed::Sheet(SheetDeed::Item { of, item, by, why })))
}

fn answer(events: &[Event]) -> String {
    let told = happened(events).find_map(|event| match event {
        GameEvent::Sheet(SheetEvent::Changed(SheetChange { what: SheetWhat::Item { item, now, .. }, .. })) => {
            Some(format!("They have {now} of {item} now."))
        }
        _ => None,
    });
    told.unwrap_or_default()
}
