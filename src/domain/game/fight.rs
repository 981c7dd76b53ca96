//! Fights: who moves in which order, whose move it is, what may be asked of a fight and what happened in one.
//! Plain data; what a deed comes to is decided in `crate::game`.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::sheet::SheetOf;
use crate::domain::ids::{EventSeq, SeatId};
use crate::domain::seat::{Audience, Viewer};

/// A fight. It rests on players' moves only: those whom the game master plays move in the telling, between two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fight {
    /// The event that began it.
    pub since: EventSeq,
    /// The round, from 1.
    pub round: u32,
    /// The name of the place whose move it is; none where no player can move.
    pub mover: Option<String>,
    /// The event since which it is their move.
    pub moved: EventSeq,
    /// How often the move passed on.
    pub moves: u64,
    /// The places, in the order in which they joined.
    pub places: Vec<Place>,
    /// Throws that were made at the beginning for whoever is hidden. For the game master only.
    pub reserve: Vec<i64>,
}

impl Fight {
    /// A fight in which nobody is yet.
    pub fn new(since: EventSeq) -> Self {
        Self { since, round: 1, mover: None, moved: since, moves: 0, places: Vec::new(), reserve: Vec::new() }
    }

    /// The places as they move: by initiative, players before others, then who joined first.
    pub fn order(&self) -> Vec<&Place> {
        let mut order: Vec<_> = self.places.iter().collect();
        order.sort_by_key(|place| (Reverse(place.initiative), !place.is_players()));
        order
    }

    /// The place whose move it is.
    pub fn moving(&self) -> Option<&Place> {
        let mover = self.mover.as_ref()?;
        self.places.iter().find(|place| !place.hidden && place.name == *mover)
    }

    /// Those whom the game master plays and whose moves belong to the telling of this move, in order, and the players'
    /// place after them.
    pub fn to_tell(&self) -> (Vec<&Place>, Option<&Place>) {
        let order = self.order();
        let Some(at) = order.iter().position(|place| self.moving() == Some(place)) else { return (Vec::new(), None) };
        // Whoever comes before the first mover of all has not moved yet.
        let before = if self.moves == 0 { &order[..at] } else { &[] };
        let mut told: Vec<_> = before.iter().filter(|place| place.moves_in_the_telling()).copied().collect();
        for place in order[at + 1..].iter().chain(&order[..=at]) {
            if place.is_players() && !place.down {
                return (told, Some(place));
            }
            if place.moves_in_the_telling() && !told.contains(place) {
                told.push(place);
            }
        }
        (told, None)
    }

    /// The fight as far as `viewer` may know it: nothing in it tells that somebody is hidden, or how many are.
    #[must_use]
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        if viewer == Viewer::Gm {
            return self.clone();
        }
        let places = self.places.iter().filter(|place| place.audience().admits(viewer));
        Self { places: places.cloned().collect(), reserve: Vec::new(), ..self.clone() }
    }
}

/// One place in the order: somebody, or several who act together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What it is called: the group, or who it is.
    pub name: String,
    /// Whose it is.
    pub who: Vec<SheetOf>,
    /// What was thrown.
    pub initiative: i64,
    /// Whether only the game master knows of it.
    pub hidden: bool,
    /// Whether all of them are down, so that it is passed over.
    pub down: bool,
}

impl Place {
    /// Who may know of it.
    pub fn audience(&self) -> Audience {
        if self.hidden { Audience::Gm } else { Audience::Table }
    }

    /// The seats that act here.
    pub fn seats(&self) -> impl Iterator<Item = SeatId> + '_ {
        self.who.iter().filter_map(|who| match who {
            SheetOf::Seat(seat) => Some(*seat),
            SheetOf::Other(_) => None,
        })
    }

    /// Whether players act here.
    pub fn is_players(&self) -> bool {
        self.seats().next().is_some()
    }

    fn moves_in_the_telling(&self) -> bool {
        !self.is_players() && !self.down
    }
}

/// Something that happened in a fight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fight", rename_all = "snake_case")]
pub enum FightEvent {
    /// A fight begins.
    Started,
    /// What was thrown for whoever is hidden, now or later. It is thrown for every fight, so that it tells nothing.
    Reserve {
        /// The throws that are left.
        throws: Vec<i64>,
    },
    /// A place is taken, or more act in it.
    Joined {
        /// The place as it is then.
        place: Place,
    },
    /// Who was hidden shows themselves.
    Revealed {
        /// The place as everyone sees it.
        place: Place,
    },
    /// Somebody is out of the fight.
    Left {
        /// The place.
        name: String,
        /// Whether only the game master knows of it.
        hidden: bool,
        /// Who is out of it.
        who: Vec<SheetOf>,
    },
    /// All of a place are down, or not any more.
    Down {
        /// The place.
        name: String,
        /// Whether they are.
        down: bool,
    },
    /// The move passes on, always to players.
    Moved {
        /// The round.
        round: u32,
        /// The place; none where no player can move.
        to: Option<String>,
    },
    /// A condition lasts so many rounds yet.
    Counted {
        /// Whose.
        of: SheetOf,
        /// Which.
        condition: String,
        /// How many.
        left: u32,
    },
    /// The fight is over.
    Ended,
}

/// What may be asked of a fight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FightDeed {
    /// Begin one. Players who are not named take a place of their own.
    Start {
        /// The places.
        places: Vec<Enters>,
        /// What came with the request, for the throws.
        nonce: String,
    },
    /// Take places in it.
    Join {
        /// The places.
        places: Vec<Enters>,
        /// What came with the request, for the throws.
        nonce: String,
    },
    /// Let the next player move.
    Next,
    /// Take a place, or somebody of it, out of the fight.
    Leave {
        /// Which.
        name: String,
    },
    /// Show somebody hidden.
    Reveal {
        /// Which place.
        name: String,
    },
    /// End it.
    End,
}

/// Who is to take a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enters {
    /// What the place is called; without it as those who act there.
    pub name: Option<String>,
    /// Who acts there; nobody means whoever the name says.
    pub who: Vec<SheetOf>,
    /// What is added to the throw of those whom the game master plays.
    pub bonus: i64,
    /// Whether only the game master knows of it.
    pub hidden: bool,
}

/// Why a fight does not go as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum FightDenied {
    /// Only the game master and hosts.
    #[error("only the game master and hosts do that; you may join, pass your own move and leave yourself")]
    NotByYou,
    /// There is one already.
    #[error("a fight goes on already; end it first")]
    GoesOn,
    /// There is none.
    #[error("no fight goes on; /fight start begins one")]
    None,
    /// Nobody is to fight.
    #[error("a fight needs somebody; nobody sits here yet")]
    Nobody,
    /// More than is kept.
    #[error("a fight has at most {0} places, and {1} in one of them")]
    TooMany(usize, usize),
    /// A name that is none.
    #[error("a place in the order needs a name: one line of 1 to {0} characters")]
    BadName(usize),
    /// Somebody is to act in two places.
    #[error("{0} is in the fight already")]
    Twice(String),
    /// Nobody of that name is in it.
    #[error("nobody called {0} is in this fight")]
    NobodyCalled(String),
    /// A player is to be hidden.
    #[error("players are not hidden in the order; only those whom you play")]
    NoPlayerHides,
    /// Too great a bonus.
    #[error("a bonus lies between -{0} and {0}")]
    BadBonus(i64),
}
