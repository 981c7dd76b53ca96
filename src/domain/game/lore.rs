//! Lore as the log has it: which entries a turn was told, and when each was called last.
//! What an entry says stands in its book; what calls it is decided in `crate::lore`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most entries whose calls are remembered.
const MARKS: usize = 4_000;

/// What a turn was told of the lorebooks. For the game master only: it names what others may not know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoreTold {
    /// The number of the newest message on the line of play.
    pub at: u64,
    /// What chance came from.
    pub seed: u64,
    /// The entries that were called now, by their names across books.
    pub called: Vec<String>,
    /// The entries that stayed from before.
    pub stayed: Vec<String>,
}

/// When each entry was called last, in messages since the line of play began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoreMarks(BTreeMap<String, u64>);

impl LoreMarks {
    /// Takes in what a turn was told.
    pub fn take(&mut self, told: &LoreTold) {
        for name in &told.called {
            self.0.insert(name.clone(), told.at);
        }
        while self.0.len() > MARKS {
            let oldest = self.0.iter().min_by_key(|(_, at)| **at).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return };
            self.0.remove(&oldest);
        }
    }

    /// When an entry was called last.
    pub fn last(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }
}
