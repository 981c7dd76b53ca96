//! Timed state: which entries were called when, along a line of play. PURE.
//! It is folded from what the log says was told; the same log gives the same state.

use super::Entry;
use crate::domain::LoreMarks;

/// How time stands for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// Nothing speaks for it or against it.
    Free,
    /// It stays, because it was called not long ago.
    Stays,
    /// It stays away, because it was told not long ago.
    Away,
}

/// How time stands for an entry at the message `now`.
pub(super) fn time(marks: &LoreMarks, name: &str, entry: &Entry, now: u64) -> Time {
    let Some(last) = marks.last(name) else { return Time::Free };
    if entry.decorators.keep {
        return Time::Stays;
    }
    let since = now.saturating_sub(last);
    match () {
        () if since == 0 => Time::Free,
        () if entry.decorators.once => Time::Away,
        () if since <= entry.sticky => Time::Stays,
        () if since <= entry.sticky.saturating_add(entry.cooldown) => Time::Away,
        () => Time::Free,
    }
}
