//! The state card of a brief: where, when, who, how they are and what draws near, as the program keeps it. PURE.
//! To a provider that remembers only what moves is told; what was written down once is told with the story.

use super::{Material, Memory, quote};
use crate::domain::{Sheet, SheetOf};

/// Writes the card, if anything is kept.
pub(super) fn section(out: &mut String, material: &Material<'_>) {
    let whole = material.memory == Memory::None;
    let mut card = String::new();
    for player in material.players {
        let (name, seat) = (quote::name(player.name), player.seat);
        quote::block(&mut card, &format!("{name} is played by {}, seat {}", quote::name(&seat.name), seat.id));
    }
    world(&mut card, material, whole);
    for sheet in &material.game.sheets.sheets {
        let line = sheet_line(sheet, whole);
        if !line.is_empty() {
            card.push_str(&format!("[{}]\n", who(material, &sheet.of)));
            quote::block(&mut card, &line);
        }
    }
    if card.is_empty() {
        return;
    }
    out.push_str("## How things stand\n\nThe program keeps this. It is so; tell nothing that it denies.\n\n");
    out.push_str(&card);
    out.push('\n');
}

fn world(card: &mut String, material: &Material<'_>, whole: bool) {
    let world = &material.game.world;
    for (what, value) in [("Place", &world.place), ("Time", &world.time)] {
        if let Some(value) = value {
            quote::block(card, &format!("{what}: {value}"));
        }
    }
    if !world.people.is_empty() {
        let told = world.people.iter().map(|person| match whole {
            true => format!("{} ({})", person.name, person.line),
            false => person.name.clone(),
        });
        quote::block(card, &format!("Known: {}", told.collect::<Vec<_>>().join(", ")));
    }
    for clock in &world.clocks {
        let secret = if clock.secret { ", for you alone" } else { "" };
        quote::block(card, &format!("Clock: {}, {} of {}{secret}", clock.name, clock.filled, clock.segments));
    }
    for promise in world.promises.iter().filter(|_| whole) {
        quote::block(card, &format!("Promise of {}: {}", promise.who, promise.what));
    }
}

fn who(material: &Material<'_>, of: &SheetOf) -> String {
    match of {
        SheetOf::Seat(id) => {
            let name = material.seats.iter().find(|seat| seat.id == *id).map_or("", |seat| seat.name.as_str());
            let mut own = material.players.iter().filter(|player| player.seat.id == *id);
            match own.next().filter(|_| own.next().is_none()) {
                Some(player) => format!("seat {id} · {} · played by {}", quote::name(player.name), quote::name(name)),
                None => format!("seat {id} · {}", quote::name(name)),
            }
        }
        SheetOf::Other(name) => format!("character · {} · for you alone", quote::name(name)),
    }
}

fn sheet_line(sheet: &Sheet, whole: bool) -> String {
    let mut parts: Vec<_> =
        sheet.vitals.iter().map(|vital| format!("{} {} of {}", vital.name, vital.now, vital.max)).collect();
    parts.extend(sheet.conditions.iter().map(|condition| format!("is {}", condition.name)));
    if whole {
        let fields = sheet.fields.iter().map(|(key, value)| (key, value.to_string()));
        parts.extend(fields.filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key} {value}")));
        parts.extend(sheet.items.iter().map(|item| format!("carries {} {}", item.count, item.name)));
    }
    parts.join("; ")
}
