//! Sheets in words, for every door: a sheet, what changed of one, and what a player asks to change. PURE.
//! Markdown with what people wrote made harmless; a door without markup takes the marks out.

use crate::domain::{
    FieldValue, Game, GameEvent, Seat, SeatId, Sheet, SheetChange, SheetEvent, SheetOf, SheetWhat, WorldEvent,
};
use crate::format::escape::markdown;

/// What changed, in a line; none where there is nothing to tell.
pub fn happened(what: &GameEvent, event: u64, seats: &[Seat]) -> Option<String> {
    match what {
        GameEvent::Sheet(SheetEvent::Changed(change)) => Some(changed(change, seats)),
        GameEvent::Sheet(SheetEvent::Asked(ask)) => Some(format!(
            "**{}** asks to have {} at {}. A host answers with /sheet allow {event} or /sheet refuse {event}.",
            name(&SheetOf::Seat(ask.seat), seats),
            markdown(&ask.key),
            value(&ask.value)
        )),
        GameEvent::Sheet(SheetEvent::Settled { allowed: false, .. }) => Some("The change was refused.".to_owned()),
        GameEvent::World(WorldEvent::Ticked { clock, .. }) => {
            let (filled, left) = (clock.filled as usize, clock.segments.saturating_sub(clock.filled) as usize);
            Some(format!("**{}** {}{}", markdown(&clock.name), "●".repeat(filled), "○".repeat(left)))
        }
        _ => None,
    }
}

fn changed(change: &SheetChange, seats: &[Seat]) -> String {
    let who = name(&change.of, seats);
    let why = if change.why.is_empty() { String::new() } else { format!(" ({})", markdown(&change.why)) };
    match &change.what {
        SheetWhat::Field { key, now, .. } => format!("**{who}**: {} is {}{why}", markdown(key), value(now)),
        SheetWhat::Vital { vital, was, now, max } => {
            format!("**{who}**: {} {was} → {now} of {max}{why}", markdown(vital))
        }
        SheetWhat::Item { item, was, now } => format!("**{who}**: {} {was} → {now}{why}", markdown(item)),
        SheetWhat::Condition { condition, on: true, rounds } => {
            let rounds = rounds.map_or_else(String::new, |rounds| format!(" for {rounds} rounds"));
            format!("**{who}** is {}{rounds}{why}", markdown(condition))
        }
        SheetWhat::Condition { condition, on: false, .. } => {
            format!("**{who}** is no longer {}{why}", markdown(condition))
        }
    }
}

fn name(of: &SheetOf, seats: &[Seat]) -> String {
    match of {
        SheetOf::Seat(id) => {
            let known = seats.iter().find(|seat| seat.id == *id);
            known.map_or_else(|| format!("Seat {id}"), |seat| markdown(&seat.name))
        }
        SheetOf::Other(name) => markdown(name),
    }
}

fn value(value: &FieldValue) -> String {
    match value.to_string() {
        empty if empty.is_empty() => "nothing".to_owned(),
        words => markdown(&words),
    }
}

/// The sheet of a seat, and what waits to be allowed.
pub fn show(game: &Game, seat: Option<SeatId>, seats: &[Seat]) -> String {
    let found = game.sheets.sheets.iter().find(|sheet| seat.is_some_and(|seat| sheet.of == SheetOf::Seat(seat)));
    let mut lines = match found {
        Some(sheet) => sheet_lines(sheet, seats),
        None => vec!["Nothing stands on that sheet yet. /sheet set writes on it.".to_owned()],
    };
    for kept in &game.sheets.asked {
        let who = name(&SheetOf::Seat(kept.ask.seat), seats);
        let (key, to) = (markdown(&kept.ask.key), value(&kept.ask.value));
        lines.push(format!("Waits for a host: **{who}**, {key} to {to} (/sheet allow {})", kept.event));
    }
    lines.join("\n")
}

fn sheet_lines(sheet: &Sheet, seats: &[Seat]) -> Vec<String> {
    let mut lines = vec![format!("**{}**", name(&sheet.of, seats))];
    lines.extend(sheet.vitals.iter().map(|vital| format!("{}: {} of {}", markdown(&vital.name), vital.now, vital.max)));
    lines.extend(sheet.fields.iter().map(|(key, now)| format!("{}: {}", markdown(key), value(now))));
    let joined = |what: Vec<String>| what.join(", ");
    if !sheet.items.is_empty() {
        let items = sheet.items.iter().map(|item| format!("{} × {}", item.count, markdown(&item.name)));
        lines.push(format!("Carries: {}", joined(items.collect())));
    }
    if !sheet.conditions.is_empty() {
        let conditions = sheet.conditions.iter().map(|condition| markdown(&condition.name));
        lines.push(format!("Is: {}", joined(conditions.collect())));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventSeq, KeptSheetAsk, PersonId, Role, SheetAsk, Vital};

    #[test]
    fn a_sheet_and_its_changes_are_told_harmlessly() {
        let ana = SeatId::new(1);
        let person = PersonId::new("test:ana");
        let seats = [Seat { id: ana, person, name: "*Ana*".to_owned(), role: Role::Player }];
        let what = SheetWhat::Vital { vital: "hp".to_owned(), was: 9, now: 7, max: 10 };
        let change = SheetChange { of: SheetOf::Seat(ana), what, why: "a fall".to_owned() };
        let told = happened(&GameEvent::Sheet(SheetEvent::Changed(change)), 4, &seats);
        assert_eq!(told.as_deref(), Some("**\\*Ana\\***: hp 9 → 7 of 10 (a fall)"));
        let mut game = Game::default();
        assert!(show(&game, Some(ana), &seats).starts_with("Nothing stands"));
        let mut sheet = Sheet::new(SheetOf::Seat(ana));
        sheet.vitals.push(Vital { name: "hp".to_owned(), now: 7, max: 10 });
        game.sheets.sheets.push(sheet);
        let ask = SheetAsk { seat: ana, key: "might".to_owned(), value: FieldValue::Number(3) };
        game.sheets.asked.push_back(KeptSheetAsk { event: EventSeq::new(12), ask });
        assert_eq!(
            show(&game, Some(ana), &seats),
            "**\\*Ana\\***\nhp: 7 of 10\nWaits for a host: **\\*Ana\\***, might to 3 (/sheet allow 12)"
        );
    }
}
