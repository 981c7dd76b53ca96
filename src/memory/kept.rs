//! A report in numbers: which memories a turn was told and why, without a word of them, so that it can be kept. PURE.
//! What they say is looked up again by whoever asks, so nothing is shown that was forgotten since or is not theirs to know.

use serde::{Deserialize, Serialize};

use super::choose::{Recalled, Report, Skip};
use crate::domain::{ErrorId, Memory, MemoryId};

/// A report that can be kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptReport {
    told: Vec<(MemoryId, f64, bool)>,
    left: Vec<(MemoryId, Skip)>,
    bytes: (usize, usize),
    failed: Option<String>,
}

impl KeptReport {
    /// What is kept of a report.
    pub fn of(report: &Report) -> Self {
        let told = report.told.iter().map(|told| (told.memory.id, told.score, told.by_chance));
        let left = report.left.iter().map(|(memory, why)| (memory.id, *why));
        let failed = report.failed.as_ref().map(ToString::to_string);
        Self { told: told.collect(), left: left.collect(), bytes: report.bytes, failed }
    }

    /// The memories it is about.
    pub fn ids(&self) -> impl Iterator<Item = MemoryId> {
        self.told.iter().map(|(id, ..)| *id).chain(self.left.iter().map(|(id, _)| *id))
    }

    /// The report, as far as its memories are known.
    pub fn report(&self, known: &[Memory]) -> Report {
        let find = |id: &MemoryId| known.iter().find(|memory| memory.id == *id).cloned();
        let told = self.told.iter().filter_map(|(id, score, by_chance)| {
            Some(Recalled { memory: find(id)?, score: *score, by_chance: *by_chance })
        });
        let left = self.left.iter().filter_map(|(id, why)| Some((find(id)?, *why)));
        let failed = self.failed.as_ref().map(ErrorId::new);
        Report { words: Vec::new(), told: told.collect(), left: left.collect(), bytes: self.bytes, failed }
    }
}
