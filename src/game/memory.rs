//! Memory: who may note, pin, correct and forget. PURE.
//! Whether there is such a memory, and who knows it, is asked of the store before.

use super::{Happenings, Standing};
use crate::domain::{Audience, Denied, Doer, GameEvent, MemoryEvent, NOTE_CHARS, Role, Tier};

pub(super) fn decide(
    standing: Standing<'_>,
    by: Doer,
    what: MemoryEvent,
    audience: Audience,
) -> Result<Happenings, Denied> {
    let host = matches!(by, Doer::Seat(_, Role::Host));
    let what = match what {
        MemoryEvent::Noted { tier, text } => {
            // What a person notes is theirs, whatever they call it; the game master has no pins.
            let tier = match by {
                Doer::Seat(..) => Tier::Pin,
                Doer::Gm => tier,
            };
            MemoryEvent::Noted { tier, text: checked(&text)? }
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
            let standing = Standing { game: &game, seats: &[], cup: None };
            decide(standing, by, Deed::Remember { what: what.clone(), audience: Audience::Table })
        };
        for by in [seat(Role::Player), Doer::Gm] {
            assert_eq!(try_it(by, &fixed), Err(Denied::OnlyHostsCorrect));
            assert_eq!(try_it(by, &MemoryEvent::Forgotten { memory }), Err(Denied::OnlyHostsCorrect));
            assert!(try_it(by, &MemoryEvent::Pinned { memory }).is_ok());
        }
        let told = GameEvent::Memory(MemoryEvent::Fixed { memory, text: "Berta it is".to_owned() });
        assert_eq!(try_it(seat(Role::Host), &fixed), Ok(vec![(Audience::Table, told)]));
        let note = MemoryEvent::Noted { tier: Tier::Fact, text: "x".to_owned() };
        let pin = GameEvent::Memory(MemoryEvent::Noted { tier: Tier::Pin, text: "x".to_owned() });
        assert_eq!(try_it(seat(Role::Player), &note), Ok(vec![(Audience::Table, pin)]));
        assert_eq!(try_it(seat(Role::Spectator), &note), Err(Denied::Spectator));
    }
}
