//! Whispers: words for one seat, from the game master or another seat.
//! What a seat whispers to the game master is an action that only those two know of; how it reaches people is each door's matter.

use serde::{Deserialize, Serialize};

use crate::domain::event::Actor;
use crate::domain::ids::{EventSeq, SeatId};
use crate::domain::seat::Audience;

/// The longest whisper, in characters.
pub const WHISPER_CHARS: usize = 1500;

/// Something told to some and not to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whisper {
    /// Who told it.
    pub from: Actor,
    /// Who was told.
    pub to: SeatId,
    /// The words: markdown of whoever wrote them, never trusted.
    pub text: String,
}

impl Whisper {
    /// Who may know of it: both ends, and the game master always.
    pub fn audience(&self) -> Audience {
        let from = match self.from {
            Actor::Seat(seat) => Some(seat),
            Actor::Gm | Actor::Program => None,
        };
        Audience::Seats(from.into_iter().chain([self.to]).collect())
    }
}

/// A whisper as the game remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptWhisper {
    /// The event that told it.
    pub event: EventSeq,
    /// What was told.
    pub whisper: Whisper,
}
