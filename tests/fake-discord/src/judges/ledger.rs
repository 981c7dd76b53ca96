//! The list of broken rules, and what a test said it expects. Never stops anything while a test runs.

use std::collections::HashSet;
use std::fmt;

/// Who complains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judge {
    /// A request body that Discord's API description does not allow.
    Schema,
    /// A 4xx answer that no test planned or expected.
    Refusal,
    /// A request after a 401 answer.
    AfterUnauthorized,
    /// More 429 answers than planned.
    RateLimit,
    /// An interaction without its first answer in time.
    LateAnswer,
    /// A heartbeat with a wrong sequence, or none for too long.
    Heartbeat,
    /// Gateway rules other than heartbeats: sizes, order, opcodes.
    Gateway,
    /// A message of the bot that notifies somebody.
    Ping,
    /// A secret in a request's body or path.
    Secret,
    /// A route this crate does not serve.
    UnknownRoute,
}

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Who complains.
    pub judge: Judge,
    /// What happened, for a person.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.judge, self.detail)
    }
}

/// What was broken, and what a test expects to be.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) violations: Vec<Violation>,
    pub(crate) pardoned: HashSet<Judge>,
    /// Route pattern and JSON error code of refusals a test expects.
    pub(crate) expected_refusals: Vec<(String, u64)>,
    /// 429 answers a test planned.
    pub(crate) planned_429: usize,
    pub(crate) secrets: Vec<String>,
    /// A request was answered 401.
    pub(crate) unauthorized: bool,
}

impl Ledger {
    pub(crate) fn accuse(&mut self, judge: Judge, detail: String) {
        self.violations.push(Violation { judge, detail });
    }
}
