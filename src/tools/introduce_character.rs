//! The tool `introduce_character`: somebody new, or a new word on somebody.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Deed, Event, Introduced, WorldDeed};

pub(super) const TOOL: Tool = Tool {
    name: "introduce_character",
    description: "Put somebody whom you play into the state of the game, with one line that everyone may know. The same name again replaces the line.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    name: String,
    line: String,
    #[serde(default = "there")]
    here: bool,
}

fn there() -> bool {
    true
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 120, "description": "The name." },
            "here": { "type": "boolean", "description": "Whether they are where play is; true if left out." },
            "line": { "type": "string", "minLength": 1, "maxLength": 120, "description": "Who they are, in one line." }
        },
        "required": ["name", "line"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { name, line, here } = read(arguments)?;
    Ok(Request::Deed(Deed::World(WorldDeed::Introduce { who: Introduced { name, line }, here })))
}

fn answer(_: &[Event]) -> String {
    "They are known.".to_owned()
}
