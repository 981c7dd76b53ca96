//! The stop card: what anyone may do at any moment to pause play, and what follows. Nobody is named in any of it.
//! Only the words; what they come to is decided in `table/machine/safety.rs`.

use serde::{Deserialize, Serialize};

use super::bounds::{BoundMark, Bounds};
use super::ids::{EventSeq, TurnNo};

/// Something that happened to the safety of the table. None of it says who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "safety", rename_all = "snake_case")]
pub enum SafetyEvent {
    /// Play is paused; nothing is taken until it is resumed.
    Paused,
    /// Play goes on.
    Resumed,
    /// The next reply goes on in this way.
    Directed {
        /// How.
        direction: Direction,
    },
    /// These turns are not to be read any more, nor what happened between them.
    Covered(Covered),
    /// Whether only adults come to the table's channel, where it is told for adults.
    Adults {
        /// Whether.
        adults: bool,
    },
    /// Somebody said what the story keeps out of and what it leaves untold, in place of what they said before.
    Bounded {
        /// Whose these are, which nobody can read from it.
        mark: BoundMark,
        /// All of theirs.
        bounds: Bounds,
    },
}

/// What is not to be read any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Whose replies.
    pub turns: Vec<TurnNo>,
    /// What happened in the game from this event on, until they were covered.
    pub since: EventSeq,
}

/// How the game master goes on after something was taken out of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The moment fades out, and play goes on a little later.
    Fade,
    /// Play goes on at another place and time.
    Skip,
}

/// What whoever stopped play may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardChoice {
    /// Take the last beat out of the story; once more takes one more.
    Rewind,
    /// Take it out, and let the moment fade.
    Fade,
    /// Take it out, and go on elsewhere.
    Skip,
    /// Leave the story as it is.
    Pause,
}

impl CardChoice {
    /// Every choice with its word.
    pub const NAMED: [(&'static str, Self); 4] =
        [("rewind", Self::Rewind), ("fade", Self::Fade), ("skip", Self::Skip), ("pause", Self::Pause)];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::NAMED.into_iter().find(|(_, choice)| *choice == self).map_or("", |(word, _)| word)
    }

    /// The choice of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, choice)| choice)
    }
}

/// What a person does about the safety of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SafetyAct {
    /// Stop everything, now.
    Stop,
    /// Say what is to become of the last beats.
    Choose(CardChoice),
    /// Be ready to go on, having stopped play.
    Ready,
    /// Have play go on; for hosts.
    Resume,
}

/// What came of it, for the person alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SafetyDone {
    /// Play is paused.
    Paused,
    /// The choice is carried out.
    Chosen(CardChoice),
    /// It is noted; whoever stopped play, or a host, has to agree as well.
    Noted,
    /// Play goes on.
    Resumed,
}
