//! The state card of a brief: where, when, who, how they are and what draws near, as the program keeps it. PURE.
//! To a provider that remembers only what moves is told; what was written down once is told with the story.

use super::{Material, Memory, quote};
use crate::domain::{Fight, Here, Place, Sheet, SheetOf, TurnMode, goes_by};

/// How many of those who are there are told.
const PRESENT: usize = 8;

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
    if let Some(fight) = &material.game.fight {
        places(&mut card, fight);
    }
    if card.is_empty() {
        return turns(out, material);
    }
    out.push_str("## How things stand\n\nThe program keeps this. It is so; tell nothing that it denies.\n\n");
    out.push_str(&card);
    out.push('\n');
    turns(out, material);
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
    let here = present(material);
    if !here.is_empty() {
        let told = here.iter().map(|here| since(material, here)).collect::<Vec<_>>();
        quote::block(card, &format!("Here, played by you: {}", told.join(", ")));
    }
    for clock in &world.clocks {
        let secret = if clock.secret { ", for you alone" } else { "" };
        quote::block(card, &format!("Clock: {}, {} of {}{secret}", clock.name, clock.filled, clock.segments));
    }
    for promise in world.promises.iter().filter(|_| whole) {
        quote::block(card, &format!("Promise of {}: {}", promise.who, promise.what));
    }
}

/// Who is there of those whom the game master plays; the newest, as many as are told.
pub(super) fn present<'a>(material: &Material<'a>) -> Vec<&'a Here> {
    let played = |name: &str| material.players.iter().any(|player| goes_by(player.name, name));
    let mut here: Vec<_> =
        material.game.world.here.iter().rev().filter(|here| !played(&here.name)).take(PRESENT).collect();
    here.reverse();
    here
}

/// Somebody who is there, and after what they came.
fn since(material: &Material<'_>, here: &Here) -> String {
    let before = material.tale.recent.iter().rev().find(|beat| beat.event < here.since);
    match before {
        Some(beat) => format!("{} (saw nothing up to turn {})", here.name, beat.turn),
        None => here.name.clone(),
    }
}

/// The order of a fight, with whoever is hidden, as its master knows it.
fn places(card: &mut String, fight: &Fight) {
    let places = fight.order().into_iter().map(|place| {
        let moves = if fight.moving() == Some(place) { ", on move" } else { "" };
        let hidden = if place.hidden { ", hidden, for you alone" } else { "" };
        let down = if place.down { ", down" } else { "" };
        format!("{} ({}{moves}{hidden}{down})", place.name, place.initiative)
    });
    quote::block(card, &format!("Fight, round {}: {}", fight.round, places.collect::<Vec<_>>().join("; ")));
    let (told, next) = fight.to_tell();
    let names = |places: &[&Place]| places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join("; ");
    if !told.is_empty() {
        quote::block(card, &format!("Their moves belong to this reply: {}", names(&told)));
    }
    if let Some(next) = next {
        quote::block(card, &format!("After this reply the move is with: {}", next.name));
    }
}

/// What the way in which turns are taken asks of the reply.
fn turns(out: &mut String, material: &Material<'_>) {
    let sentence = match (&material.game.turns.mode, &material.game.fight) {
        (TurnMode::Initiative, Some(_)) => {
            "A fight goes on in that order. Tell what comes of the action of whoever is on move, then the moves of those \
             named above as belonging to this reply, and stop before the next player. Never act for that player. Who is \
             hidden stays unmentioned, and how many they are.\n\n"
        }
        (TurnMode::Round { .. } | TurnMode::Post { .. }, _) => {
            "All of the actions happen at the same time. Resolve them together. Whoever holds back does nothing that could \
             cost them anything; decide nothing for them.\n\n"
        }
        _ => return,
    };
    out.push_str(sentence);
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
