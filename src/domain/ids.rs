//! The names things go by: small newtypes that cannot be mixed up.
//! Nothing here knows where an id came from; a door makes its own kind in its `convert.rs`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a number that is already known to name one of these.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The bare number, for the store and for printing.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number_id! {
    /// A table's row in this installation's database.
    TableId(i64)
}
number_id! {
    /// A person's place at one table, counted from 1 in the order of joining.
    SeatId(u32)
}
number_id! {
    /// The position of an event in its table's log, counted from 1 without gaps.
    EventSeq(u64)
}
number_id! {
    /// A line of play. 0 is where every table begins; undo, retry and reset open the next.
    BranchId(u32)
}
number_id! {
    /// A scene of a table, counted from 1. 0 means "before the first scene".
    SceneNo(u32)
}
number_id! {
    /// A turn of a table, counted from 1 over all branches, never used twice.
    TurnNo(u64)
}
number_id! {
    /// An action: the position of the event that first wrote it down.
    ActionId(u64)
}

number_id! {
    /// Something a provider asked of people: the position of the event that first wrote it down.
    AskId(u64)
}

impl EventSeq {
    /// The position after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps a count of milliseconds since 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Days since 1970-01-01 UTC; budgets "per day" are counted by it.
    pub const fn utc_day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is already known to be one of these.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The bare text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A person as a door knows them, prefixed by the door: `terminal:ana`, `discord:118…`.
    PersonId
}
text_id! {
    /// Where an action was heard, prefixed by the door; hearing the same one twice is hearing it once.
    SourceId
}
text_id! {
    /// Where a table is reached, prefixed by the door: `discord:118…`. A table may have several.
    PlaceId
}
text_id! {
    /// A provider as the configuration names it: `claude`, `oracle`, `my-agent`.
    ProviderName
}
text_id! {
    /// A model as its provider names it.
    ModelName
}
text_id! {
    /// Finds one failure in the log. Shown to people; reveals nothing.
    ErrorId
}

impl ProviderName {
    /// The name of the built-in game master that needs no model.
    pub const ORACLE: &'static str = "oracle";

    /// The built-in game master that needs no model.
    pub fn oracle() -> Self {
        Self::new(Self::ORACLE)
    }
}

/// The name of a table: 1 to 48 lower-case letters, digits and hyphens, beginning with a letter or digit.
/// It is also the name of the table's folders, so nothing else can be one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TableName(String);

/// Why a text is no table name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table's name is 1 to 48 lower-case letters, digits and hyphens, beginning with a letter or digit")]
pub struct BadTableName;

impl TableName {
    /// The bare text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = BadTableName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 48 || text.starts_with('-') || !text.chars().all(allowed) {
            return Err(BadTableName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_cannot_leave_its_folder() {
        for bad in ["", "..", "a/b", "-a", "A", "ä", "a b", &"x".repeat(49)] {
            assert_eq!(bad.parse::<TableName>(), Err(BadTableName), "{bad:?}");
        }
        for good in ["a", "sunken-crown", "7th-sea"] {
            assert_eq!(good.parse::<TableName>().unwrap().as_str(), good);
        }
    }
}
