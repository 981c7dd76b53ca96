//! Erasing a person while their table is open: its actor does it, because nobody else changes the table.
//! What the table knew of them goes from the log and from memory alike.

use std::time::Duration;

use tracing::info;

use super::recollections::Recollections;
use super::{Actor, load};
use crate::brief::Mode;
use crate::domain::{PersonId, Refusal};
use crate::table::erasing::{self, EraseError, Spot};
use crate::table::handle::TableError;
use crate::table::machine::Input;

/// How long is waited before a log that could not be read is read again.
const READ_AGAIN: Duration = Duration::from_secs(1);

impl Actor {
    /// Erases a person, if they sit here; never while a reply about them is on its way.
    pub(super) async fn erase(&mut self, person: &PersonId) -> Result<bool, TableError> {
        let ledger = &self.machine.state().ledger;
        if ledger.seat_of(person).is_none() {
            return Ok(false);
        }
        if self.run.is_some() || self.machine.is_running() || !ledger.summing.is_empty() {
            return Err(Refusal::TurnRunning.into());
        }
        // A program that rests was told of them in a file, and what was kept of the last turn may be on its way to the disk.
        self.parts.providers.forget(self.name.as_str()).await;
        if let Some(keeper) = &self.parts.keeper {
            keeper.forget(&self.name).await;
        }
        let working = self.folder.working().await.ok();
        let spot = Spot {
            store: &self.parts.store,
            id: self.id,
            name: &self.name,
            working: working.as_deref(),
            data_dir: &self.parts.data_dir,
            stories: self.settings.mode != Mode::Coding,
        };
        let erased = erasing::erase(spot, person, (self.parts.now)()).await.map_err(|failure| match failure {
            EraseError::Store(failure) => self.not_saved(&failure),
            EraseError::Running => Refusal::TurnRunning.into(),
        })?;
        // The log is another now, and what is in memory must not outlive it, not even in a snapshot.
        while let Err(failure) = self.begin_anew().await {
            drop(self.not_saved(&failure));
            tokio::time::sleep(READ_AGAIN).await;
        }
        info!(table = %self.name, "a person was erased");
        Ok(erased)
    }

    /// Forgets all that is held in memory and folds the table from its log again.
    async fn begin_anew(&mut self) -> Result<(), crate::store::StoreError> {
        let (state, snapshot_at) = load::state(&self.parts.store, self.id).await?;
        let dice = load::secret(&self.parts.store).await?;
        let machine = load::machine(&self.settings, &self.folder, &self.name, dice, state).await;
        self.machine = machine.in_place_of(&self.machine);
        self.snapshot_at = snapshot_at;
        self.kept.recalls = Recollections::default();
        self.kept.lore = None;
        self.input(Input::Opened).await;
        Ok(())
    }
}
