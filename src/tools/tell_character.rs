//! The tool `tell_character`: those whom the game master plays are told what they did not see.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Audience, Deed, Event, MemoryEvent, MemoryId, TOLD_AT_ONCE};

pub(super) const TOOL: Tool = Tool {
    name: "tell_character",
    description: "Have it kept that some of those you play were told something that is remembered, away from play or in a \
few words. They know it from then on, by hearsay. What is said before them in play they know without this. Seats learn \
nothing by it. What they were told otherwise than it was, note with `note_fact` as a rumour that they know.",
    arguments,
    read: deed,
    answer: |_: &[Event]| "They know it now, by hearsay.".to_owned(),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    memory: String,
    to: Vec<String>,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "memory": { "type": "string", "minLength": 1, "maxLength": 40, "description": "The number of what they were told, such as 482 or 482.1; `recall` and the notes under `## Remembered` show it." },
            "to": {
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": 120 },
                "minItems": 1,
                "maxItems": TOLD_AT_ONCE,
                "description": "Who was told."
            }
        },
        "required": ["memory", "to"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { memory, to } = read(arguments)?;
    let memory: MemoryId =
        memory.parse().map_err(|bad: crate::domain::BadMemoryId| BadCall::Arguments(bad.to_string()))?;
    Ok(Request::Deed(Deed::Remember { what: MemoryEvent::Told { memory, to }, audience: Audience::Gm }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EventSeq;

    #[test]
    fn a_number_is_read_and_nothing_else_is() {
        let call = |memory: &str| deed(json!({ "memory": memory, "to": ["Odo"] }).as_object().unwrap().clone());
        let Request::Deed(Deed::Remember { what, .. }) = call("#482.1").unwrap() else { panic!() };
        let memory = MemoryId { event: EventSeq::new(482), part: 1 };
        assert_eq!(what, MemoryEvent::Told { memory, to: vec!["Odo".to_owned()] });
        assert!(call("the ring").is_err());
    }
}
