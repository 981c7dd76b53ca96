//! The game's rules: what a deed comes to, and how the game stands after an event. PURE.
//! It records nothing and shows nothing; the table's machine does.

mod whisper;

use crate::domain::{Audience, Deed, Denied, Doer, EventSeq, Game, GameEvent, Seat};

/// What a deed is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The game as it stands.
    pub game: &'a Game,
    /// Who sits at the table.
    pub seats: &'a [Seat],
}

/// What happens, each with those who may know of it, in order.
pub type Happenings = Vec<(Audience, GameEvent)>;

/// What a deed comes to.
///
/// # Errors
/// The reason when the rules do not allow it; then nothing happens.
pub fn decide(standing: Standing<'_>, by: Doer, deed: Deed) -> Result<Happenings, Denied> {
    if matches!(by, Doer::Seat(_, crate::domain::Role::Spectator)) {
        return Err(Denied::Spectator);
    }
    match deed {
        Deed::Whisper { to, text } => whisper::decide(standing, by, to, text),
    }
}

/// Takes in what happened at `event`.
pub fn apply(game: &mut Game, event: EventSeq, happened: &GameEvent) {
    match happened {
        GameEvent::Whispered(whisper) => whisper::apply(game, event, whisper),
        GameEvent::LoreTold(told) => game.lore.take(told),
    }
}
