//! What Discord's own headers say about how often something may be asked, and what follows for the next request. PURE.
//! It never waits and never asks; the limits are learned, none is assumed but the one over everything.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Requests of one bot in any second, over all routes; Discord's limit is 50 (topics/rate-limits). The rest is for what
/// overtakes on the way.
const PER_SECOND: usize = 42;
/// What is looked at as a second; a little longer, because requests do not all take the same time to arrive.
const SECOND: Duration = Duration::from_millis(1050);
/// The most routes that are remembered; more than that and those whose window is over are forgotten.
const ROUTES: usize = 2000;

/// Names what is limited together: method, path pattern and channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::door::discord) struct RouteKey(pub(super) String);

/// What an answer says about its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Told {
    /// Requests that are left in this window.
    pub remaining: u32,
    /// When the next window begins.
    pub reset_after: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    remaining: u32,
    ends: Instant,
}

/// All limits known.
#[derive(Debug, Default)]
pub(super) struct Limits {
    windows: HashMap<RouteKey, Window>,
    closed_until: Option<Instant>,
    /// When the last requests went out, the oldest first.
    sent: VecDeque<Instant>,
}

impl Limits {
    /// Takes the right to ask on `route` now, or says how long to wait before trying again. In one step, so that of many
    /// who ask at once only as many go out as may.
    pub(super) fn take(&mut self, route: &RouteKey, now: Instant) -> Result<(), Duration> {
        let pause = self.pause(route, now);
        if pause > Duration::ZERO {
            return Err(pause);
        }
        self.count(route, now);
        Ok(())
    }

    /// How long to wait before the next request on `route`.
    fn pause(&self, route: &RouteKey, now: Instant) -> Duration {
        let closed = self.closed_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let window = self.windows.get(route).filter(|window| window.remaining == 0);
        let own = window.map_or(Duration::ZERO, |window| window.ends.saturating_duration_since(now));
        let oldest = self.sent.front().filter(|_| self.sent.len() >= PER_SECOND);
        let second = oldest.map_or(Duration::ZERO, |oldest| (*oldest + SECOND).saturating_duration_since(now));
        closed.max(own).max(second)
    }

    /// How far apart requests on `route` should lie so that the window lasts: never under `least`.
    pub(super) fn spacing(&self, route: &RouteKey, least: Duration, now: Instant) -> Duration {
        let Some(window) = self.windows.get(route) else { return least };
        let left = window.ends.saturating_duration_since(now);
        (left / (window.remaining + 1)).max(least)
    }

    /// Counts a request that goes out now.
    fn count(&mut self, route: &RouteKey, now: Instant) {
        if self.sent.len() >= PER_SECOND {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if let Some(window) = self.windows.get_mut(route) {
            if window.ends <= now {
                self.windows.remove(route);
            } else {
                window.remaining = window.remaining.saturating_sub(1);
            }
        }
    }

    /// Learns from an answer.
    pub(super) fn learn(&mut self, route: &RouteKey, told: Told, now: Instant) {
        if self.windows.len() > ROUTES {
            self.windows.retain(|_, window| window.ends > now);
        }
        let ends = now + told.reset_after;
        self.windows.insert(route.clone(), Window { remaining: told.remaining, ends });
    }

    /// Learns from a refusal that this route, or everything, is closed for a while.
    pub(super) fn refused(&mut self, route: &RouteKey, after: Duration, everything: bool, now: Instant) {
        if everything {
            self.closed_until = Some(now + after);
        } else {
            self.windows.insert(route.clone(), Window { remaining: 0, ends: now + after });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> RouteKey {
        RouteKey(name.to_owned())
    }

    #[test]
    fn an_empty_window_is_waited_out_and_a_full_one_is_not() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let route = key("edit 7");
        assert_eq!(limits.pause(&route, now), Duration::ZERO);
        limits.learn(&route, Told { remaining: 1, reset_after: Duration::from_secs(3) }, now);
        assert_eq!(limits.pause(&route, now), Duration::ZERO);
        assert_eq!(limits.take(&route, now), Ok(()));
        assert_eq!(limits.take(&route, now), Err(Duration::from_secs(3)));
        assert_eq!(limits.pause(&key("edit 8"), now), Duration::ZERO, "another channel is not limited by it");
        assert_eq!(limits.pause(&route, now + Duration::from_secs(3)), Duration::ZERO);
    }

    #[test]
    fn requests_are_spread_over_what_is_left_of_a_window() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let (route, least) = (key("edit 7"), Duration::from_secs(1));
        assert_eq!(limits.spacing(&route, least, now), least);
        limits.learn(&route, Told { remaining: 1, reset_after: Duration::from_secs(4) }, now);
        assert_eq!(limits.spacing(&route, least, now), Duration::from_secs(2));
        limits.learn(&route, Told { remaining: 4, reset_after: Duration::from_secs(4) }, now);
        assert_eq!(limits.spacing(&route, least, now), least);
    }

    #[test]
    fn a_refusal_for_everything_closes_every_route() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        limits.refused(&key("a"), Duration::from_secs(2), true, now);
        assert_eq!(limits.pause(&key("b"), now), Duration::from_secs(2));
    }

    #[test]
    fn no_second_sees_more_requests_than_a_bot_has_wherever_it_begins() {
        let (mut limits, begin) = (Limits::default(), Instant::now());
        let mut sent = Vec::new();
        for ms in 0..5_000 {
            let now = begin + Duration::from_millis(ms);
            // Bursts of a hundred at odd times, and a trickle in between.
            let wanted = if ms % 777 == 0 { 100 } else { usize::from(ms % 40 == 0) };
            sent.extend((0..wanted).filter(|_| limits.take(&key("a"), now).is_ok()).map(|_| now));
        }
        for from in &sent {
            let within = sent.iter().filter(|at| *at >= from && **at < *from + Duration::from_secs(1)).count();
            assert!(within <= PER_SECOND, "{within} requests in a second");
        }
        assert!(sent.len() > 150, "it does not stop either: {}", sent.len());
    }
}
