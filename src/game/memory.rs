//! Memory: who may note, pin, correct and forget. PURE.
//! Whether there is such a memory, and who knows it, is asked of the store before.

use super::{Happenings, LINE_CHARS, Standing, line};
use crate::domain::{
    Audience, Denied, Doer, GameEvent, MemoryEvent, NOTE_CHARS, Role, TOLD_AT_ONCE, Tier, WorldDenied,
};

pub(super) fn decide(
    standing: Standing<'_>,
    by: Doer,
    what: MemoryEvent,
    audience: Audience,
) -> Result<Happenings, Denied> {
    let host = matches!(by, Doer::Seat(_, Role::Host));
    let what = match what {
        MemoryEvent::Noted { tier, text, characters } => {
            // What a person notes is theirs, whatever they call it; the game master has no pins.
            let tier = match by {
                Doer::Seat(..) => Tier::Pin,
                Doer::Gm => tier,
            };
            let characters = characters.filter(|_| by == Doer::Gm).map(|names| called(&names)).transpose()?;
            MemoryEvent::Noted { tier, text: checked(&text)?, characters }
        }
        MemoryEvent::Told { memory, to } => {
            if by != Doer::Gm {
                return Err(Denied::OnlyTheGmTells);
            }
            if to.is_empty() {
                return Err(Denied::NothingToTell);
            }
            // Which of its own were told what is the game master's affair, whoever knows the memory.
            return Ok(vec![(Audience::Gm, GameEvent::Memory(MemoryEvent::Told { memory, to: called(&to)? }))]);
        }
        MemoryEvent::Fixed { memory, text } if host => MemoryEvent::Fixed { memory, text: checked(&text)? },
        MemoryEvent::Forgotten { memory } if host => MemoryEvent::Forgotten { memory },
        MemoryEvent::Fixed { .. } | MemoryEvent::Forgotten { .. } => return Err(Denied::OnlyHostsCorrect),
        pinned @ MemoryEvent::Pinned { .. } => pinned,
    };
    if let Audience::Seats(seats) = &audience
        && let Some(stranger) = seats.iter().find(|seat| !standing.seats.iter().any(|known| known.id == **seat))
    {
        return Err(Denied::NoSuchSeat(*stranger));
    }
    Ok(vec![(audience, GameEvent::Memory(what))])
}

/// Names of those whom the game master plays.
fn called(names: &[String]) -> Result<Vec<String>, Denied> {
    if names.len() > TOLD_AT_ONCE {
        return Err(WorldDenied::Crowd(TOLD_AT_ONCE).into());
    }
    names.iter().map(|name| line(name).ok_or_else(|| WorldDenied::BadWords(LINE_CHARS).into())).collect()
}

fn checked(text: &str) -> Result<String, Denied> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let chars = text.chars().count();
    if text.is_empty() {
        return Err(Denied::NothingToTell);
    }
    if chars > NOTE_CHARS {
        return Err(Denied::TooLong { chars, limit: NOTE_CHARS });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Deed, EventSeq, Game, MemoryId, SeatId};
    use crate::game::decide;

    #[test]
    fn anyone_pins_and_only_hosts_correct_and_forget() {
        let memory = MemoryId { event: EventSeq::new(7), part: 0 };
        let fixed = MemoryEvent::Fixed { memory, text: " Berta  it is ".to_owned() };
        let seat = |role| Doer::Seat(SeatId::new(1), role);
        let game = Game::default();
        let try_it = |by, what: &MemoryEvent| {
            let standing = Standing { game: &game, seats: &[], kit: Err("none"), cup: None };
            decide(standing, by, Deed::Remember { what: what.clone(), audience: Audience::Table })
        };
        for by in [seat(Role::Player), Doer::Gm] {
            assert_eq!(try_it(by, &fixed), Err(Denied::OnlyHostsCorrect));
            assert_eq!(try_it(by, &MemoryEvent::Forgotten { memory }), Err(Denied::OnlyHostsCorrect));
            assert!(try_it(by, &MemoryEvent::Pinned { memory }).is_ok());
        }
        let told = GameEvent::Memory(MemoryEvent::Fixed { memory, text: "Berta it is".to_owned() });
        assert_eq!(try_it(seat(Role::Host), &fixed), Ok(vec![(Audience::Table, told)]));
        let named = Some(vec!["Odo".to_owned()]);
        let note = MemoryEvent::Noted { tier: Tier::Fact, text: "x".to_owned(), characters: named };
        let pin = GameEvent::Memory(MemoryEvent::Noted { tier: Tier::Pin, text: "x".to_owned(), characters: None });
        assert_eq!(try_it(seat(Role::Player), &note), Ok(vec![(Audience::Table, pin)]));
        assert_eq!(try_it(seat(Role::Spectator), &note), Err(Denied::Spectator));
        let told = |to: &[&str]| MemoryEvent::Told { memory, to: to.iter().map(|name| (*name).to_owned()).collect() };
        let gms = vec![(Audience::Gm, GameEvent::Memory(told(&["Odo"])))];
        assert_eq!(try_it(Doer::Gm, &told(&["Odo"])), Ok(gms));
        assert_eq!(try_it(seat(Role::Host), &told(&["Odo"])), Err(Denied::OnlyTheGmTells));
        assert_eq!(try_it(Doer::Gm, &told(&[])), Err(Denied::NothingToTell));
        assert!(try_it(Doer::Gm, &told(&["two\nlines"])).is_err());
    }
}
