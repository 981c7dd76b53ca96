//! A line of play as the store needs it: which part of which branch counts.
//! Does not work out which branches those are; that follows from the log.

use crate::domain::PathStep;

/// The branch and the last position of a step as the columns hold them.
pub(super) fn bounds(step: PathStep) -> (u32, i64) {
    (step.branch.get(), step.upto.map_or(i64::MAX, |seq| column(seq.get())))
}

/// A count as SQLite keeps it. What is too big to be kept exactly becomes the biggest number there is.
pub(super) fn column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count read back; a negative one was never written by us and becomes 0.
pub(super) fn count(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}
