//! Memory at a table: what a turn is told of earlier, and what people look up.
//! A search that fails is said so, in the log and to whoever asks why; play goes on without it.

use tracing::{debug, error};

use super::Actor;
use crate::brief::Mode;
use crate::domain::{Memory, TurnNo, Viewer};
use crate::memory::Report;
use crate::store::Wanted;
use crate::table::recall::{self, Moment};
use crate::telemetry::new_error_id;

/// How many turns a memory counts as told lately.
const LATELY: usize = 5;

impl Actor {
    /// What the turn that was just opened is told of earlier.
    pub(super) async fn remember(&mut self, turn: TurnNo) -> Vec<Memory> {
        if self.settings.mode == Mode::Coding {
            return Vec::new();
        }
        let state = self.machine.state();
        let said = state.ledger.running.as_ref().map_or(&[][..], |running| &running.said);
        let lately: Vec<_> = self.recalls.iter().flat_map(|report| &report.told).map(|told| told.memory.id).collect();
        let moment = Moment {
            turn: turn.get(),
            tale: &state.tale,
            said,
            lately: &lately,
            brief_bytes: self.settings.brief_bytes,
        };
        let report = match recall::recall(&self.parts.store, self.wanted(Viewer::Gm), &moment).await {
            Ok(report) => report,
            Err(failure) => {
                let error_id = new_error_id();
                error!(table = %self.name, turn = %turn, %error_id, error = &failure as &dyn std::error::Error,
                    "nothing could be recalled");
                Report { failed: Some(error_id), ..Report::default() }
            }
        };
        debug!(table = %self.name, turn = %turn, told = report.told.len(), left = report.left.len(),
            bytes = report.bytes.0, "memories recalled");
        let memories = report.told.iter().map(|told| told.memory.clone()).collect();
        self.recalls.push_back(report);
        while self.recalls.len() > LATELY {
            self.recalls.pop_front();
        }
        memories
    }

    /// This table's memory along the present line of play, as `viewer` may know it.
    pub(super) fn wanted(&self, viewer: Viewer) -> Wanted {
        Wanted { table: self.id, path: self.machine.state().ledger.path(), viewer }
    }
}
