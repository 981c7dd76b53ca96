//! The tool `look`: how the game stands, as its master knows it.

use std::fmt::Write;

use serde_json::{Value, json};

use super::catalog::{Arguments, BadCall, Request, Tool, read};
use crate::domain::{Event, Fight, Game, Sheet, SheetOf};

pub(super) const TOOL: Tool = Tool {
    name: "look",
    description: "Look at how the game stands: where and when play is, who is there, who was introduced, every sheet with vitals, \
things and conditions, clocks and promises, the order of the fight.",
    arguments,
    read: look,
    answer: |_: &[Event]| String::new(),
};

fn arguments() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

fn look(arguments: Arguments) -> Result<Request, BadCall> {
    read::<serde_json::Map<String, Value>>(arguments)?;
    Ok(Request::Look(tell))
}

/// The state in lines. Names and words in it are data of whoever wrote them.
fn tell(game: &Game) -> String {
    let mut out = String::new();
    let world = &game.world;
    // Writing to a string cannot fail.
    for (what, value) in [("Place", &world.place), ("Time", &world.time)] {
        let _ = value.as_ref().map(|value| writeln!(out, "{what}: {value}"));
    }
    if !world.here.is_empty() {
        let here: Vec<_> = world.here.iter().map(|here| here.name.as_str()).collect();
        let _ = writeln!(out, "Here: {}", here.join(", "));
    }
    for person in &world.people {
        let _ = writeln!(out, "Introduced: {} ({})", person.name, person.line);
    }
    for sheet in &game.sheets.sheets {
        let _ = writeln!(out, "{}", line(sheet));
    }
    for clock in &world.clocks {
        let secret = if clock.secret { ", for you alone" } else { "" };
        let _ = writeln!(out, "Clock: {}, {} of {}{secret}", clock.name, clock.filled, clock.segments);
    }
    for promise in &world.promises {
        let _ = writeln!(out, "Promise of {}: {}", promise.who, promise.what);
    }
    if let Some(fight) = &game.fight {
        let _ = writeln!(out, "{}", fight_line(fight));
    }
    if out.is_empty() { "Nothing is kept yet.".to_owned() } else { out }
}

fn fight_line(fight: &Fight) -> String {
    let places = fight.order().into_iter().map(|place| {
        let mut name = place.name.clone();
        for (so, what) in [
            (fight.moving() == Some(place), " (on move)"),
            (place.hidden, " (hidden, for you alone)"),
            (place.down, " (down)"),
        ] {
            name.push_str(if so { what } else { "" });
        }
        name
    });
    format!("Fight, round {}: {}", fight.round, places.collect::<Vec<_>>().join(", "))
}

fn line(sheet: &Sheet) -> String {
    let mut out = match &sheet.of {
        SheetOf::Seat(seat) => format!("Seat {seat}:"),
        SheetOf::Other(name) => format!("{name}:"),
    };
    for vital in &sheet.vitals {
        let _ = write!(out, " {} {} of {};", vital.name, vital.now, vital.max);
    }
    for (key, value) in &sheet.fields {
        let _ = write!(out, " {key} {value};");
    }
    for item in &sheet.items {
        let _ = write!(out, " carries {} {};", item.count, item.name);
    }
    for condition in &sheet.conditions {
        let _ = write!(out, " is {};", condition.name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Item, SeatId, Vital};

    #[test]
    fn the_state_is_told_in_lines() {
        let mut game = Game::default();
        assert_eq!(tell(&game), "Nothing is kept yet.");
        game.world.place = Some("The mill".to_owned());
        let mut sheet = Sheet::new(SheetOf::Seat(SeatId::new(2)));
        sheet.vitals.push(Vital { name: "hp".to_owned(), now: 7, max: 10 });
        sheet.items.push(Item { name: "torch".to_owned(), count: 2 });
        game.sheets.sheets.push(sheet);
        assert_eq!(tell(&game), "Place: The mill\nSeat 2: hp 7 of 10; carries 2 torch;\n");
    }
}
