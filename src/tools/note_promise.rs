//! The tool `note_promise`: a promise that the story is to remember.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Deed, Event, WorldDeed};

pub(super) const TOOL: Tool = Tool {
    name: "note_promise",
    description: "Note a promise that somebody gave, so that it is not forgotten.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    who: String,
    what: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "who": { "type": "string", "minLength": 1, "maxLength": 120, "description": "Who promised." },
            "what": { "type": "string", "minLength": 1, "maxLength": 120, "description": "What, and to whom." }
        },
        "required": ["who", "what"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { who, what } = read(arguments)?;
    Ok(Request::Deed(Deed::World(WorldDeed::Promise { who, what })))
}

fn answer(_: &[Event]) -> String {
    "It is noted.".to_owned()
}
