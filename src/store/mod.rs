//! What is kept: one SQLite file with the log of every table and what is derived from it. SQL stands only here.
//! Decides nothing about play, and changes no event but where a person is erased (`erasing`).
//!
//! One thread owns the only connection that writes; reads run on a few connections of their own and never wait for
//! it. `events` is the record; `actions`, `turns`, `memory` and `snapshots` can be made again from it ([`Store::rebuild`]).

use std::path::Path;
use std::sync::Arc;

// The file and those who hold it.
mod before;
mod copy;
mod error;
mod folder;
mod readers;
mod schema;
mod writer;
// The record.
mod events;
mod paths;
mod table_settings;
mod tables;
// What is derived from it.
mod actions;
mod asks;
mod memory;
mod projection;
mod snapshots;
mod turn_reports;
mod turns;
// Where tables are reached, and what is on its way there.
mod lines;
mod moving;
mod opened;
mod outbox;
mod places;
// What is taken out of it.
mod erasing;
mod unfinished;
// Whether it is all right.
mod inspect;
mod integrity;
mod onlooking;
mod standing;
#[cfg(test)]
mod testing;

pub use actions::{ActionRow, ActionState};
pub use asks::OpenMessage;
pub use copy::{Copied, copy_database, examine_copy};
pub use erasing::Rewriting;
pub use error::{StoreError, StoreFault};
pub use folder::FolderLock;
pub use folder::Holder;
pub use inspect::Inspection;
pub use integrity::RebuildReport;
pub use lines::Line;
pub use memory::Wanted;
pub use moving::{TakenTable, take_table};
pub use onlooking::Onlooking;
pub use opened::OpenedTable;
pub use outbox::{Parcel, ParcelState, Planned};
pub use places::PlaceRow;
pub use snapshots::{SNAPSHOT_FORMAT, SnapshotRow};
pub use standing::Standing;
pub use tables::TableRow;
pub use turn_reports::ReportOf;
pub use turns::{TurnEnd, TurnRow};

use readers::Readers;
use writer::Writer;

/// The newest schema this program knows.
pub const KNOWN_SCHEMA: i64 = schema::KNOWN;

/// Holds a data folder so that no program opens it, without opening it.
///
/// # Errors
/// `Locked` when another running program holds it, or what kept the lock from being taken.
pub fn hold(data_dir: &Path) -> Result<FolderLock, StoreError> {
    folder::take_lock(&data_dir.join(folder::LOCK))
}

/// The database of one installation. Cloning gives another handle to the same one.
///
/// Every call may fail with [`StoreError`]; a failed write has changed nothing and the next one may succeed. A write
/// whose caller stops waiting is still done.
#[derive(Clone, Debug)]
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

    /// Returns when the thread that writes has come to this question: it is alive, and so is the database's file.
    ///
    /// # Errors
    /// `Closed`, or why no transaction can be begun.
    pub async fn answers(&self) -> Result<(), StoreError> {
        self.writer.run(|_| Ok(())).await
    }

    /// Finishes what was asked before, moves everything into the one file and lets go of the folder.
    /// Other handles get [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::testing::{Scribe, fresh, seqs};
    use super::*;
    use crate::domain::EventSeq;

    #[tokio::test]
    async fn what_was_written_is_there_after_closing_and_opening() {
        let f = fresh().await;
        f.store.append(f.table, vec![Scribe::new().say("a")]).await.unwrap();
        let other = f.store.clone();
        f.store.close().await;
        assert!(matches!(other.tables().await, Err(StoreError::Closed)));
        assert!(matches!(other.append(f.table, vec![Scribe::new().say("a")]).await, Err(StoreError::Closed)));
        other.close().await;
        assert!(!f.dir.path().join("talekeeper.db-wal").exists());
        let again = Store::open(f.dir.path()).unwrap();
        assert_eq!(seqs(&again.events_after(f.table, EventSeq::new(0)).await.unwrap()), [1]);
    }

    #[tokio::test]
    async fn a_second_opener_is_refused_and_told_by_whom() {
        let f = fresh().await;
        let Err(StoreError::Locked { pid }) = Store::open(f.dir.path()) else { panic!("two hold one folder") };
        assert_eq!(pid, Some(std::process::id()));
        f.store.close().await;
        Store::open(f.dir.path()).unwrap();
    }

    #[tokio::test]
    async fn only_this_user_may_look_inside() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/data");
        let store = Store::open(&data).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for file in ["talekeeper.db", "talekeeper.db-wal", "talekeeper.lock"] {
            assert_eq!(mode(&data.join(file)), 0o600, "{file}");
        }
        store.close().await;
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data");
        fs::write(&file, "not a folder").unwrap();
        for path in [file.clone(), file.join("deeper")] {
            assert!(matches!(Store::open(&path), Err(StoreError::NotAFolder { .. })), "{}", path.display());
        }
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    fn a_folder_without_permission_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
        if fs::write(dir.path().join("probe"), "").is_ok() {
            eprintln!("not tested: this user may write everywhere");
            return;
        }
        assert!(matches!(Store::open(dir.path()), Err(StoreError::NotWritable { .. })));
        assert!(matches!(Store::open(&dir.path().join("data")), Err(StoreError::NotWritable { .. })));
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_left_as_it_is() {
        let f = fresh().await;
        f.tamper("PRAGMA user_version = 99").await;
        f.store.close().await;
        let file = f.dir.path().join("talekeeper.db");
        let before = fs::read(&file).unwrap();
        for _ in 0..2 {
            let Err(StoreError::Newer { found: 99, known }) = Store::open(f.dir.path()) else { panic!("opened") };
            assert_eq!(known, schema::KNOWN);
            assert!(matches!(Store::inspect(f.dir.path()), Err(StoreError::Newer { .. })));
        }
        assert_eq!(fs::read(&file).unwrap(), before);
        assert_eq!(fs::read_dir(f.dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_no_database_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("talekeeper.db"), "a shopping list, long enough to be read as a page\n".repeat(99))
            .unwrap();
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Corrupt { .. })));
        assert!(matches!(Store::inspect(dir.path()), Err(StoreError::Corrupt { .. })));
    }

    #[tokio::test]
    async fn after_a_full_disk_the_next_write_works_once_there_is_room() {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        let (small, large) = (scribe.say("a"), scribe.say(&"dragon ".repeat(50_000)));
        f.store.append(f.table, vec![small]).await.unwrap();
        // SQLite's own limit fails in the same way as a disk without room.
        f.tamper("PRAGMA max_page_count = 30").await;
        for _ in 0..3 {
            let full = f.store.append(f.table, vec![large.clone()]).await.unwrap_err();
            assert_eq!(full.fault(), StoreFault::Full);
        }
        assert_eq!(seqs(&f.store.events_after(f.table, EventSeq::new(0)).await.unwrap()), [1]);
        f.tamper("PRAGMA max_page_count = 100000").await;
        f.store.append(f.table, vec![large]).await.unwrap();
        assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_panic_in_one_write_is_rolled_back_and_the_next_goes_on() {
        let f = fresh().await;
        let broken = f.store.writer.run(|tx| -> Result<(), StoreError> {
            tx.execute("DELETE FROM tables", [])?;
            panic!("on purpose")
        });
        assert!(matches!(broken.await, Err(StoreError::Closed)));
        assert_eq!(f.store.tables().await.unwrap().len(), 1);
        f.store.append(f.table, vec![Scribe::new().say("a")]).await.unwrap();
    }

    #[tokio::test]
    async fn looking_makes_nothing_and_sees_a_running_program() {
        let nowhere = tempfile::tempdir().unwrap();
        assert_eq!(Store::inspect(&nowhere.path().join("none")).unwrap(), None);
        assert_eq!(Store::inspect(nowhere.path()).unwrap(), None);
        assert_eq!(fs::read_dir(nowhere.path()).unwrap().count(), 0);

        let f = fresh().await;
        f.store.append(f.table, vec![Scribe::new().say("a")]).await.unwrap();
        let running = Store::inspect(f.dir.path()).unwrap().unwrap();
        assert_eq!((running.in_use, running.pid), (true, Some(std::process::id())));
        assert_eq!((running.version, running.problems), (schema::KNOWN, vec![]));
        f.tamper("DELETE FROM actions").await;
        f.store.close().await;
        let idle = Store::inspect(f.dir.path()).unwrap().unwrap();
        assert_eq!((idle.in_use, idle.pid, idle.problems.len()), (false, None, 1));
        assert_eq!(fs::read_dir(f.dir.path()).unwrap().count(), 2);
    }
}
