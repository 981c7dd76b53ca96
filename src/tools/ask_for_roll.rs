//! The tool `ask_for_roll`: a throw that a player makes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Deed, Event, RollRequest, SeatId};

pub(super) const TOOL: Tool = Tool {
    name: "ask_for_roll",
    description: "Ask a player for a roll when the outcome of something risky hangs on it. The program throws; stop before the outcome, \
you are told the result with the next message. Give a notation such as 1d20+3 or 1d20+@might, or the name of a check of this table.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    seat: Option<SeatId>,
    roll: String,
    #[serde(default)]
    why: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "seat": { "type": "integer", "minimum": 1, "description": "Who rolls; without it anybody may." },
            "roll": { "type": "string", "minLength": 1, "maxLength": 512, "description": "What is rolled." },
            "why": { "type": "string", "maxLength": 120, "description": "What it is for." }
        },
        "required": ["roll"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { seat, roll: notation, why } = read(arguments)?;
    Ok(Request::Deed(Deed::AskRoll(RollRequest { seat, notation, why })))
}

fn answer(_: &[Event]) -> String {
    "They are asked. Stop before the outcome.".to_owned()
}
