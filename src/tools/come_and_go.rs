//! The tool `come_and_go`: who of those whom the game master plays is where play is, and so knows what happens there.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, happened, read};
use crate::domain::{Deed, Event, GameEvent, WorldDeed, WorldEvent};

pub(super) const TOOL: Tool = Tool {
    name: "come_and_go",
    description: "Say who of those you play comes to where play is, or leaves. They know what happens while they are there \
and nothing else, unless they are told. Whoever speaks in your reply is there anyway; when a scene ends nobody is.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    #[serde(default)]
    enter: Vec<String>,
    #[serde(default)]
    leave: Vec<String>,
}

fn arguments() -> Value {
    let names = |what: &str| {
        json!({
            "type": "array",
            "items": { "type": "string", "minLength": 1, "maxLength": 120 },
            "maxItems": 12,
            "description": what
        })
    };
    json!({
        "type": "object",
        "properties": { "enter": names("Who comes."), "leave": names("Who leaves.") },
        "required": [],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { enter, leave } = read(arguments)?;
    Ok(Request::Deed(Deed::World(WorldDeed::Presence { enter, leave })))
}

fn answer(events: &[Event]) -> String {
    let told = happened(events).find_map(|event| match event {
        GameEvent::World(WorldEvent::Presence { enter, leave }) => {
            let list = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            Some(format!("Came: {}. Left: {}.", list(enter), list(leave)))
        }
        _ => None,
    });
    told.unwrap_or_default()
}
