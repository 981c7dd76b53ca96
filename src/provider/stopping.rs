//! How a program is asked to stop: politely, then firmly, then by killing everything.
//! Sends nothing itself; says which signal the guard gets when.

use std::collections::VecDeque;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::Instant;

use super::guard::KILL_ALL;

/// How much time a program gets to stop by itself, counted from the wish.
#[derive(Clone, Copy, Debug)]
pub struct Grace {
    /// Until the interrupt is followed by a request to terminate.
    pub interrupt: Duration,
    /// Until everything is killed.
    pub terminate: Duration,
}

impl Default for Grace {
    fn default() -> Self {
        Self { interrupt: Duration::from_millis(800), terminate: Duration::from_millis(1200) }
    }
}

impl Grace {
    /// None: everything is killed at once.
    pub const NONE: Self = Self { interrupt: Duration::ZERO, terminate: Duration::ZERO };
}

/// How long after the killing even the guard is killed.
const GUARD_GRACE: Duration = Duration::from_millis(400);

/// The signals still to come, by time.
#[derive(Debug, Default)]
pub(crate) struct Stopping {
    steps: VecDeque<(Instant, Signal)>,
    kill_at: Option<Instant>,
}

impl Stopping {
    /// Plans the stop. A second wish changes nothing unless it leaves less time.
    pub(crate) fn begin(&mut self, now: Instant, grace: Grace) {
        let kill_at = now + grace.terminate;
        if self.kill_at.is_some_and(|planned| planned <= kill_at) {
            return;
        }
        self.kill_at = Some(kill_at);
        self.steps.clear();
        if grace.terminate > Duration::ZERO {
            self.steps.push_back((now, Signal::SIGINT));
            self.steps.push_back((now + grace.interrupt, Signal::SIGTERM));
        }
        self.steps.push_back((kill_at, KILL_ALL));
        self.steps.push_back((kill_at + GUARD_GRACE, Signal::SIGKILL));
    }

    /// When the next signal is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.steps.front().map(|(at, _)| *at)
    }

    /// The next signal, if it is due.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Signal> {
        self.steps.pop_front_if(|(at, _)| *at <= now).map(|(_, signal)| signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(stopping: &mut Stopping, now: Instant) -> Vec<Signal> {
        std::iter::from_fn(|| stopping.next(now)).collect()
    }

    #[test]
    fn politeness_ends_in_killing_within_two_seconds() {
        let now = Instant::now();
        let mut stopping = Stopping::default();
        stopping.begin(now, Grace::default());
        assert_eq!(signals(&mut stopping, now), [Signal::SIGINT]);
        let rest = signals(&mut stopping, now + Duration::from_secs(2));
        assert_eq!(rest, [Signal::SIGTERM, KILL_ALL, Signal::SIGKILL]);
        assert_eq!(stopping.due(), None);
    }

    #[test]
    fn a_second_wish_can_only_hurry() {
        let now = Instant::now();
        let mut stopping = Stopping::default();
        stopping.begin(now, Grace::default());
        signals(&mut stopping, now);
        stopping.begin(now + Duration::from_millis(10), Grace::default());
        assert_eq!(signals(&mut stopping, now + Duration::from_millis(10)), []);
        stopping.begin(now + Duration::from_millis(20), Grace::NONE);
        assert_eq!(signals(&mut stopping, now + Duration::from_millis(20)), [KILL_ALL]);
    }
}
