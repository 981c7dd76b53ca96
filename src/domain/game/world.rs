//! The state of the world as far as the game keeps it: where and when play is, who was introduced, clocks, promises.
//! Plain data; what may be changed is decided in `crate::game`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::kit::same;
use crate::domain::ids::EventSeq;
use crate::domain::part::also_called;
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
    /// Whom the game master plays of those who are where play is, in the order in which they came; it alone knows of all.
    #[serde(default)]
    pub here: VecDeque<Here>,
}

impl World {
    /// The world as far as `viewer` may know it.
    #[must_use]
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let clocks = self.clocks.iter().filter(|clock| !clock.secret || viewer == Viewer::Gm).cloned().collect();
        let here = if viewer == Viewer::Gm { self.here.clone() } else { VecDeque::new() };
        Self { clocks, here, ..self.clone() }
    }

    /// Those who are here and go by that name.
    pub fn here_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Here> {
        self.here.iter().filter(move |here| goes_by(&here.name, name))
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

/// Somebody who is where play is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// The name.
    pub name: String,
    /// The event with which they came.
    pub since: EventSeq,
}

/// Whether two names are one person's: the same, or one is what the other goes by.
pub(crate) fn goes_by(one: &str, other: &str) -> bool {
    let is = |whole: &str, short: &str| also_called(whole, None).iter().any(|also| same(also, short));
    same(one, other) || is(one, other) || is(other, one)
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
    /// People whom the game master plays came to where play is, or left. For the game master only.
    Presence {
        /// Who came.
        enter: Vec<String>,
        /// Who left, by the names under which they were there.
        leave: Vec<String>,
    },
}

/// What the game master may ask of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorldDeed {
    /// Introduce somebody.
    Introduce {
        /// Whom.
        who: Introduced,
        /// Whether they are where play is.
        here: bool,
    },
    /// Move play.
    Move {
        /// Where to.
        place: Option<String>,
        /// To when.
        time: Option<String>,
        /// What the scene is called.
        title: Option<String>,
        /// Who of those whom the game master plays comes along to another place.
        with: Vec<String>,
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
    /// Have people come to where play is, or leave.
    Presence {
        /// Who comes.
        enter: Vec<String>,
        /// Who leaves.
        leave: Vec<String>,
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
    /// Everybody is where they are said to be already.
    #[error("nothing changes by that: here are {0}")]
    NobodyMoves(String),
    /// More than come and go at once.
    #[error("at most {0} come and go at once")]
    Crowd(usize),
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
