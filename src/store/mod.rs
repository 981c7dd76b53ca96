//! What is kept: one SQLite file with the log of every table and what is derived from it. SQL stands only here.
//! Decides nothing about play and never changes an event.
//!
//! One thread owns the only connection that writes; reads run on a few connections of their own and never wait for
//! it. `events` is the record; `actions`, `turns` and `snapshots` can be made again from it ([`Store::rebuild`]).

use std::path::Path;
use std::sync::Arc;

// The file and those who hold it.
mod error;
mod folder;
mod readers;
mod schema;
mod writer;
// The record.
mod events;
mod paths;
mod tables;
// What is derived from it.
mod actions;
mod projection;
mod snapshots;
mod turns;
// Whether it is all right.
mod inspect;
mod integrity;
#[cfg(test)]
mod testing;

pub use actions::{ActionRow, ActionState};
pub use error::{StoreError, StoreFault};
pub use inspect::Inspection;
pub use integrity::RebuildReport;
pub use snapshots::{SNAPSHOT_FORMAT, SnapshotRow};
pub use tables::TableRow;
pub use turns::{TurnEnd, TurnRow};

use readers::Readers;
use writer::Writer;

/// The database of one installation. Cloning gives another handle to the same one.
///
/// Every call may fail with [`StoreError`]; a failed write has changed nothing and the next one may succeed. A write
/// whose caller stops waiting is still done.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens the database in `data_dir`, making the folder and the file (for this user only) when they are missing,
    /// and brings its schema up to date. Holds the folder until [`Store::close`] or the end of the process.
    ///
    /// # Errors
    /// `Locked` when another running program holds the folder, `Newer` when a newer program wrote the file (which is
    /// left as it is), `NotWritable`, `NotAFolder`, `Full`, `Corrupt`.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (path, lock) = folder::prepare(data_dir)?;
        let conn = schema::open_for_writing(&path)?;
        Ok(Self { writer: Writer::start(conn, lock)?, readers: Arc::new(Readers::new(path)) })
    }

    /// Looks at the database in `data_dir` without making, migrating or changing anything; none when there is no
    /// database yet. Reads all of it: for a check, not for every start.
    ///
    /// # Errors
    /// `Newer`, `Corrupt`, or what kept the file from being read.
    pub fn inspect(data_dir: &Path) -> Result<Option<Inspection>, StoreError> {
        inspect::inspect(data_dir)
    }

    /// Finishes what was asked before, moves everything into the one file and lets go of the folder.
    /// Other handles get [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
