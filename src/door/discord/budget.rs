//! How often the bot may connect anew without using up the connections that Discord gives it for a day. PURE.
//! It asks nobody and keeps nothing; Discord's figures and the time are arguments.

use std::time::Duration;

use serde_json::Value;

use crate::domain::Timestamp;

/// What is left of the day's connections (events/gateway, "Session Start Limit Object").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    total: u64,
    remaining: u64,
    reset_after: Duration,
}

impl Budget {
    /// Reads the answer of `GET /gateway/bot`; none where it does not say.
    pub(super) fn read(gateway: &Value) -> Option<Self> {
        let limit = &gateway["session_start_limit"];
        let reset_after = Duration::from_millis(limit["reset_after"].as_u64().unwrap_or(0));
        Some(Self { total: limit["total"].as_u64()?, remaining: limit["remaining"].as_u64()?, reset_after })
    }

    /// Whether nothing is left; then in how many hours there is something again.
    pub(super) fn spent(&self) -> Option<u64> {
        (self.remaining == 0).then(|| self.reset_after.as_secs().div_ceil(3600))
    }

    /// How far apart connections have to lie so that what is left lasts. The first tenth of a day's may be used at once:
    /// an evening of trying things out needs no waiting, and a program that ends as soon as it has begun does.
    fn spacing(&self) -> Duration {
        let used = self.total.saturating_sub(self.remaining);
        if used * 10 < self.total {
            return Duration::ZERO;
        }
        self.reset_after / u32::try_from(self.remaining.max(1)).unwrap_or(u32::MAX)
    }

    /// How long to wait with the next connection, when the last one was made at `last`.
    pub(super) fn wait(&self, last: Option<Timestamp>, now: Timestamp) -> Duration {
        let Some(last) = last else { return Duration::ZERO };
        let since = Duration::from_millis(u64::try_from(now.millis() - last.millis()).unwrap_or(0));
        self.spacing().saturating_sub(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn budget(remaining: u64) -> Budget {
        let limit = json!({ "total": 1000, "remaining": remaining, "reset_after": 86_400_000, "max_concurrency": 1 });
        Budget::read(&json!({ "session_start_limit": limit })).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn an_ordinary_day_waits_for_nothing_and_a_loop_never_uses_up_the_day() {
        assert_eq!(budget(950).wait(Some(at(0)), at(1)), Duration::ZERO);
        assert_eq!(budget(900).wait(Some(at(0)), at(10)), Duration::from_secs(86));
        assert_eq!(budget(900).wait(Some(at(0)), at(100)), Duration::ZERO);
        assert_eq!(budget(900).wait(None, at(10)), Duration::ZERO);
        // A program that ends at once and is started again at once, for a day.
        let (mut now, mut last, mut remaining) = (0, None, 1000_u64);
        while now < 86_400 {
            let limit = json!({ "total": 1000, "remaining": remaining, "reset_after": (86_400 - now) * 1000 });
            let budget = Budget::read(&json!({ "session_start_limit": limit })).unwrap();
            assert_eq!(budget.spent(), None, "after {now} s");
            now += i64::try_from(budget.wait(last, at(now)).as_secs()).unwrap() + 1;
            (last, remaining) = (Some(at(now)), remaining - 1);
        }
    }

    #[test]
    fn the_last_connection_of_the_day_is_not_overdrawn() {
        assert_eq!(budget(1).spent(), None);
        assert_eq!(budget(0).spent(), Some(24));
    }

    #[test]
    fn a_clock_that_was_set_back_waits_no_longer_than_a_spacing() {
        assert!(budget(500).wait(Some(at(10_000)), at(0)) <= Duration::from_secs(173));
    }
}
