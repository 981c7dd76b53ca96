//! Snowflakes: Discord's ids, which sort by time. Never reused, and never equal between two makers of one process.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Milliseconds between the Unix epoch and Discord's (Discord reference, "Snowflakes").
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// A snowflake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    /// Wraps a number that is already a snowflake.
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The raw number.
    pub const fn get(self) -> u64 {
        self.0
    }

    pub(crate) fn json(self) -> Value {
        Value::String(self.to_string())
    }

    /// Reads an id from JSON, where Discord takes a string or a number.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().map(Self),
            _ => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Makes ids that only ever grow.
#[derive(Debug, Default)]
pub(crate) struct Snowflakes {
    last: u64,
}

impl Snowflakes {
    pub(crate) fn next(&mut self, now_ms: u64) -> Id {
        let fresh = now_ms.saturating_sub(DISCORD_EPOCH_MS) << 22;
        self.last = fresh.max(self.last + 1);
        Id(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_stands_still() {
        let mut ids = Snowflakes::default();
        let first = ids.next(1_800_000_000_000);
        let second = ids.next(1_800_000_000_000);
        let third = ids.next(1_799_999_999_000);
        assert!(first < second && second < third);
    }
}
