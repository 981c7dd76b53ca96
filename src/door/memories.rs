//! Words about what a table remembers, for every door, and what people type to change it. PURE.
//! Who may know and change what is the table's to say.

use crate::domain::MemoryId;
use crate::table::MemoryChange;

/// A search that found nothing.
pub const NOTHING: &str = "Nothing is remembered of that, as far as you may know.";
/// Why the last turn was told something, before there was one.
pub const NO_TURN: &str = "No turn was told yet, so there is nothing to say about the last one.";
/// The same of lore.
pub const NO_LORE: &str = "The last turn was told of no lorebook, or there is nothing of it that you may know.";
/// What is no number of a memory.
pub const NO_NUMBER: &str = "A memory has a number such as 482 or 482.1; /memory search shows it.";
/// A change was made.
pub const CHANGED: &str = "Done. The game master is told so from now on.";
/// Nothing has happened yet that could be told again.
pub const NO_STORY: &str = "No story has been written yet. Play a turn first.";

/// A number is pinned, anything else is remembered as it is.
pub fn pin(what: String) -> MemoryChange {
    what.parse().map_or_else(|_| MemoryChange::Note(what), MemoryChange::Pin)
}

/// What `forget` is said of.
pub fn forget(number: &str) -> Option<MemoryChange> {
    number.parse().ok().map(MemoryChange::Forget)
}

/// What is right instead of a memory.
pub fn fix(number: &str, text: &str) -> Option<MemoryChange> {
    number.parse::<MemoryId>().ok().map(|id| MemoryChange::Fix(id, text.to_owned()))
}
