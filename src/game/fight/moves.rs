//! Whose move comes next, and what the end of a move brings: who is passed over, what lasts for rounds. PURE.
//! It throws nothing and lets nobody in.

use crate::domain::{Audience, Fight, FightEvent, Game, GameEvent, Place, SheetChange, SheetEvent, SheetOf, SheetWhat};
use crate::game::{Happenings, Standing};

/// Whether all who act in a place are down: the vital that setbacks cost, by the kit, is at nothing.
pub(super) fn is_down(standing: Standing<'_>, place: &Place) -> bool {
    let Ok(kit) = standing.kit else { return false };
    let Some(cost) = &kit.setback else { return false };
    let is = |one: &SheetOf| standing.game.sheets.of(one, kit).vital(&cost.vital).is_some_and(|vital| vital.now == 0);
    !place.who.is_empty() && place.who.iter().all(is)
}

/// Lets the next player who can move, past those whose moves the telling holds and past who is down. `leaving` is nobody
/// any more.
pub fn advance(standing: Standing<'_>, fight: &Fight, leaving: Option<&str>) -> Happenings {
    let order = fight.order();
    let moving = fight.moving();
    let start = order.iter().position(|place| moving == Some(place)).unwrap_or(order.len().saturating_sub(1));
    let mut happened = Happenings::new();
    let (mut round, mut to) = (fight.round, None);
    if let Some(moving) = moving {
        count(standing.game, &moving.who, &mut happened);
    }
    for step in 1..=order.len() {
        let at = (start + step) % order.len();
        let place = order[at];
        if at == 0 {
            round += 1;
            count(standing.game, &outsiders(standing.game, fight), &mut happened);
        }
        let down = is_down(standing, place);
        if down != place.down {
            let name = place.name.clone();
            happened.push((place.audience(), GameEvent::Fight(FightEvent::Down { name, down })));
        }
        let leaves = !place.hidden && leaving == Some(place.name.as_str());
        if place.is_players() && !down && !leaves {
            to = Some(place.name.clone());
            break;
        }
        if moving != Some(place) {
            count(standing.game, &place.who, &mut happened);
        }
    }
    happened.push((Audience::Table, GameEvent::Fight(FightEvent::Moved { round, to })));
    happened
}

/// Those who have a sheet and no place in the fight.
fn outsiders(game: &Game, fight: &Fight) -> Vec<SheetOf> {
    let fights = |of: &SheetOf| fight.places.iter().any(|place| place.who.contains(of));
    game.sheets.sheets.iter().map(|sheet| sheet.of.clone()).filter(|of| !fights(of)).collect()
}

/// Counts down what lasts for rounds of those whose move ends. What came in that very move is not counted yet.
fn count(game: &Game, who: &[SheetOf], happened: &mut Happenings) {
    for sheet in game.sheets.sheets.iter().filter(|sheet| who.contains(&sheet.of)) {
        for condition in &sheet.conditions {
            let Some(rounds) = condition.rounds else { continue };
            let left = if condition.fresh { rounds } else { rounds.saturating_sub(1) };
            if left == 0 {
                happened.push(over(&sheet.of, &condition.name, "its rounds are over"));
            } else {
                let (of, condition) = (sheet.of.clone(), condition.name.clone());
                let counted = FightEvent::Counted { of, condition, left };
                happened.push((sheet.of.audience(), GameEvent::Fight(counted)));
            }
        }
    }
}

pub(super) fn over(of: &SheetOf, condition: &str, why: &str) -> (Audience, GameEvent) {
    let what = SheetWhat::Condition { condition: condition.to_owned(), on: false, rounds: None };
    let change = SheetChange { of: of.clone(), what, why: why.to_owned() };
    (of.audience(), GameEvent::Sheet(SheetEvent::Changed(change)))
}
