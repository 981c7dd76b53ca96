//! The tool `whisper`: words for one seat only.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Deed, Event, SeatId, WHISPER_CHARS};

pub(super) const TOOL: Tool = Tool {
    name: "whisper",
    description: "Tell one player something that nobody else at the table learns: what only their character notices, \
knows or is told. Everyone sees that a letter was handed over, not what it says. Do not repeat it in your reply.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    seat: SeatId,
    text: String,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "seat": { "type": "integer", "minimum": 1, "description": "The number of the player's seat." },
            "text": {
                "type": "string", "minLength": 1, "maxLength": WHISPER_CHARS,
                "description": "What they learn, in the language of the table."
            }
        },
        "required": ["seat", "text"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { seat, text } = read(arguments)?;
    Ok(Request::Deed(Deed::Whisper { to: seat, text }))
}

fn answer(_: &[Event]) -> String {
    "They alone know it now.".to_owned()
}
