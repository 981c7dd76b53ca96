//! How turns are taken at a table: by everybody, by some, all together, or in the order of a fight; and until when.
//! Plain data; who may change it and who has to wait is decided in `crate::game`.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{EventSeq, SeatId, Timestamp};

/// How turns are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum TurnMode {
    /// Everybody acts when they like.
    #[default]
    Open,
    /// What these seats do is taken; the others wait.
    Spotlight {
        /// Whose it is.
        seats: Vec<SeatId>,
    },
    /// Everybody says what they do, then all of it is told together.
    Round {
        /// How long after the first one said something the others are waited for; none waits for all.
        minutes: Option<u32>,
    },
    /// In the order of the fight.
    Initiative,
    /// As a round, played by post: with a deadline in hours.
    Post {
        /// How long after the first one said something the others are waited for.
        hours: u32,
    },
}

impl TurnMode {
    /// How long the others are waited for, in milliseconds; none waits for all.
    pub fn patience_ms(&self) -> Option<i64> {
        match self {
            Self::Round { minutes } => minutes.map(|minutes| i64::from(minutes) * 60_000),
            Self::Post { hours } => Some(i64::from(*hours) * 3_600_000),
            Self::Open | Self::Spotlight { .. } | Self::Initiative => None,
        }
    }
}

/// How turns are taken now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    /// In which way.
    pub mode: TurnMode,
    /// The event since which it is so.
    pub since: EventSeq,
    /// How it was before the fight.
    pub before: Option<TurnMode>,
    /// When those who have not said anything are waited for no longer.
    pub until: Option<Timestamp>,
    /// Players who are not waited for.
    pub away: Vec<SeatId>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { mode: TurnMode::Open, since: EventSeq::new(0), before: None, until: None, away: Vec::new() }
    }
}

/// Something that happened to how turns are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "turns", rename_all = "snake_case")]
pub enum TurnsEvent {
    /// They are taken in another way.
    Set {
        /// In which.
        mode: TurnMode,
    },
    /// The others are waited for until then; none while nobody has said anything.
    Clock {
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A player is not waited for, or is again.
    Away {
        /// Who.
        seat: SeatId,
        /// Whether they are away.
        away: bool,
    },
}

/// What may be asked about how turns are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TurnsDeed {
    /// Take them in another way.
    Set(TurnMode),
    /// Tell now what was said, without those who said nothing.
    Go,
    /// Do not wait for a player, or do again.
    Away {
        /// Who; none is oneself.
        seat: Option<SeatId>,
        /// Whether they are away.
        away: bool,
    },
}

/// Who acts now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Whose actions are taken; none takes everybody's.
    pub whose: Option<Vec<SeatId>>,
    /// Who all have to say something before anything is told.
    pub awaited: Vec<SeatId>,
}

impl Floor {
    /// Whether what this seat does is taken.
    pub fn admits(&self, seat: SeatId) -> bool {
        self.whose.as_ref().is_none_or(|whose| whose.contains(&seat))
    }

    /// Those who have not said anything yet and are waited for.
    pub fn missing(&self, declared: &[SeatId]) -> Vec<SeatId> {
        self.awaited.iter().filter(|seat| !declared.contains(seat)).copied().collect()
    }
}

/// Why an action that was heard is not told yet, beside that another reply is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Held {
    /// It is the move of these.
    NotYourMove(Vec<SeatId>),
    /// The floor is theirs.
    NotYourFloor(Vec<SeatId>),
    /// It is told when these have said something as well.
    Declared(Vec<SeatId>),
}

/// Why turns are not taken as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum TurnsDenied {
    /// Only hosts.
    #[error("only hosts change how turns are taken; anybody may say /turns away of themselves")]
    NotByYou,
    /// Initiative without a fight.
    #[error("no fight goes on; /fight start begins one")]
    NoFight,
    /// A spotlight on nobody.
    #[error("a spotlight needs a player who sits here")]
    NobodyLit,
    /// A deadline that is none.
    #[error("a deadline is 1 to {most} {unit}")]
    BadDeadline {
        /// The longest.
        most: u32,
        /// Of what.
        unit: &'static str,
    },
    /// It is so already.
    #[error("it is so already")]
    NoChange,
    /// Nothing is gathered.
    #[error("nobody has said anything that waits to be told")]
    NothingSaid,
    /// Turns are not gathered.
    #[error("turns are not gathered now; that belongs to /turns round and /turns post")]
    NotGathered,
}
