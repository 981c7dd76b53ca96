//! Faults of the REST side: which requests go wrong, how, and how often. Never those of the gateway.

use std::time::Duration;

use serde_json::{Value, json};

/// What a 429 is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This bot's own bucket.
    User,
    /// The limit of all requests together.
    Global,
    /// A resource's limit, shared with others; does not count as an invalid request.
    Shared,
}

/// How a request goes wrong.
#[derive(Clone, Debug)]
pub enum Wrong {
    /// An error status with Discord's usual body, and no effect.
    Status(u16),
    /// Any answer, and no effect.
    Answer(u16, Value),
    /// The right answer, but late.
    Delay(Duration),
    /// No answer, ever; no effect.
    Hang,
    /// The connection is cut; no effect.
    ResetBefore,
    /// It happens, and the connection is cut before the answer.
    ResetAfter,
    /// It happens, and the answer is an error status.
    StatusAfter(u16),
    /// It happens, and no answer ever comes.
    HangAfter,
    /// A 429 and no effect.
    TooMany {
        /// What it is about.
        scope: Scope,
        /// How long the client is told to wait.
        retry_after: Duration,
    },
    /// A proxy's HTML page with status 502.
    Html502,
}

impl Wrong {
    /// What it is called in a count, whatever its details.
    pub(crate) fn name(&self) -> String {
        let shown = format!("{self:?}");
        shown.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
    }
}

/// A planned fault.
#[derive(Clone, Debug)]
pub struct Fault {
    route: RoutePattern,
    skip: usize,
    times: usize,
    pub(crate) wrong: Wrong,
}

impl Fault {
    /// Plans `wrong` for the next request that fits `"METHOD /path"`, where `*` or `{name}` fits one segment and a final
    /// `**` the rest. Paths are written without `/api/v10`.
    pub fn on(route: &str, wrong: Wrong) -> Self {
        Self { route: RoutePattern::new(route), skip: 0, times: 1, wrong }
    }

    /// How many requests it hits; one unless said.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// How many fitting requests it lets pass first.
    #[must_use]
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    pub(crate) fn planned_429(&self) -> usize {
        if matches!(self.wrong, Wrong::TooMany { .. }) { self.times } else { 0 }
    }
}

/// Takes the fault that a request meets, if any, and counts it.
pub(crate) fn strike(faults: &mut [Fault], method: &str, path: &str) -> Option<Wrong> {
    for fault in faults.iter_mut().filter(|fault| fault.times > 0 && fault.route.fits(method, path)) {
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        fault.times -= 1;
        return Some(fault.wrong.clone());
    }
    None
}

/// A method (or `*`) and a path with wildcards.
#[derive(Clone, Debug)]
pub(crate) struct RoutePattern {
    method: String,
    segments: Vec<String>,
}

impl RoutePattern {
    pub(crate) fn new(text: &str) -> Self {
        let (method, path) = text.split_once(' ').unwrap_or(("*", text));
        let segments = path.trim_matches('/').split('/').map(str::to_owned).collect();
        Self { method: method.to_owned(), segments }
    }

    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && !self.method.eq_ignore_ascii_case(method) {
            return false;
        }
        let path: Vec<&str> = path.trim_matches('/').split('/').collect();
        let open = self.segments.last().is_some_and(|last| last == "**");
        let fixed = if open { &self.segments[..self.segments.len() - 1] } else { &self.segments[..] };
        let long_enough = if open { path.len() >= fixed.len() } else { path.len() == fixed.len() };
        long_enough && fixed.iter().zip(&path).all(|(want, have)| want == "*" || want.starts_with('{') || want == have)
    }
}

/// The body of a 429 (documentation: topics/rate-limits, "Rate Limit Response Structure").
pub(crate) fn too_many_body(scope: Scope, retry_after: Duration) -> Value {
    let message =
        if scope == Scope::Shared { "The resource is being rate limited." } else { "You are being rate limited." };
    json!({ "message": message, "retry_after": retry_after.as_secs_f64(), "global": scope == Scope::Global })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_segments_and_tails() {
        let fits = |pattern: &str, method, path| RoutePattern::new(pattern).fits(method, path);
        assert!(fits("POST /channels/*/messages", "POST", "/channels/1/messages"));
        assert!(fits("POST /channels/{channel_id}/messages", "POST", "/channels/1/messages"));
        assert!(!fits("POST /channels/*/messages", "PATCH", "/channels/1/messages"));
        assert!(!fits("POST /channels/*/messages", "POST", "/channels/1/messages/2"));
        assert!(fits("* /channels/**", "DELETE", "/channels/1/messages/2"));
        assert!(!fits("* /channels/**", "GET", "/users/@me"));
    }

    #[test]
    fn a_fault_hits_as_often_as_planned() {
        let mut faults = [Fault::on("GET /gateway", Wrong::Hang).after(1).times(2)];
        let hits: Vec<bool> = (0..4).map(|_| strike(&mut faults, "GET", "/gateway").is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
    }
}
