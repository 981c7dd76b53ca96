//! The tool `advance_fight`: the move passes on, somebody joins, leaves or shows themselves, or the fight is over.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use super::start_fight::{PlaceCall, answer, places};
use crate::domain::{Deed, FightDeed};

pub(super) const TOOL: Tool = Tool {
    name: "advance_fight",
    description: "Change the fight: `next` passes the move on when a player cannot or will not act (after a player's own \
action the program does that), `join` brings somebody in, `leave` takes somebody out who fled or died, `reveal` shows \
somebody hidden, `end` ends the fight.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Next,
    Join,
    Leave,
    Reveal,
    End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    what: What,
    name: Option<String>,
    #[serde(default)]
    places: Vec<PlaceCall>,
}

fn arguments() -> Value {
    json!({
        "type": "object",
        "properties": {
            "what": { "type": "string", "enum": ["next", "join", "leave", "reveal", "end"], "description": "What happens." },
            "name": { "type": "string", "maxLength": 120, "description": "Who leaves or is revealed." },
            "places": places()
        },
        "required": ["what"],
        "additionalProperties": false
    })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { what, name, places } = read(arguments)?;
    let named = name.ok_or_else(|| BadCall::Arguments("give `name`".to_owned()));
    let deed = match what {
        What::Next => FightDeed::Next,
        What::Join => {
            let places = places.into_iter().map(PlaceCall::enters).collect();
            FightDeed::Join { places, nonce: "gm".to_owned() }
        }
        What::Leave => FightDeed::Leave { name: named? },
        What::Reveal => FightDeed::Reveal { name: named? },
        What::End => FightDeed::End,
    };
    Ok(Request::Deed(Deed::Fight(deed)))
}
