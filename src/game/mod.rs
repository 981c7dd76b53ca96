//! The game's rules: what a deed comes to, and how the game stands after an event. PURE.
//! It records nothing and shows nothing; the table's machine does.

pub mod dice;
pub mod fight;
mod memory;
pub mod record;
mod sheet;
pub mod turns;
mod whisper;
mod world;

pub use whisper::with_decoys;
pub(crate) use world::arrive;

/// The longest word or line that sheets and the world take, in characters.
const LINE_CHARS: usize = 120;

use crate::domain::{Audience, Deed, Denied, Doer, EventSeq, Game, GameEvent, Kit, Seat, SheetEvent};

/// What a deed is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The game as it stands.
    pub game: &'a Game,
    /// Who sits at the table.
    pub seats: &'a [Seat],
    /// What sheets hold here; else why that is not known.
    pub kit: Result<&'a Kit, &'a str>,
    /// What a throw is drawn from; none where no scene is open or the table has no dice.
    pub cup: Option<dice::Cup<'a>>,
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
        Deed::OpenLetter { letter } => whisper::decide_open(standing, by, letter),
        Deed::Roll { notation, shown, nonce } => dice::decide_roll(standing, by, &notation, shown, &nonce),
        Deed::Sheet(deed) => Ok(sheet::decide(standing, by, deed)?),
        Deed::World(deed) => Ok(world::decide(standing, by, deed)?),
        Deed::Fight(deed) => fight::decide(standing, by, deed),
        Deed::Turns(deed) => turns::decide(standing, by, deed),
        Deed::AskRoll(request) => dice::decide_request(standing, by, request),
        Deed::Remember { what, audience } => memory::decide(standing, by, what, audience),
        // It is an action as well, so the table's machine sees to it for people.
        Deed::AnswerRoll { .. } => Err(Denied::NotForTheGm),
    }
}

/// Takes in what happened at `event`.
pub fn apply(game: &mut Game, event: EventSeq, happened: &GameEvent) {
    match happened {
        GameEvent::Whispered(whisper) => whisper::apply(game, event, whisper),
        GameEvent::LetterOpened(opened) => whisper::apply_opened(game, opened),
        GameEvent::Rolled(roll) => dice::apply_roll(game, event, roll),
        GameEvent::RollAsked(request) => dice::apply_request(game, event, request),
        // What is taken back is the turn's affair: `table/tale.rs` keeps how the game stands without it.
        GameEvent::TakenBack => {}
        // What is remembered is found in the store, not held at hand.
        GameEvent::SeedShown(_) | GameEvent::Memory(_) => {}
        GameEvent::LoreTold(told) => game.lore.take(told),
        GameEvent::Sheet(happened) => {
            sheet::apply(&mut game.sheets, event, happened);
            if let SheetEvent::Changed(change) = happened {
                fight::apply_condition(game, change);
            }
        }
        GameEvent::World(happened) => world::apply(&mut game.world, event, happened),
        GameEvent::Fight(happened) => fight::apply(game, event, happened),
        GameEvent::Turns(happened) => turns::apply(&mut game.turns, event, happened),
    }
}

/// One line of words, trimmed. None when it is empty, too long or of several lines.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LINE_CHARS && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// A reason as it is kept: one line, cut where it is too long. It may be empty.
fn reason(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(LINE_CHARS).collect()
}
