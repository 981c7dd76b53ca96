//! Whether a channel lets the bot do its work: what keeps it from that, since when, and what could not be said meanwhile.
//! It asks Discord nothing and has no words for it; those are in `wording.rs`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{ErrorId, Timestamp};

/// What keeps the bot from writing in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no such channel (any more).
    NoChannel,
    /// The bot does not see it.
    NotSeen,
    /// The bot lacks a permission there.
    NotAllowed,
    /// It is a thread that was locked.
    Locked,
}

impl Why {
    /// What a code of Discord's means for the whole channel (topics/opcodes-and-status-codes, "JSON"); none where it
    /// is about one request only.
    pub(super) fn of(code: u64) -> Option<Self> {
        match code {
            10_003 => Some(Self::NoChannel),
            50_001 => Some(Self::NotSeen),
            50_013 => Some(Self::NotAllowed),
            // A thread that only sleeps wakes when something is sent there.
            50_083 | 160_005 => Some(Self::Locked),
            _ => None,
        }
    }
}

/// Something keeps the bot from writing in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What.
    pub why: Why,
    /// The permissions that are missing, by Discord's names, where that could be found out.
    pub missing: Vec<&'static str>,
    /// Finds it in the log.
    pub error: ErrorId,
    /// When it was noticed.
    pub since: Timestamp,
    /// How many replies did not get through.
    pub unsaid: u32,
}

/// How one channel is.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Trouble>>);

impl Health {
    /// What is wrong now.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.lock().clone()
    }

    /// Notes a trouble; false if the same is known already, so that it is told once.
    pub(super) fn begin(&self, why: Why, error: ErrorId, since: Timestamp) -> bool {
        let mut state = self.lock();
        if state.as_ref().is_some_and(|known| known.why == why) {
            return false;
        }
        let unsaid = state.as_ref().map_or(0, |known| known.unsaid);
        *state = Some(Trouble { why, missing: Vec::new(), error, since, unsaid });
        true
    }

    /// Notes which permissions are missing.
    pub(super) fn lacks(&self, missing: Vec<&'static str>) {
        if let Some(trouble) = self.lock().as_mut() {
            trouble.missing = missing;
        }
    }

    /// A reply did not get through.
    pub(super) fn unsaid(&self) {
        if let Some(trouble) = self.lock().as_mut() {
            trouble.unsaid += 1;
        }
    }

    /// Something got through; gives the trouble that is over.
    pub(super) fn over(&self) -> Option<Trouble> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Trouble>> {
        // It is replaced as a whole, so it cannot be left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_trouble_is_told_once_until_it_is_over() {
        let (health, at) = (Health::default(), Timestamp::from_millis(1));
        let begin = |why| health.begin(why, ErrorId::new("E-1"), at);
        assert!(begin(Why::NotAllowed));
        assert!(!begin(Why::NotAllowed));
        health.unsaid();
        assert!(begin(Why::NoChannel), "another trouble is told too");
        assert_eq!(health.over().map(|trouble| trouble.unsaid), Some(1));
        assert_eq!(health.over(), None);
        assert!(begin(Why::NoChannel));
    }

    #[test]
    fn a_refusal_of_one_message_is_no_trouble_of_the_channel() {
        for code in [0, 10_008, 30_046, 50_035, 160_002] {
            assert_eq!(Why::of(code), None, "{code}");
        }
        assert_eq!(Why::of(50_013), Some(Why::NotAllowed));
    }
}
