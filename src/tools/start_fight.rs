//! The tool `start_fight`: a fight begins, in the order that the program throws.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, happened, read};
use crate::domain::{Deed, Enters, Event, FightDeed, FightEvent, GameEvent, SeatId, SheetOf};

pub(super) const TOOL: Tool = Tool {
    name: "start_fight",
    description: "Begin a fight. The program throws initiative for everyone; you cannot. Players you do not name have a \
place of their own. From then on only the player on move is heard; in each reply tell that player's action, then the \
moves of those you play up to the next player. The program passes the move on by itself. Nobody else learns of who is \
hidden: never hint at them, nor at how many.",
    arguments,
    read: deed,
    answer,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    #[serde(default)]
    places: Vec<PlaceCall>,
}

/// One place in the order, as `start_fight` and `advance_fight` take it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceCall {
    name: Option<String>,
    #[serde(default)]
    seats: Vec<SeatId>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    bonus: i64,
    #[serde(default)]
    hidden: bool,
}

impl PlaceCall {
    pub(super) fn enters(self) -> Enters {
        let Self { name, seats, members, bonus, hidden } = self;
        let who = seats.into_iter().map(SheetOf::Seat).chain(members.into_iter().map(SheetOf::Other)).collect();
        Enters { name, who, bonus, hidden }
    }
}

/// How places are written in both tools.
pub(super) fn places() -> Value {
    json!({
        "type": "array", "maxItems": 24,
        "description": "Places in the order; those in one place act together.",
        "items": {
            "type": "object",
            "properties": {
                "name": { "type": "string", "maxLength": 120, "description": "What the place is called; without members this is who acts there." },
                "seats": { "type": "array", "items": { "type": "integer", "minimum": 1 }, "description": "Players who act there together." },
                "members": { "type": "array", "items": { "type": "string", "maxLength": 120 }, "description": "Names of those you play who act there together." },
                "bonus": { "type": "integer", "minimum": -20, "maximum": 20, "description": "Added to the throw of those you play." },
                "hidden": { "type": "boolean", "description": "Only you know of them, until they are revealed." }
            },
            "additionalProperties": false
        }
    })
}

fn arguments() -> Value {
    json!({ "type": "object", "properties": { "places": places() }, "additionalProperties": false })
}

fn deed(arguments: Arguments) -> Result<Request, BadCall> {
    let Call { places } = read(arguments)?;
    let places = places.into_iter().map(PlaceCall::enters).collect();
    // A model draws nothing: what it could choose is no part of the throw.
    Ok(Request::Deed(Deed::Fight(FightDeed::Start { places, nonce: "gm".to_owned() })))
}

/// Who took a place and whose move it is.
pub(super) fn answer(events: &[Event]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for event in happened(events) {
        match event {
            GameEvent::Fight(FightEvent::Joined { place }) => {
                let hidden = if place.hidden { ", hidden" } else { "" };
                lines.push(format!("{}: {}{hidden}.", place.name, place.initiative));
            }
            GameEvent::Fight(FightEvent::Moved { round, to }) => lines.push(match to {
                Some(to) => format!(
                    "Round {round}: {to} moves. Wait for what they do; the moves of those before them belong to that reply."
                ),
                None => "No player can move.".to_owned(),
            }),
            _ => {}
        }
    }
    if lines.is_empty() { "It is so.".to_owned() } else { lines.join("\n") }
}
