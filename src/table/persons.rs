//! One person over all tables of the installation: what is kept about them, and erasing it.
//! It finds the tables; at each of them the table itself does the work.

use std::path::Path;

use tracing::info;

use crate::domain::{EventSeq, PersonId, TableName, Timestamp};
use crate::privacy::{self, About, Receipt, Traces};
use crate::store::{Store, StoreError};
use crate::table::actor::Actor;
use crate::table::hall::{Hall, HallError};
use crate::table::handle::TableError;
use crate::table::marks::bound_mark;
use crate::telemetry;

/// Why a person was not erased everywhere. What was erased before stays erased, and asking again goes on.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// A table does not let itself be changed now.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A table cannot be opened.
    #[error(transparent)]
    Hall(#[from] HallError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often it is looked whether a turn has ended that an erasing waits for.
const TURN_ENDS: std::time::Duration = std::time::Duration::from_millis(500);

/// Somebody who sits at tables here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who they are to the program.
    pub person: PersonId,
    /// The name they have at the first of them.
    pub name: String,
    /// At which tables.
    pub tables: Vec<TableName>,
}

impl Hall {
    /// What is kept about a person, a table each.
    pub async fn about(&self, person: &PersonId) -> Result<Vec<About>, StoreError> {
        about(self.store(), person).await
    }

    /// Erases a person from every table, from doors' notes and from the logs.
    pub async fn erase(&self, person: &PersonId) -> Result<Receipt, PersonError> {
        let mut tables = Vec::new();
        for row in self.store().tables().await? {
            if Actor::state(self.store(), row.id).await?.ledger.seat_of(person).is_some() {
                tables.push(self.table(&row.name).await?);
            }
        }
        for table in &tables {
            // Nothing is begun that a running turn would leave half done.
            if table.view().await?.running.is_some() {
                return Err(TableError::Refused(crate::domain::Refusal::TurnRunning).into());
            }
        }
        for table in tables {
            // One that began since then is waited for: what is noted as begun would be gone on with at any later start.
            while let Err(failure) = table.erase(person.clone()).await {
                if !matches!(failure, TableError::Refused(crate::domain::Refusal::TurnRunning)) {
                    return Err(failure.into());
                }
                tokio::time::sleep(TURN_ENDS).await;
            }
        }
        Ok(finish(self.store(), self.data_dir(), person, self.now()).await?)
    }
}

/// What is kept about a person, a table each.
pub async fn about(store: &Store, person: &PersonId) -> Result<Vec<About>, StoreError> {
    let secret = Actor::bounds_secret(store).await?;
    let mut found = Vec::new();
    for row in store.tables().await? {
        let events = store.events_after(row.id, EventSeq::new(0)).await?;
        found.extend(privacy::about(&row.name, &events, person, &bound_mark(&secret, &row.name, person)));
    }
    Ok(found)
}

/// Everybody who sits somewhere, in the order of their ids.
pub async fn everybody(store: &Store) -> Result<Vec<Known>, StoreError> {
    let mut known = std::collections::BTreeMap::<String, Known>::new();
    for row in store.tables().await? {
        for seat in Actor::state(store, row.id).await?.ledger.seats {
            let id = seat.person.as_str().to_owned();
            let entry = known.entry(id).or_insert(Known { person: seat.person, name: seat.name, tables: Vec::new() });
            entry.tables.push(row.name.clone());
        }
    }
    known.retain(|id, _| !id.starts_with("erased:"));
    Ok(known.into_values().collect())
}

/// What is left to do once every table has erased a person: the logs, doors' notes, the file's free pages; and the receipt.
/// Whatever of it is not done stays noted, the logs first, because the note has what is looked for in them.
pub async fn finish(store: &Store, data_dir: &Path, person: &PersonId, now: Timestamp) -> Result<Receipt, StoreError> {
    let mut ids = Traces::default();
    ids.id(person.as_str());
    let erased = store.erasing_of(person).await?.unwrap_or_default();
    let mut needles = erased.needles;
    needles.extend(ids.needles());
    needles.sort_unstable();
    needles.dedup();
    needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    let id = telemetry::new_error_id().to_string();
    let mut receipt = Receipt {
        receipt: id.replacen('E', "P", 1),
        at: jiff::Timestamp::from_millisecond(now.millis()).map(|at| at.to_string()).unwrap_or_default(),
        tables: erased.tables.len() as u64,
        events: erased.events,
        files: erased.files,
        logs: 0,
    };
    let folder = data_dir.join("logs");
    let overwritten = tokio::task::spawn_blocking(move || telemetry::overwrite(&folder, &needles)).await;
    let overwritten = overwritten.unwrap_or_else(|failure| Err(std::io::Error::other(failure)));
    receipt.logs = overwritten.map_err(|failure| StoreError::file(&data_dir.join("logs"), failure))?;
    store.forget_notes(person.clone(), ids, receipt.clone(), now.millis()).await?;
    store.scrub().await?;
    info!(
        receipt = receipt.receipt,
        tables = receipt.tables,
        events = receipt.events,
        "what was kept of a person is erased"
    );
    Ok(receipt)
}
