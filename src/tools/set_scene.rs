//! The tool `set_scene`: where and when play is, and what the scene is called.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Deed, Event, WorldDeed};

pub(super) const TOOL: Tool = Tool {
    name: "set_scene",
    description: "Say where play is, when it is in the story, or what the scene is called. What is left out stays as it is. \
Those you play stay behind when the place changes, unless you name them in `with`.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    place: Option<String>,
    time: Option<String>,
    title: Option<String>,
    #[serde(default)]
    with: Vec<String>,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "place": { "type": "string", "minLength": 1, "maxLength": 120, "description": "Where." },
            "time": { "type": "string", "minLength": 1, "maxLength": 120, "description": "When." },
            "title": { "type": "string", "minLength": 1, "maxLength": 80, "description": "A new title of the scene." },
            "with": {
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": 120 },
                "maxItems": 12,
                "description": "Who of those you play is at the new place: those who come along, and those who are met there."
            }
        },
        "required": [],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { place, time, title, with } = read(arguments)?;
    Ok(Request::Deed(Deed::World(WorldDeed::Move { place, time, title, with })))
}

fn answer(_: &[Event]) -> String {
    "Play is there.".to_owned()
}
