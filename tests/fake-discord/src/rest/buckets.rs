//! Rate limit buckets (documentation: topics/rate-limits; figures: community observations, see the README).
//! Never sleeps and never decides what a limited request would have done.

use std::collections::HashMap;
use std::time::Duration;

use crate::faults::Scope;

/// Requests per second over all routes that count.
const GLOBAL_PER_SECOND: u32 = 50;

/// A limit and how long its window is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    pub(crate) count: u32,
    pub(crate) window_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    ends_ms: u64,
}

/// What the headers of an answer say.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) bucket: String,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) resets_ms: u64,
    pub(crate) reset_after: Duration,
}

/// A limit was reached.
#[derive(Clone, Debug)]
pub(crate) struct Limited {
    pub(crate) scope: Scope,
    pub(crate) retry_after: Duration,
}

/// All windows.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    windows: HashMap<(&'static str, String), Window>,
}

/// What one request counts against: each limit with its major parameter.
pub(crate) type Charges = Vec<(Limit, String)>;

/// The limits of a route, the tightest last: its standing is what headers tell.
pub(crate) fn charges(method: &str, template: &str, major: &str, channel: Option<String>) -> Charges {
    let limit = |name, count, window_ms| Limit { name, count, window_ms };
    let message_of_webhook = "/webhooks/{webhook_id}/{webhook_token}";
    match (method, template) {
        ("POST", "/channels/{channel_id}/messages") => vec![(limit("send", 5, 5000), major.to_owned())],
        ("PATCH", "/channels/{channel_id}/messages/{message_id}") => vec![(limit("edit", 5, 5000), major.to_owned())],
        ("POST", template) if template == message_of_webhook => {
            let per_channel = channel.map(|channel| (limit("webhook-channel", 30, 60_000), channel));
            per_channel.into_iter().chain([(limit("webhook", 5, 2000), major.to_owned())]).collect()
        }
        ("PATCH", template) if template.starts_with(message_of_webhook) => {
            vec![(limit("webhook-edit", 5, 2000), major.to_owned())]
        }
        _ => Vec::new(),
    }
}

impl Buckets {
    /// Counts a request against every charge; none is used up when one is exhausted.
    pub(crate) fn take(&mut self, now_ms: u64, global: bool, charges: &Charges) -> Result<Option<Standing>, Limited> {
        let every = Limit { name: "global", count: GLOBAL_PER_SECOND, window_ms: 1000 };
        let all = global.then(|| (every, String::new())).into_iter().chain(charges.iter().cloned());
        let all: Vec<(Limit, String)> = all.collect();
        for (limit, key) in &all {
            let window = self.window(now_ms, *limit, key);
            if window.used >= limit.count {
                let scope = if limit.name == "global" { Scope::Global } else { Scope::User };
                return Err(Limited { scope, retry_after: Duration::from_millis(window.ends_ms - now_ms) });
            }
        }
        let mut standing = None;
        for (limit, key) in &all {
            let window = self.window(now_ms, *limit, key);
            window.used += 1;
            standing = (limit.name != "global").then(|| Standing {
                bucket: format!("{:x}", limit.name.bytes().fold(7u64, |hash, b| hash.wrapping_mul(31) ^ u64::from(b))),
                limit: limit.count,
                remaining: limit.count - window.used,
                resets_ms: window.ends_ms,
                reset_after: Duration::from_millis(window.ends_ms - now_ms),
            });
        }
        Ok(standing)
    }

    fn window(&mut self, now_ms: u64, limit: Limit, key: &str) -> &mut Window {
        let fresh = Window { used: 0, ends_ms: now_ms + limit.window_ms };
        let window = self.windows.entry((limit.name, key.to_owned())).or_insert(fresh);
        if window.ends_ms <= now_ms {
            *window = fresh;
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_message_in_five_seconds_is_refused_until_the_window_ends() {
        let mut buckets = Buckets::default();
        let send = charges("POST", "/channels/{channel_id}/messages", "1", None);
        let other = charges("POST", "/channels/{channel_id}/messages", "2", None);
        for n in 0..5 {
            let standing = buckets.take(1000, true, &send).unwrap().unwrap();
            assert_eq!(standing.remaining, 4 - n);
        }
        assert_eq!(buckets.take(2000, true, &send).unwrap_err().retry_after, Duration::from_secs(4));
        assert!(buckets.take(2000, true, &other).is_ok(), "another channel has its own bucket");
        assert!(buckets.take(6000, true, &send).is_ok());
    }

    #[test]
    fn fifty_a_second_is_the_global_limit() {
        let mut buckets = Buckets::default();
        assert!((0..50).all(|_| buckets.take(0, true, &Vec::new()).is_ok()));
        assert_eq!(buckets.take(10, true, &Vec::new()).unwrap_err().scope, Scope::Global);
        assert!(buckets.take(10, false, &Vec::new()).is_ok(), "interaction endpoints do not count");
    }

    #[test]
    fn a_webhook_has_thirty_a_minute_in_its_channel() {
        let mut buckets = Buckets::default();
        let template = "/webhooks/{webhook_id}/{webhook_token}";
        let charge = |hook: &str| charges("POST", template, hook, Some("7".to_owned()));
        let allowed = (0..40).filter(|n| buckets.take(n * 500, true, &charge("a")).is_ok()).count();
        assert_eq!(allowed, 30);
        assert!(buckets.take(20_000, true, &charge("b")).is_err(), "the channel counts, whichever webhook");
    }
}
