//! How a fight stands after an event. PURE.
//! It judges nothing.

use crate::domain::{EventSeq, Fight, FightEvent, Game, Place, SheetChange, SheetWhat, TurnMode};

/// A condition that comes in its bearer's own move is not counted at that move's end.
pub(in crate::game) fn apply_condition(game: &mut Game, change: &SheetChange) {
    let SheetWhat::Condition { condition, on: true, .. } = &change.what else { return };
    let moves = game.fight.as_ref().and_then(Fight::moving).is_some_and(|place| place.who.contains(&change.of));
    let sheet = game.sheets.sheets.iter_mut().find(|sheet| sheet.of == change.of);
    if let Some(condition) = sheet.and_then(|sheet| sheet.conditions.iter_mut().find(|c| c.name == *condition)) {
        condition.fresh = moves;
    }
}

/// Takes a place, or puts it in the stead of the one that has its name.
pub(super) fn put(fight: &mut Fight, place: Place) {
    let there = fight.places.iter_mut().find(|known| known.hidden == place.hidden && known.name == place.name);
    match there {
        Some(there) => *there = place,
        None => fight.places.push(place),
    }
}

pub(in crate::game) fn apply(game: &mut Game, event: EventSeq, happened: &FightEvent) {
    match happened {
        FightEvent::Started => {
            game.fight = Some(Fight::new(event));
            let before = std::mem::replace(&mut game.turns.mode, TurnMode::Initiative);
            (game.turns.before, game.turns.since, game.turns.until) = (Some(before), event, None);
        }
        FightEvent::Ended => {
            game.fight = None;
            let before = game.turns.before.take().unwrap_or_default();
            if game.turns.mode == TurnMode::Initiative {
                (game.turns.mode, game.turns.since) = (before, event);
            }
        }
        FightEvent::Counted { of, condition, left } => {
            let sheet = game.sheets.sheets.iter_mut().find(|sheet| sheet.of == *of);
            if let Some(known) = sheet.and_then(|sheet| sheet.conditions.iter_mut().find(|c| c.name == *condition)) {
                (known.rounds, known.fresh) = (Some(*left), false);
            }
        }
        other => {
            if let Some(fight) = &mut game.fight {
                apply_within(fight, event, other);
            }
        }
    }
}

fn apply_within(fight: &mut Fight, event: EventSeq, happened: &FightEvent) {
    match happened {
        FightEvent::Reserve { throws } => fight.reserve.clone_from(throws),
        FightEvent::Joined { place } => put(fight, place.clone()),
        FightEvent::Revealed { place } => {
            fight.places.retain(|known| !(known.hidden && known.name == place.name));
            put(fight, place.clone());
        }
        FightEvent::Left { name, hidden, who } => {
            for place in fight.places.iter_mut().filter(|place| place.name == *name && place.hidden == *hidden) {
                place.who.retain(|one| !who.contains(one));
            }
            fight.places.retain(|place| !place.who.is_empty());
        }
        FightEvent::Down { name, down } => {
            if let Some(place) = fight.places.iter_mut().find(|place| !place.hidden && place.name == *name) {
                place.down = *down;
            }
        }
        FightEvent::Moved { round, to } => {
            // The first move of all begins the fight; it passes on from nobody.
            fight.moves += u64::from(fight.mover.is_some() || fight.moves > 0);
            (fight.round, fight.moved) = (*round, event);
            fight.mover.clone_from(to);
        }
        FightEvent::Started | FightEvent::Ended | FightEvent::Counted { .. } => {}
    }
}
