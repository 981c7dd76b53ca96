//! How turns are taken: who may change it, who acts now, and for whom is waited. PURE.
//! It opens no turn and knows no time; the table's machine does.

use super::{Happenings, Standing};
use crate::domain::{
    Audience, Denied, Doer, EventSeq, Floor, Game, GameEvent, Role, Seat, SeatId, TurnMode, Turns, TurnsDeed,
    TurnsDenied, TurnsEvent,
};

/// The longest deadline of a round in minutes, and by post in hours.
const MINUTES: u32 = 24 * 60;
const HOURS: u32 = 14 * 24;

/// What a player does who was waited for long enough: nothing that could cost them anything.
pub const HOLDS_BACK: &str = "(holds back)";

pub(super) fn decide(standing: Standing<'_>, by: Doer, deed: TurnsDeed) -> Result<Happenings, Denied> {
    let is_master = matches!(by, Doer::Gm | Doer::Seat(_, Role::Host));
    let event = match deed {
        TurnsDeed::Set(_) | TurnsDeed::Go if !is_master => return Err(TurnsDenied::NotByYou.into()),
        TurnsDeed::Set(mode) => TurnsEvent::Set { mode: check(standing, mode)? },
        // It opens a turn, so the table's machine sees to it.
        TurnsDeed::Go => return Err(TurnsDenied::NotGathered.into()),
        TurnsDeed::Away { seat, away } => {
            let own = match by {
                Doer::Seat(seat, _) => Some(seat),
                Doer::Gm => None,
            };
            let seat = seat.or(own).ok_or(TurnsDenied::NobodyLit)?;
            if Some(seat) != own && !is_master {
                return Err(TurnsDenied::NotByYou.into());
            }
            if !standing.seats.iter().any(|known| known.id == seat) {
                return Err(Denied::NoSuchSeat(seat));
            }
            if standing.game.turns.away.contains(&seat) == away {
                return Err(TurnsDenied::NoChange.into());
            }
            TurnsEvent::Away { seat, away }
        }
    };
    Ok(vec![(Audience::Table, GameEvent::Turns(event))])
}

fn check(standing: Standing<'_>, mode: TurnMode) -> Result<TurnMode, Denied> {
    let deadline = |given: u32, most: u32, unit| match (1..=most).contains(&given) {
        true => Ok(()),
        false => Err(TurnsDenied::BadDeadline { most, unit }),
    };
    match &mode {
        TurnMode::Initiative if standing.game.fight.is_none() => return Err(TurnsDenied::NoFight.into()),
        TurnMode::Spotlight { seats } => {
            let plays =
                |seat: &SeatId| standing.seats.iter().any(|known| known.id == *seat && known.role != Role::Spectator);
            if seats.is_empty() || !seats.iter().all(plays) {
                return Err(TurnsDenied::NobodyLit.into());
            }
        }
        TurnMode::Round { minutes: Some(minutes) } => deadline(*minutes, MINUTES, "minutes")?,
        TurnMode::Post { hours } => deadline(*hours, HOURS, "hours")?,
        TurnMode::Open | TurnMode::Round { minutes: None } | TurnMode::Initiative => {}
    }
    if standing.game.turns.mode == mode { Err(TurnsDenied::NoChange.into()) } else { Ok(mode) }
}

/// Who acts now.
pub fn floor(game: &Game, seats: &[Seat]) -> Floor {
    match &game.turns.mode {
        TurnMode::Open => Floor::default(),
        TurnMode::Spotlight { seats: lit } => {
            // Nobody waits for whoever only looks on now.
            let lit: Vec<_> = lit.iter().copied().filter(|seat| acts(seats, *seat)).collect();
            Floor { whose: (!lit.is_empty()).then_some(lit), awaited: Vec::new() }
        }
        TurnMode::Round { .. } | TurnMode::Post { .. } => {
            let plays = |seat: &&Seat| seat.role != Role::Spectator && !game.turns.away.contains(&seat.id);
            Floor { whose: None, awaited: seats.iter().filter(plays).map(|seat| seat.id).collect() }
        }
        TurnMode::Initiative => {
            // Where no player can move, nobody is kept from saying something.
            let Some(place) = game.fight.as_ref().and_then(|fight| fight.moving()) else { return Floor::default() };
            let movers: Vec<_> = place.seats().filter(|seat| acts(seats, *seat)).collect();
            if movers.is_empty() {
                return Floor::default();
            }
            // Those who share a place act together.
            let awaited = movers.iter().filter(|seat| !game.turns.away.contains(seat)).copied().collect();
            let awaited = if movers.len() > 1 { awaited } else { Vec::new() };
            Floor { whose: Some(movers), awaited }
        }
    }
}

/// Whether a seat can act: one that is not known here is taken to.
fn acts(seats: &[Seat], seat: SeatId) -> bool {
    seats.iter().find(|known| known.id == seat).is_none_or(|known| known.role != Role::Spectator)
}

pub(super) fn apply(turns: &mut Turns, event: EventSeq, happened: &TurnsEvent) {
    match happened {
        TurnsEvent::Set { mode } => {
            turns.mode.clone_from(mode);
            (turns.since, turns.until) = (event, None);
        }
        TurnsEvent::Clock { until } => turns.until = *until,
        TurnsEvent::Away { seat, away } => {
            turns.away.retain(|known| known != seat);
            if *away {
                turns.away.push(*seat);
            }
        }
    }
}

/// What was gathered is being told: the next exchange waits anew.
pub fn taken(game: &mut Game) {
    game.turns.until = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PersonId;

    #[test]
    fn nobody_waits_for_whoever_only_looks_on_now() {
        let seat = |id, role| Seat { id: SeatId::new(id), person: PersonId::new("test:x"), name: "X".to_owned(), role };
        let seats = [seat(1, Role::Spectator), seat(2, Role::Player)];
        let lit = |lit: &[u32]| {
            let mut game = Game::default();
            game.turns.mode = TurnMode::Spotlight { seats: lit.iter().copied().map(SeatId::new).collect() };
            floor(&game, &seats).whose
        };
        assert_eq!(lit(&[1]), None, "then everybody may act");
        assert_eq!(lit(&[1, 2]), Some(vec![SeatId::new(2)]));
    }
}
