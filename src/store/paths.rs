//! A line of play as the store needs it: which part of which branch counts.
//! Does not work out which branches those are; that follows from the log.

use crate::domain::{BranchId, EventSeq};

/// One branch of a path and how far along it the path goes. A path lists the oldest branch first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// Which branch.
    pub branch: BranchId,
    /// Its last event that counts; none is all of them.
    pub upto: Option<EventSeq>,
}

impl PathStep {
    /// The branch and the last position as the columns hold them.
    pub(super) fn bounds(self) -> (u32, i64) {
        (self.branch.get(), self.upto.map_or(i64::MAX, |seq| column(seq.get())))
    }
}

/// A count as SQLite keeps it. What is too big to be kept exactly becomes the biggest number there is.
pub(super) fn column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count read back; a negative one was never written by us and becomes 0.
pub(super) fn count(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}
