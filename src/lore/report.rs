//! What became of each entry that was called, or nearly: told, left out and why, near misses. PURE.
//! It tells people what was chosen; it chooses nothing.

use super::LoreAudience;

/// What activation gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is told, in the order in which it is told.
    pub told: Vec<Chosen>,
    /// What was called and is not told.
    pub skipped: Vec<SkippedEntry>,
    /// What was nearly called.
    pub near: Vec<Near>,
    /// What the macros of those told could not replace.
    pub unknown_macros: Vec<String>,
    /// The seed that chance came from.
    pub seed: u64,
    /// How many bytes are told, and how many may be.
    pub bytes: (usize, usize),
}

/// An entry that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its name across books.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its text, macros replaced.
    pub text: String,
    /// What called it up, in words.
    pub because: String,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// Whether it was called now, rather than kept from before.
    pub called: bool,
}

/// An entry that was called and is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// Its name for people.
    pub label: String,
    /// Why.
    pub why: Skip,
}

/// Why an entry that was called is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// It is turned off.
    #[error("it is turned off")]
    Off,
    /// Its second keys say no.
    #[error("its second keys do not agree")]
    SecondKeys,
    /// A decorator says no.
    #[error("@@{0} keeps it away")]
    Decorator(&'static str),
    /// It is too early.
    #[error("it waits until message {0}")]
    Delay(u64),
    /// It was told not long ago.
    #[error("it was told not long ago")]
    Cooldown,
    /// Chance said no.
    #[error("chance said no ({0} of 100)")]
    Chance(u8),
    /// Another of its group is told.
    #[error("another of the group \"{0}\" is told")]
    Group(String),
    /// It belongs to another place.
    #[error("it belongs to another place")]
    Place,
    /// There is no room.
    #[error("the budget is spent ({0} bytes needed)")]
    Budget(usize),
    /// Nothing is left to tell.
    #[error("it has no text")]
    Empty,
}

/// An entry that was nearly called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its name for people.
    pub label: String,
    /// What was almost there.
    pub what: String,
}

impl Report {
    /// The report for people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let (used, allowed) = self.bytes;
        let mut out = vec![format!("Told: {} ({used} of {allowed} bytes).", self.told.len())];
        let audience = |audience: &LoreAudience| match audience {
            LoreAudience::Table => "",
            LoreAudience::Gm | LoreAudience::Seats(_) => ", not for everybody",
        };
        out.extend(
            self.told.iter().map(|told| format!("+ {}: {}{}", told.label, told.because, audience(&told.audience))),
        );
        out.extend(self.skipped.iter().map(|skipped| format!("- {}: {}", skipped.label, skipped.why)));
        out.extend(self.near.iter().map(|near| format!("~ {}: nearly called, {}", near.label, near.what)));
        out
    }
}
