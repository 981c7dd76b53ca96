//! Rolls: what was thrown, for whom to see, and what the game master asked to be thrown.
//! Plain data; notation, chance and proof are `crate::dice`, what a roll comes to is decided in `crate::game`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ActionId, BranchId, EventSeq, SceneNo, SeatId};
use crate::domain::seat::{Audience, Viewer};

/// Who is shown a roll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollFor {
    /// Everyone.
    #[default]
    Public,
    /// Who rolled, and the game master.
    Gm,
    /// The game master, not even who rolled.
    Blind,
    /// Who rolled; the game master is not told.
    Own,
}

impl RollFor {
    /// All of them with the words that people write.
    pub const NAMED: [(&'static str, Self); 4] =
        [("public", Self::Public), ("gm", Self::Gm), ("blind", Self::Blind), ("self", Self::Own)];

    /// Who may see a roll of this seat.
    pub fn audience(self, seat: Option<SeatId>) -> Audience {
        match (self, seat) {
            (Self::Public, _) => Audience::Table,
            (Self::Gm | Self::Own, Some(seat)) => Audience::Seats(vec![seat]),
            (Self::Blind, _) | (Self::Gm | Self::Own, None) => Audience::Gm,
        }
    }
}

/// A roll with everything that is needed to draw it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// Who rolled; none is the game master.
    pub seat: Option<SeatId>,
    /// Who is shown it.
    pub shown: RollFor,
    /// The notation as it was written, with its label.
    pub notation: String,
    /// What it was for.
    pub label: Option<String>,
    /// What it came to; several for a repeated roll.
    pub totals: Vec<i64>,
    /// The result in markdown that is safe to show.
    pub written: String,
    /// The result without markup.
    pub plain: String,
    /// 20 or 1 when the leading d20 showed it.
    pub natural: Option<u8>,
    /// The sides and the face of every die, in the order of the draw.
    pub dice: Vec<(u32, u32)>,
    /// The names that were used, with their values.
    pub names: Vec<(String, i64)>,
    /// The scene it was thrown in.
    pub scene: SceneNo,
    /// The event that opened that scene.
    pub opened: EventSeq,
    /// The line of play.
    pub branch: BranchId,
    /// Its number on that line of play.
    pub n: u64,
    /// What came with the request and was not known when the seal was made.
    pub nonce: String,
    /// The seal of the seed it follows from.
    pub seal: String,
    /// The action it was written in.
    pub action: Option<ActionId>,
    /// What it answers.
    pub answers: Option<EventSeq>,
}

/// The game master asks for a roll. It cannot supply one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollRequest {
    /// Who is to roll; none lets anybody.
    pub seat: Option<SeatId>,
    /// What is to be rolled.
    pub notation: String,
    /// What for.
    pub why: String,
}

/// A scene's seed is shown: everybody can draw its rolls again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedShown {
    /// The scene.
    pub scene: SceneNo,
    /// The seal that was shown before.
    pub seal: String,
    /// The seed: 64 hexadecimal digits.
    pub seed: String,
    /// How many rolls follow from it.
    pub rolls: u64,
}

/// The dice as the game remembers them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiceTray {
    /// The newest rolls, oldest first.
    pub rolls: VecDeque<KeptRoll>,
    /// What was asked for and not rolled yet, oldest first.
    pub asked: VecDeque<KeptRequest>,
    /// What each seat rolled for everyone to see.
    pub tallies: Vec<Tally>,
}

impl DiceTray {
    /// The tray as far as `viewer` may know it.
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let seen = |kept: &&KeptRoll| {
            let hidden_from_gm = viewer == Viewer::Gm && kept.shown == RollFor::Own;
            kept.shown.audience(kept.seat).admits(viewer) && !hidden_from_gm
        };
        Self { rolls: self.rolls.iter().filter(seen).cloned().collect(), ..self.clone() }
    }
}

/// A roll as the game remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRoll {
    /// The event that tells it.
    pub event: EventSeq,
    /// Who rolled.
    pub seat: Option<SeatId>,
    /// Who is shown it.
    pub shown: RollFor,
    /// The result without markup.
    pub plain: String,
    /// The action it was written in.
    pub action: Option<ActionId>,
}

/// A request as the game remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRequest {
    /// The event that asks.
    pub event: EventSeq,
    /// What it asks for.
    pub request: RollRequest,
}

/// What one seat rolled for everyone to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The seat.
    pub seat: SeatId,
    /// How many rolls.
    pub rolls: u64,
    /// How many d20s were thrown.
    pub d20s: u64,
    /// What they showed together.
    pub d20_sum: u64,
    /// How many showed 20.
    pub twenties: u64,
    /// How many showed 1.
    pub ones: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_roll_is_seen_by_those_it_is_for() {
        let (one, two) = (SeatId::new(1), SeatId::new(2));
        let rolls = RollFor::NAMED.map(|(_, shown)| KeptRoll {
            event: EventSeq::new(1),
            seat: Some(one),
            shown,
            plain: String::new(),
            action: None,
        });
        let tray = DiceTray { rolls: rolls.into(), ..DiceTray::default() };
        let seen = |viewer| tray.seen_by(viewer).rolls.iter().map(|kept| kept.shown).collect::<Vec<_>>();
        assert_eq!(seen(Viewer::Public), [RollFor::Public]);
        assert_eq!(seen(Viewer::Seat(two)), [RollFor::Public]);
        assert_eq!(seen(Viewer::Seat(one)), [RollFor::Public, RollFor::Gm, RollFor::Own]);
        assert_eq!(seen(Viewer::Gm), [RollFor::Public, RollFor::Gm, RollFor::Blind]);
    }
}
