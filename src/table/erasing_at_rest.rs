//! Erasing while no table is open: for the operator, and what was cut off when the program starts.
//! Whoever does it holds the data folder, so nobody else changes a table.

use std::path::{Path, PathBuf};

use tracing::{error, info, warn};

use crate::domain::{PersonId, TableName, Timestamp};
use crate::privacy::Receipt;
use crate::store::{Store, StoreError};
use crate::table::erasing::{EraseError, Spot, erase, tell_anew};
use crate::table::persons::finish;
use crate::telemetry::new_error_id;

/// Why somebody was not erased. What is done stays done, and the next time goes on.
#[derive(Debug, thiserror::Error)]
pub enum AtRestError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A turn was cut off there and has no end yet; that comes when the table is opened.
    #[error("a turn was cut off at table {0}")]
    Running(TableName),
}

/// An installation of which no table is open.
pub struct AtRest<'a> {
    /// The record.
    pub store: &'a Store,
    /// The folder of everything that is kept.
    pub data_dir: &'a Path,
    /// Where a table's provider works, and whether the table has story files.
    pub whereabouts: &'a (dyn Fn(&TableName) -> (PathBuf, bool) + Sync),
    /// The present time.
    pub now: Timestamp,
}

impl AtRest<'_> {
    /// Erases a person from every table, or goes on with it; none if nothing was kept of them.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn erase(&self, person: &PersonId) -> Result<Option<Receipt>, AtRestError> {
        let begun = self.store.erasing_of(person).await?;
        let mut found = begun.is_some();
        // First of all: whoever has to wait for a turn below is finished by an open table, which does not know of these.
        for name in begun.into_iter().flat_map(|begun| begun.stories) {
            tell_anew(self.store, self.data_dir, &name).await?;
        }
        for row in self.store.tables().await? {
            let (working, stories) = (self.whereabouts)(&row.name);
            let (store, data_dir) = (self.store, self.data_dir);
            let spot = Spot { store, id: row.id, name: &row.name, working: Some(&working), data_dir, stories };
            found |= erase(spot, person, self.now).await.map_err(|failure| match failure {
                EraseError::Store(failure) => AtRestError::Store(failure),
                EraseError::Running => AtRestError::Running(row.name.clone()),
            })?;
        }
        if !found {
            return Ok(None);
        }
        Ok(Some(finish(self.store, self.data_dir, person, self.now).await?))
    }

    /// Finishes what was cut off. Gives the receipts, and those who have to wait until a table is opened.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(&self) -> Result<(Vec<Receipt>, Vec<PersonId>), StoreError> {
        let (mut receipts, mut waiting) = (self.store.unscrubbed().await?, Vec::new());
        if !receipts.is_empty()
            && let Err(failure) = self.store.scrub().await
        {
            // The next start tries again; those who are not erased yet do not wait for it.
            not_finished(&failure);
        }
        for person in self.store.being_erased().await? {
            match self.erase(&person).await {
                Ok(receipt) => receipts.extend(receipt),
                Err(AtRestError::Store(failure)) => {
                    not_finished(&failure);
                    waiting.push(person);
                }
                Err(AtRestError::Running(table)) => {
                    warn!(%table, "an erasing that was cut off waits for the end of a turn");
                    waiting.push(person);
                }
            }
        }
        for Receipt { receipt, .. } in &receipts {
            info!(receipt, "an erasing that was cut off is finished");
        }
        Ok((receipts, waiting))
    }
}

fn not_finished(failure: &StoreError) {
    let error_id = new_error_id();
    error!(%error_id, error = failure as &dyn std::error::Error, "an erasing that was cut off is not finished");
}
