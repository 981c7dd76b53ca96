//! The hall: which tables there are and which are open. A table opens when somebody comes or has work left.
//! It never looks into a table; each is its actor's own.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, mpsc};
use tracing::{info, warn};

use crate::domain::{ProviderName, Refusal, TableName, Timestamp};
use crate::store::{Store, StoreError};
use crate::table::actor::{Actor, Parts, Resting};
use crate::table::feed::Feed;
use crate::table::handle::TableHandle;
use crate::table::settings::TableSettings;

/// How many messages of doors may wait for a table.
const INBOX: usize = 64;

/// Why a table cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum HallError {
    /// Its log cannot be read or begun.
    #[error("the table's log could not be opened")]
    Store(#[from] StoreError),
}

/// How a table's settings are found by its name.
pub type SettingsOf = Arc<dyn Fn(&TableName) -> TableSettings + Send + Sync>;

/// How long a table's door may take to see what was changed while the program was away; none for a table without one.
pub type HoldOf = Arc<dyn Fn(&TableName) -> Option<Duration> + Send + Sync>;

/// All tables of this program.
pub struct Hall {
    parts: Parts,
    settings_of: SettingsOf,
    hold_of: HoldOf,
    open: Mutex<HashMap<TableName, Arc<OnceCell<TableHandle>>>>,
}

impl Hall {
    /// A hall with no table open.
    pub fn new(parts: Parts, settings_of: SettingsOf) -> Self {
        Self { parts, settings_of, hold_of: Arc::new(|_| None), open: Mutex::default() }
    }

    /// The same; what waits at a table when it is opened is held until its door has looked, or for as long as `hold_of` says.
    pub fn holding(self, hold_of: HoldOf) -> Self {
        Self { hold_of, ..self }
    }

    /// The table of that name, opened if it is not open, begun if it is new.
    pub async fn table(&self, name: &TableName) -> Result<TableHandle, HallError> {
        let cell = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(name.clone()).or_default())
        };
        // Two who ask for the same table at once get the same one: the second waits for the first.
        let handle = cell.get_or_try_init(|| self.open(name)).await?;
        Ok(handle.clone())
    }

    async fn open(&self, name: &TableName) -> Result<TableHandle, HallError> {
        let row = self.parts.store.ensure_table(name, (self.parts.now)()).await?;
        let settings = Arc::new((self.settings_of)(name));
        let ((inbox, messages), frames) = (mpsc::channel(INBOX), Feed::default());
        let mut table = Resting::new(row, settings, self.parts.clone(), frames.clone()).await?;
        let mut actor = table.wake().await?;
        if let Some(at_most) = (self.hold_of)(name) {
            actor.hold(at_most);
        }
        let handle = TableHandle::new(name.clone(), inbox, frames);
        self.parts.tasks.spawn(table.attend(actor, messages));
        info!(table = %name, "table opened");
        Ok(handle)
    }

    /// Opens every table in which something waits for an answer.
    pub async fn open_unfinished(&self) -> Result<(), HallError> {
        let unfinished = self.parts.store.tables_with_unfinished_work().await?;
        if unfinished.is_empty() {
            return Ok(());
        }
        for row in self.parts.store.tables().await? {
            if unfinished.contains(&row.id)
                && let Err(failure) = self.table(&row.name).await
            {
                warn!(table = %row.name, error = %failure, "table with unfinished work not opened");
            }
        }
        Ok(())
    }

    /// Counts what the tables have spent today, open or not, where all of them share a budget.
    pub async fn count_money(&self) -> Result<(), HallError> {
        let (purse, store) = (&self.parts.purse, &self.parts.store);
        if purse.is_limited() {
            for row in store.tables().await? {
                purse.note_state(row.id, (self.parts.now)(), &Actor::state(store, row.id).await?);
            }
        }
        Ok(())
    }

    pub(super) fn store(&self) -> &Store {
        &self.parts.store
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.parts.data_dir
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.parts.now)()
    }

    /// How many tables are open.
    pub fn open_tables(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().filter(|table| table.initialized()).count()
    }

    /// How many turns wait for a place among those that run.
    pub fn queued_turns(&self) -> usize {
        self.parts.slots.waiting()
    }

    /// Whether there is a provider of that name.
    pub fn check_provider(&self, name: &ProviderName) -> Result<(), Refusal> {
        if self.parts.providers.get(name).is_some() {
            return Ok(());
        }
        Err(Refusal::UnknownProvider { name: name.to_string(), known: self.parts.providers.names() })
    }
}
