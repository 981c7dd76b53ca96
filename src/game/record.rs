//! What is handed out so that a scene's rolls can be drawn again, and what comes of drawing them here. PURE.
//! Of a roll that not everyone may see it holds that there was one, and nothing else.

use serde::Serialize;

use crate::dice::proof::{self, Seed, Throw};
use crate::domain::{Event, EventKind, GameEvent, Roll, SceneNo, SeedShown, TableName, Viewer};

/// The file that `tests/verify_rolls.py` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofRecord {
    /// The form of this file.
    pub format: u32,
    /// The table's name.
    pub table: String,
    /// The scene.
    pub scene: SceneNo,
    /// The rolls, by the seal that stood above them.
    pub sealed: Vec<Sealed>,
}

/// The rolls that follow from one seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// The scene they were thrown in.
    pub scene: SceneNo,
    /// The seal.
    pub seal: String,
    /// The seed, once it was shown.
    pub seed: Option<String>,
    /// The rolls in the order in which they were thrown.
    pub rolls: Vec<RollRecord>,
}

/// One roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RollRecord {
    /// That there was one.
    Hidden {
        /// The line of play.
        branch: u32,
        /// Its number on it.
        n: u64,
        /// Always true.
        hidden: bool,
    },
    /// With everything that is needed to draw it again.
    Open {
        /// The line of play.
        branch: u32,
        /// Its number on it.
        n: u64,
        /// What was rolled.
        notation: String,
        /// What came with the request.
        nonce: String,
        /// The names that were used.
        names: Vec<(String, i64)>,
        /// The dice as they are in the record.
        dice: Vec<(u32, u32)>,
        /// The totals as they are in the record.
        totals: Vec<i64>,
    },
}

/// What came of drawing again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rolls that are what the seed gives.
    pub hold: usize,
    /// Rolls that are not, and seeds that are not what was sealed.
    pub bent: usize,
    /// Rolls whose seed was not shown yet.
    pub sealed: usize,
    /// Rolls that only some may see.
    pub hidden: usize,
}

impl ProofRecord {
    /// The record of a scene from its events, on whatever line of play they are.
    pub fn of(table: &TableName, scene: SceneNo, events: &[Event]) -> Self {
        let mut sealed: Vec<Sealed> = Vec::new();
        for event in events {
            match &event.kind {
                EventKind::Game(GameEvent::Rolled(roll)) if roll.scene == scene => {
                    let record = record(event, roll);
                    match sealed.iter_mut().find(|sealed| sealed.seal == roll.seal) {
                        Some(known) => known.rolls.push(record),
                        None => {
                            let seal = roll.seal.clone();
                            sealed.push(Sealed { scene, seal, seed: None, rolls: vec![record] });
                        }
                    }
                }
                EventKind::Game(GameEvent::SeedShown(SeedShown { seal, seed, .. })) => {
                    if let Some(known) = sealed.iter_mut().find(|sealed| sealed.seal == *seal) {
                        known.seed = Some(seed.clone());
                    }
                }
                _ => {}
            }
        }
        Self { format: 1, table: table.to_string(), scene, sealed }
    }

    /// What its file is called.
    pub fn file_name(&self) -> String {
        format!("rolls-scene-{:03}.json", self.scene.get())
    }

    /// Draws everything again.
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict::default();
        for sealed in &self.sealed {
            let seed = sealed.seed.as_deref().and_then(Seed::from_hex);
            if let Some(seed) = &seed
                && seed.seal().to_string() != sealed.seal
            {
                verdict.bent += 1;
            }
            for roll in &sealed.rolls {
                match (roll, &seed) {
                    (RollRecord::Hidden { .. }, _) => verdict.hidden += 1,
                    (RollRecord::Open { .. }, None) => verdict.sealed += 1,
                    (RollRecord::Open { .. }, Some(seed)) if self.holds(seed, sealed.scene, roll) => verdict.hold += 1,
                    (RollRecord::Open { .. }, Some(_)) => verdict.bent += 1,
                }
            }
        }
        verdict
    }

    fn holds(&self, seed: &Seed, scene: SceneNo, roll: &RollRecord) -> bool {
        let RollRecord::Open { branch, n, notation, nonce, names, dice, totals } = roll else { return false };
        let at = Throw { table: &self.table, scene: scene.get(), branch: *branch, n: *n, notation, nonce };
        proof::holds(seed, &at, names, dice, totals)
    }
}

fn record(event: &Event, roll: &Roll) -> RollRecord {
    let (branch, n) = (event.branch.get(), roll.n);
    if !event.audience.admits(Viewer::Public) {
        return RollRecord::Hidden { branch, n, hidden: true };
    }
    RollRecord::Open {
        branch,
        n,
        notation: roll.notation.clone(),
        nonce: roll.nonce.clone(),
        names: roll.names.clone(),
        dice: roll.dice.clone(),
        totals: roll.totals.clone(),
    }
}
