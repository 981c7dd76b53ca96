//! Memory as people and the log speak of it: what is remembered, under which number, and what is done about it.
//! Items are derived from the log; how is `crate::memory`, where they are kept is the store's matter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{EventSeq, SceneNo, Timestamp, TurnNo};
use crate::domain::provider::FaultKind;
use crate::domain::seat::Audience;

/// The longest note, pin or correction, in characters.
pub const NOTE_CHARS: usize = 500;

/// The number of a memory: the event it comes from and which part of it. It stays the same when everything is derived again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemoryId {
    /// The event.
    pub event: EventSeq,
    /// Which of the event's memories; the first is 0.
    pub part: u32,
}

impl fmt::Display for MemoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            0 => write!(f, "{}", self.event),
            part => write!(f, "{}.{part}", self.event),
        }
    }
}

/// What is not the number of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a memory has a number such as 482 or 482.1")]
pub struct BadMemoryId;

impl FromStr for MemoryId {
    type Err = BadMemoryId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_start_matches('#');
        let (event, part) = text.split_once('.').unwrap_or((text, "0"));
        let event = event.parse().map_err(|_| BadMemoryId)?;
        Ok(Self { event: EventSeq::new(event), part: part.parse().map_err(|_| BadMemoryId)? })
    }
}

/// What kind of memory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// What happened in a turn, or a piece of it.
    Beat,
    /// What a seat did in secret, or was told in secret.
    Secret,
    /// A scene that ended, in short.
    Scene,
    /// A session that is over, in short: what was played until everybody went home.
    Session,
    /// The story so far, in short.
    Arc,
    /// Something that is so.
    Fact,
    /// Something that is said to be so.
    Rumour,
    /// Somebody owes somebody something.
    Promise,
    /// What a person wants remembered.
    Pin,
}

impl Tier {
    /// All of them with the words they are kept and shown under.
    pub const NAMED: [(&'static str, Self); 9] = [
        ("beat", Self::Beat),
        ("secret", Self::Secret),
        ("scene", Self::Scene),
        ("session", Self::Session),
        ("arc", Self::Arc),
        ("fact", Self::Fact),
        ("rumour", Self::Rumour),
        ("promise", Self::Promise),
        ("pin", Self::Pin),
    ];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Beat => "beat",
            Self::Secret => "secret",
            Self::Scene => "scene",
            Self::Session => "session",
            Self::Arc => "arc",
            Self::Fact => "fact",
            Self::Rumour => "rumour",
            Self::Promise => "promise",
            Self::Pin => "pin",
        }
    }
}

/// Something remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Its number.
    pub id: MemoryId,
    /// What kind it is.
    pub tier: Tier,
    /// What is remembered, on one line: words of people and models.
    pub text: String,
    /// Who is named in it.
    pub names: Vec<String>,
    /// Who may know it.
    pub audience: Audience,
    /// How much it matters, 1 to 10.
    pub importance: u8,
    /// The scene it comes from.
    pub scene: SceneNo,
    /// The turn it comes from.
    pub turn: Option<TurnNo>,
    /// When.
    pub at: Timestamp,
    /// Whether a person pinned it.
    pub pinned: bool,
    /// Whether a person wrote it, which counts more than what a program made.
    pub by_people: bool,
    /// Who knows it of those whom the game master plays, as far as it was asked.
    pub knowers: Vec<Knower>,
}

/// Somebody whom the game master plays and who knows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knower {
    /// The name, in lower case.
    pub name: String,
    /// Whether they were only told.
    pub heard: bool,
}

/// The most whom the game master plays that one event names as knowing something.
pub const TOLD_AT_ONCE: usize = 12;

/// Something done about the table's memory. Its audience is the event's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum MemoryEvent {
    /// Something is to be remembered.
    Noted {
        /// As what.
        tier: Tier,
        /// What.
        text: String,
        /// Who knows it of those whom the game master plays; none are those who are there, if everyone may know it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        characters: Option<Vec<String>>,
    },
    /// Some of those whom the game master plays were told what a memory says. For the game master only.
    Told {
        /// What they were told.
        memory: MemoryId,
        /// Who.
        to: Vec<String>,
    },
    /// A memory is kept in view.
    Pinned {
        /// Which.
        memory: MemoryId,
    },
    /// A memory is found no more.
    Forgotten {
        /// Which.
        memory: MemoryId,
    },
    /// A memory says something else from now on.
    Fixed {
        /// Which.
        memory: MemoryId,
        /// What is right.
        text: String,
    },
}

/// What came of having a provider sum up what is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum SummaryOutcome {
    /// It is remembered in place of what was made without a model.
    Written {
        /// What is over, in short.
        text: String,
        /// The story so far, in short; with a session only.
        arc: Option<String>,
        /// What else is worth remembering.
        notes: Vec<SummaryNote>,
    },
    /// It names what nothing tells of, or is no summary: what was made without a model stays.
    Refused {
        /// Names and numbers that do not occur; none if it was not to be read.
        words: Vec<String>,
    },
    /// The provider gave none.
    Failed {
        /// What was wrong.
        fault: FaultKind,
    },
    /// The program ended first.
    Interrupted,
}

/// Something a summary found worth remembering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryNote {
    /// As what.
    pub tier: Tier,
    /// What.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written() {
        for (event, part) in [(1, 0), (482, 3), (u64::MAX, u32::MAX)] {
            let id = MemoryId { event: EventSeq::new(event), part };
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!("#7".parse(), Ok(MemoryId { event: EventSeq::new(7), part: 0 }));
        for bad in ["", "x", "-1", "1.2.3", "1.", "99999999999999999999999"] {
            assert_eq!(bad.parse::<MemoryId>(), Err(BadMemoryId), "{bad}");
        }
    }

    #[test]
    fn every_kind_has_one_word() {
        for (word, tier) in Tier::NAMED {
            assert_eq!(tier.name(), word);
            assert_eq!(serde_json::to_value(tier).unwrap(), word);
        }
    }
}
