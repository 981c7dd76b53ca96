//! How many turns are kept so that they can be played again.
//! It only names the number; who keeps them is elsewhere.

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};

pub(super) const KEYS: &[Key] = &[Key::new("keep_turns", Shape::Number)];

/// What is kept for replays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// How many of its last turns each table keeps; 0 keeps none.
    pub keep_turns: usize,
}

/// Reads how many turns are kept, of all tables or of the one whose section it is; none if nothing is said.
pub(super) fn read<'a>(reader: &mut Reader<'a>, above: &Section<'a>) -> Option<usize> {
    let section = &reader.section(above, "replay", KEYS);
    reader.whole(section, "keep_turns", 0..=1_000).and_then(|count| usize::try_from(count).ok())
}
