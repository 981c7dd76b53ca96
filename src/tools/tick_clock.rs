//! The tool `tick_clock`: something draws nearer, or is put off.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, happened, read};
use crate::domain::{Deed, Event, GameEvent, WorldDeed, WorldEvent};

pub(super) const TOOL: Tool = Tool {
    name: "tick_clock",
    description: "Move a clock: something that draws near in steps, such as a flood or a hunt. A clock that is not known yet is begun; say its segments then.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    clock: String,
    by: i32,
    segments: Option<u32>,
    #[serde(default)]
    secret: bool,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "clock": { "type": "string", "minLength": 1, "maxLength": 120, "description": "What draws near." },
            "by": { "type": "integer", "minimum": -12, "maximum": 12, "description": "By how many steps; below 0 back." },
            "segments": { "type": "integer", "minimum": 2, "maximum": 12, "description": "How many steps a new clock has." },
            "secret": { "type": "boolean", "description": "Whether a new clock is for you alone." }
        },
        "required": ["clock", "by"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { clock, by, segments, secret } = read(arguments)?;
    Ok(Request::Deed(Deed::World(WorldDeed::Tick { clock, segments, by, secret })))
}

fn answer(events: &[Event]) -> String {
    let told = happened(events).find_map(|event| match event {
        GameEvent::World(WorldEvent::Ticked { clock, .. }) => {
            let full = if clock.filled == clock.segments { " It is full: what it stands for happens now." } else { "" };
            Some(format!("{} of {} steps.{full}", clock.filled, clock.segments))
        }
        _ => None,
    });
    told.unwrap_or_default()
}
