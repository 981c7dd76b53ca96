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
    /// Whether it is a decoy: the program wrote it so that nobody sees who was handed a real one.
    pub fn is_decoy(&self) -> bool {
        self.from == Actor::Program
    }

    /// Who may know of it: both ends, and the game master always.
    pub fn audience(&self) -> Audience {
        let from = match self.from {
            Actor::Seat(seat) => Some(seat),
            Actor::Gm | Actor::Program => None,
        };
        Audience::Seats(from.into_iter().chain([self.to]).collect())
    }
}

/// Somebody read a letter that they were handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterOpened {
    /// The event that holds the letter.
    pub letter: EventSeq,
    /// Who read it.
    pub seat: SeatId,
}

/// What somebody finds who opens a letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Envelope {
    /// It is for them, and this is what it says.
    Yours(Whisper),
    /// It is for somebody else.
    Anothers,
    /// It does not count: undone, or of a turn without an answer.
    Void,
}

/// A whisper as the game remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptWhisper {
    /// The event that told it.
    pub event: EventSeq,
    /// What was told.
    pub whisper: Whisper,
    /// Whether it was read.
    #[serde(default)]
    pub opened: bool,
}
