//! Erasing people while no table is open, with what the configuration says of the tables: for the operator, and at the start.
//! What becomes of a log is not its matter.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{drivers, now, roster};
use crate::config::{Config, Mode, Roster};
use crate::domain::{PersonId, TableName};
use crate::privacy::Receipt;
use crate::provider::sweep;
use crate::store::Store;
use crate::table::{AtRest, AtRestError, Hall};
use crate::telemetry::new_error_id;

/// How long is waited before a table whose turn was cut off is asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// What came of an operator's wish.
pub(crate) struct Erased {
    /// Receipts of erasings that had been cut off, of whomever.
    pub(crate) before: Vec<Receipt>,
    /// The receipt of this one; none if nothing is kept of them.
    pub(crate) now: Option<Receipt>,
}

/// Erases a person for the operator, after what was cut off before.
pub(crate) async fn erase(store: &Store, config: &Config, person: &PersonId) -> Result<Erased, AtRestError> {
    if let Err(error) = sweep(&drivers::scratch(config)) {
        warn!(%error, "what providers' programs left when the program was killed cannot be removed");
    }
    let opened = roster(store, config).await?;
    let whereabouts = |name: &TableName| whereabouts(config, &opened, name);
    let at_rest = AtRest { store, data_dir: &config.data_dir, whereabouts: &whereabouts, now: now() };
    let (before, _) = at_rest.finish().await?;
    Ok(Erased { before, now: at_rest.erase(person).await? })
}

/// Finishes at the start what was cut off, before any table is open. Gives those who have to wait for one.
pub(super) async fn finish(store: &Store, config: &Config, opened: &Roster) -> Vec<PersonId> {
    let whereabouts = |name: &TableName| whereabouts(config, opened, name);
    let at_rest = AtRest { store, data_dir: &config.data_dir, whereabouts: &whereabouts, now: now() };
    match at_rest.finish().await {
        Ok((_, waiting)) => waiting,
        Err(failure) => {
            let error_id = new_error_id();
            error!(%error_id, error = &failure as &dyn std::error::Error, "an erasing that was cut off is not finished");
            Vec::new()
        }
    }
}

/// Erases those who had to wait, as soon as no turn runs at their tables.
pub(super) async fn go_on(hall: Arc<Hall>, waiting: Vec<PersonId>, ending: CancellationToken) {
    for person in waiting {
        while let Err(failure) = hall.erase(&person).await {
            warn!(error = &failure as &dyn std::error::Error, "an erasing that was cut off is not finished yet");
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = ending.cancelled() => return,
            }
        }
    }
}

/// Where a table's provider works, and whether the table has story files.
fn whereabouts(config: &Config, opened: &Roster, name: &TableName) -> (PathBuf, bool) {
    let table = config.tables.iter().find(|table| table.name == *name).cloned().or_else(|| opened.find(name));
    let workspace = table.as_ref().and_then(|table| table.workspace.clone());
    let working = workspace.unwrap_or_else(|| config.data_dir.join("tables").join(name.as_str()).join("work"));
    (working, table.is_none_or(|table| table.mode != Mode::Coding))
}
