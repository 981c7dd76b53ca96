//! A few connections that only read, used from blocking threads so that no async task waits for the disk.
//! Never writes and never waits for the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::StoreError;
use super::schema;

/// How many reads run at once; opening a table and writing a story file are the busy moments.
const READERS: u32 = 4;

/// The connections that read, opened when first needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    open: fn(&Path) -> Result<Connection, StoreError>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self::opened_by(path, |path| Ok(schema::open_for_reading(path)?))
    }

    /// The same beside a program that may or may not run: nothing is left there that was not there.
    pub(super) fn onlooking(path: PathBuf) -> Self {
        Self::opened_by(path, |path| Ok(schema::open_untouched(path)?.0))
    }

    fn opened_by(path: PathBuf, open: fn(&Path) -> Result<Connection, StoreError>) -> Self {
        Self { path, open, idle: Mutex::default(), permits: Arc::new(Semaphore::new(READERS as usize)) }
    }

    /// Runs `read` on a connection that has everything committed so far.
    pub(super) async fn run<T, F>(self: &Arc<Self>, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let readers = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || {
            let conn = readers.take()?;
            let result = read(&conn);
            readers.idle().push(conn);
            // Held until here, whether or not anybody still waits for the result.
            drop(permit);
            result
        });
        // It is never aborted, so the only other ends are a panic in `read` and the runtime going away.
        reading.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Waits for the reads that run and lets no other begin.
    pub(super) async fn close(&self) {
        // Kept until the end, so that no read begins in between. An error means that another handle closed first.
        let _all = self.permits.acquire_many(READERS).await;
        self.permits.close();
        self.idle().clear();
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle().pop();
        idle.map_or_else(|| (self.open)(&self.path), Ok)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A list of idle connections cannot be left half changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
