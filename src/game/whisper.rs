//! Whispers: who may tell whom, and how many the game keeps at hand. PURE.

use super::{Happenings, Standing};
use crate::domain::{
    Actor, Denied, Doer, EventSeq, Game, GameEvent, KeptWhisper, LetterOpened, SeatId, WHISPER_CHARS, Whisper,
};

/// How many are kept at hand for the brief; older ones are in the log.
const KEPT: usize = 24;

pub(super) fn decide(standing: Standing<'_>, by: Doer, to: SeatId, text: String) -> Result<Happenings, Denied> {
    let from = match by {
        Doer::Gm => Actor::Gm,
        Doer::Seat(seat, _) => Actor::Seat(seat),
    };
    if from == Actor::Seat(to) {
        return Err(Denied::ToOneself);
    }
    if !standing.seats.iter().any(|known| known.id == to) {
        return Err(Denied::NoSuchSeat(to));
    }
    let text = text.trim().to_owned();
    let chars = text.chars().count();
    if text.is_empty() {
        return Err(Denied::NothingToTell);
    }
    if chars > WHISPER_CHARS {
        return Err(Denied::TooLong { chars, limit: WHISPER_CHARS });
    }
    let whisper = Whisper { from, to, text };
    Ok(vec![(whisper.audience(), GameEvent::Whispered(whisper))])
}

pub(super) fn apply(game: &mut Game, event: EventSeq, whisper: &Whisper) {
    game.whispers.push_back(KeptWhisper { event, whisper: whisper.clone(), opened: false });
    while game.whispers.len() > KEPT {
        game.whispers.pop_front();
    }
}

/// A letter is read by whom it is for. That it is read once more is nothing new.
pub(super) fn decide_open(standing: Standing<'_>, by: Doer, letter: EventSeq) -> Result<Happenings, Denied> {
    let Doer::Seat(seat, _) = by else { return Err(Denied::NoSuchLetter) };
    let theirs = |kept: &&KeptWhisper| kept.event == letter && kept.whisper.to == seat;
    let kept = standing.game.whispers.iter().find(theirs).ok_or(Denied::NoSuchLetter)?;
    if kept.opened {
        return Ok(Vec::new());
    }
    Ok(vec![(kept.whisper.audience(), GameEvent::LetterOpened(LetterOpened { letter, seat }))])
}

pub(super) fn apply_opened(game: &mut Game, opened: &LetterOpened) {
    if let Some(kept) = game.whispers.iter_mut().find(|kept| kept.event == opened.letter) {
        kept.opened = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Audience, Deed, PersonId, Role, Seat, Viewer};
    use crate::game::{apply, decide};

    fn seats() -> Vec<Seat> {
        let seat = |id: u32| Seat {
            id: SeatId::new(id),
            person: PersonId::new(format!("test:{id}")),
            name: format!("Seat {id}"),
            role: Role::Player,
        };
        vec![seat(1), seat(2), seat(3)]
    }

    fn whisper(by: Doer, to: SeatId, text: &str) -> Result<Happenings, Denied> {
        let (game, seats) = (Game::default(), seats());
        decide(
            Standing { game: &game, seats: &seats, kit: Err("none"), cup: None },
            by,
            Deed::Whisper { to, text: text.to_owned() },
        )
    }

    #[test]
    fn a_whisper_is_for_the_two_and_nobody_else_sees_it_kept() {
        let (one, two) = (SeatId::new(1), SeatId::new(2));
        let told = whisper(Doer::Seat(one, Role::Player), two, " The key is fake. ").unwrap();
        let [(audience, event)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(*audience, Audience::Seats(vec![one, two]));
        let mut game = Game::default();
        apply(&mut game, EventSeq::new(7), event);
        for (viewer, sees) in [
            (Viewer::Gm, 1),
            (Viewer::Seat(one), 1),
            (Viewer::Seat(two), 1),
            (Viewer::Seat(SeatId::new(3)), 0),
            (Viewer::Public, 0),
        ] {
            assert_eq!(game.seen_by(viewer).whispers.len(), sees, "{viewer:?}");
        }
    }

    #[test]
    fn a_letter_is_opened_once_and_only_by_whom_it_is_for() {
        let (one, two) = (SeatId::new(1), SeatId::new(2));
        let (mut game, seats) = (Game::default(), seats());
        let letter = EventSeq::new(7);
        let told = whisper(Doer::Gm, two, "The key is fake.").unwrap();
        apply(&mut game, letter, &told[0].1);
        let open = |game: &Game, by: Doer| {
            decide(Standing { game, seats: &seats, kit: Err("none"), cup: None }, by, Deed::OpenLetter { letter })
        };
        for by in [Doer::Seat(one, Role::Host), Doer::Gm] {
            assert_eq!(open(&game, by), Err(Denied::NoSuchLetter), "{by:?}");
        }
        let opened = open(&game, Doer::Seat(two, Role::Player)).unwrap();
        assert_eq!(opened[0].0, Audience::Seats(vec![two]));
        apply(&mut game, EventSeq::new(8), &opened[0].1);
        assert!(game.whispers[0].opened);
        assert_eq!(open(&game, Doer::Seat(two, Role::Player)), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_whispered_is_refused_with_the_reason() {
        let one = SeatId::new(1);
        assert_eq!(whisper(Doer::Seat(one, Role::Host), one, "a"), Err(Denied::ToOneself));
        let nine = SeatId::new(9);
        assert_eq!(whisper(Doer::Gm, nine, "a"), Err(Denied::NoSuchSeat(nine)));
        assert_eq!(whisper(Doer::Gm, one, " \n"), Err(Denied::NothingToTell));
        assert_eq!(whisper(Doer::Seat(one, Role::Spectator), SeatId::new(2), "a"), Err(Denied::Spectator));
        let long = "🐉".repeat(WHISPER_CHARS + 1);
        let too_long = Denied::TooLong { chars: WHISPER_CHARS + 1, limit: WHISPER_CHARS };
        assert_eq!(whisper(Doer::Gm, one, &long), Err(too_long));
    }
}
