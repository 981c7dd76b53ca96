//! Letters in words, for every door: the envelope that everyone sees, and what it says to whoever opens it.
//! It decides nobody's right to read; the table does.

use crate::domain::{Actor, Seat, SeatId};

/// Somebody was handed a letter: all that everyone is told. Not even who wrote a player's note is.
pub fn envelope(by: Actor) -> &'static str {
    match by {
        Actor::Gm | Actor::Program => "✉️ The game master hands somebody a sealed letter.",
        Actor::Seat(_) => "✉️ A folded note changes hands.",
    }
}

/// Who wrote a letter.
pub fn author(by: Actor, seats: &[Seat]) -> String {
    match by {
        Actor::Gm | Actor::Program => "the game master".to_owned(),
        Actor::Seat(seat) => name(seat, seats),
    }
}

/// A seat's name, as people wrote it.
pub fn name(seat: SeatId, seats: &[Seat]) -> String {
    seats.iter().find(|known| known.id == seat).map_or_else(|| "somebody".to_owned(), |seat| seat.name.clone())
}

/// What is found in a letter that is for somebody else. The same for the same letter and the same reader, so that opening
/// it twice tells nothing either.
pub fn blank(letter: u64, reader: &str) -> &'static str {
    const LINES: [&str; 5] = [
        "The seal gives way. The page inside is blank to you: this one is meant for somebody else.",
        "You turn the letter over and over. The words in it are for other eyes.",
        "The ink swims and settles into nothing you can read. It is not for you.",
        "A single sheet, folded twice, and nothing on it that you can make out. Somebody else will.",
        "You hold it to the light. Whoever it is for would see more.",
    ];
    let mixed = reader.bytes().fold(letter, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    LINES[usize::try_from(mixed % LINES.len() as u64).unwrap_or(0)]
}

/// A letter that does not count any more.
pub const VOID: &str = "This letter was never delivered: its turn was taken back or was not answered, so what it said did not happen. \
    If it still matters, another one comes.";
