//! The state of the world as far as the game keeps it: where and when play is, who was introduced, clocks, promises.
//! Plain data; what may be changed is decided in `crate::game`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::ids::EventSeq;
use crate::domain::seat::Viewer;

/// How things stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// Where play is.
    pub place: Option<String>,
    /// When it is in the story.
    pub time: Option<String>,
    /// Those who were introduced, oldest first.
    pub people: VecDeque<Introduced>,
    /// What draws near.
    pub clocks: Vec<WorldClock>,
    /// What was promised, oldest first.
    pub promises: VecDeque<Promise>,
}

impl World {
    /// The world as far as `viewer` may know it.
    #[must_use]
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let clocks = self.clocks.iter().filter(|clock| !clock.secret || viewer == Viewer::Gm).cloned().collect();
        Self { clocks, ..self.clone() }
    }
}

/// Somebody whom the game master plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced {
    /// The name.
    pub name: String,
    /// Who they are, in a line.
    pub line: String,
}

/// Something that draws near in steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldClock {
    /// What.
    pub name: String,
    /// How many steps it has.
    pub segments: u32,
    /// How many were taken.
    pub filled: u32,
    /// Whether only the game master knows of it.
    pub secret: bool,
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The event that tells of it.
    pub event: EventSeq,
    /// Who promised.
    pub who: String,
    /// What.
    pub what: String,
}

/// Something that changed in the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "world", rename_all = "snake_case")]
pub enum WorldEvent {
    /// Somebody was introduced, or is told of in another way.
    Introduced(Introduced),
    /// Play moved.
    Moved {
        /// Where to, if it did.
        place: Option<String>,
        /// To when, if it did.
        time: Option<String>,
        /// What the scene is called now, if that was said.
        title: Option<String>,
    },
    /// A clock stands elsewhere.
    Ticked {
        /// The clock as it stands.
        clock: WorldClock,
        /// Where it stood.
        was: u32,
    },
    /// Something was promised.
    Promised {
        /// Who promised.
        who: String,
        /// What.
        what: String,
    },
}

/// What the game master may ask of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorldDeed {
    /// Introduce somebody.
    Introduce(Introduced),
    /// Move play.
    Move {
        /// Where to.
        place: Option<String>,
        /// To when.
        time: Option<String>,
        /// What the scene is called.
        title: Option<String>,
    },
    /// Move a clock.
    Tick {
        /// Which; one that is not known is begun.
        clock: String,
        /// How many steps it has; needed for a new one.
        segments: Option<u32>,
        /// By how many steps; below 0 back.
        by: i32,
        /// Whether a new one is known to the game master only.
        secret: bool,
    },
    /// Note a promise.
    Promise {
        /// Who promises.
        who: String,
        /// What.
        what: String,
    },
}

/// Why the world is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum WorldDenied {
    /// Only the game master and hosts change the world.
    #[error("only the game master and hosts change that")]
    NotByYou,
    /// Words that are empty, too long or of several lines.
    #[error("that takes one line of 1 to {0} characters")]
    BadWords(usize),
    /// Nothing to move to.
    #[error("say the place, the time or the title that changes")]
    Nothing,
    /// A new clock without its steps.
    #[error("there is no clock {name} yet; say how many segments it has, from 2 to {most}")]
    NoSuchClock {
        /// What was asked for.
        name: String,
        /// The most steps.
        most: u32,
    },
    /// It stands there already.
    #[error("the clock {0} does not move by that")]
    Still(String),
    /// As many clocks as are kept.
    #[error("there are {0} clocks already; use one of them")]
    TooMany(usize),
}
