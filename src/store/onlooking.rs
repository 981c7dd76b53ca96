//! A store that only reads, for commands that look on while the program runs, or when it does not.
//! It makes nothing, migrates nothing, changes nothing and leaves nothing behind.

use std::path::Path;
use std::sync::Arc;

use super::error::StoreError;
use super::folder::Holder;
use super::readers::Readers;
use super::writer::Writer;
use super::{Store, events, folder, schema};
use crate::domain::{Event, TableId};

/// The ends of turns and attempts among a table's newest events.
const ENDS: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    WHERE table_id = ?1 AND seq > (SELECT max(seq) FROM events WHERE table_id = ?1) - ?2
    AND kind IN ('turn_ended', 'rung_left') ORDER BY seq DESC";

/// What there is to look at.
#[derive(Debug)]
pub enum Onlooking {
    /// No database yet.
    Nothing,
    /// A database of an older version; the next start brings it up to date.
    Older,
    /// This. Whatever would write finds it closed.
    Open(Store),
}

impl Store {
    /// Opens the database in `data_dir` to look on for a moment. Open it anew for each look: what a program that starts
    /// meanwhile writes is not seen by one that was opened before.
    ///
    /// # Errors
    /// `Newer`, `Corrupt`, or what kept the file from being read.
    pub fn look(data_dir: &Path) -> Result<Onlooking, StoreError> {
        let path = folder::database(data_dir);
        if !path.try_exists().map_err(|error| StoreError::file(&path, error))? {
            return Ok(Onlooking::Nothing);
        }
        let (_, found) = schema::open_untouched(&path)?;
        match found.cmp(&schema::KNOWN) {
            std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known: schema::KNOWN }),
            std::cmp::Ordering::Less => Ok(Onlooking::Older),
            std::cmp::Ordering::Equal => {
                Ok(Onlooking::Open(Self { writer: Writer::none(), readers: Arc::new(Readers::onlooking(path)) }))
            }
        }
    }

    /// The running program that holds the data folder, if one does.
    pub fn holder(data_dir: &Path) -> Option<Holder> {
        folder::holder(data_dir)
    }

    /// The ends of turns, and of attempts at them, among the last `within` events of a table, the newest first.
    pub async fn newest_ends(&self, table: TableId, within: u32) -> Result<Vec<Event>, StoreError> {
        self.readers.run(move |conn| events::collect(conn, ENDS, (table.get(), within))).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::domain::EventSeq;
    use crate::store::testing::{Scribe, failed, fresh, seqs};

    fn open(data_dir: &Path) -> Store {
        match Store::look(data_dir).unwrap() {
            Onlooking::Open(store) => store,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn whoever_looks_on_sees_what_is_written_and_writes_nothing() {
        let nowhere = tempfile::tempdir().unwrap();
        assert!(matches!(Store::look(nowhere.path()), Ok(Onlooking::Nothing)));
        assert_eq!(fs::read_dir(nowhere.path()).unwrap().count(), 0);

        let f = fresh().await;
        assert_eq!(Store::holder(f.dir.path()).unwrap().pid, Some(std::process::id()));
        let mut scribe = Scribe::new();
        f.store.append(f.table, vec![scribe.say("a"), scribe.open_turn(1, &[1])]).await.unwrap();
        f.store.append(f.table, vec![scribe.end_turn(1, failed())]).await.unwrap();
        let look = open(f.dir.path());
        assert_eq!(seqs(&look.events_after(f.table, EventSeq::new(0)).await.unwrap()), [1, 2, 3]);
        assert_eq!(seqs(&look.newest_ends(f.table, 2).await.unwrap()), [3]);
        assert!(matches!(look.append(f.table, vec![scribe.say("b")]).await, Err(StoreError::Closed)));
        f.store.close().await;

        let files = || fs::read_dir(f.dir.path()).unwrap().count();
        let before = files();
        assert_eq!(seqs(&open(f.dir.path()).newest_ends(f.table, 500).await.unwrap()), [3]);
        assert_eq!((files(), Store::holder(f.dir.path())), (before, None));
    }

    #[tokio::test]
    async fn a_database_of_an_older_version_is_left_alone() {
        let f = fresh().await;
        f.tamper("PRAGMA user_version = 5").await;
        assert!(matches!(Store::look(f.dir.path()), Ok(Onlooking::Older)));
        f.tamper("PRAGMA user_version = 99").await;
        assert!(matches!(Store::look(f.dir.path()), Err(StoreError::Newer { .. })));
    }
}
