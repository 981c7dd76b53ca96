//! What can go wrong with the database, told apart by what the host can do about it.
//! No sentence here is meant for players; doors word their own from [`StoreFault`].

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::domain::{EventSeq, SourceId, TableId};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk, or a quota or size limit is reached.
    #[error("no room left for the database")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another running program holds the data folder or the database.
    #[error("the data folder is in use by another running program{}", shown(*pid))]
    Locked {
        /// The other program's process id, where it told.
        pid: Option<u32>,
    },
    /// The data folder or the database may not be used by this user, or lies on a read-only disk.
    #[error("`{}` cannot be read and written", path.display())]
    NotWritable {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that is no folder stands where the data folder should be.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// Where the folder should be.
        path: PathBuf,
    },
    /// A newer version of this program wrote the database.
    #[error("the database has schema {found} and this program knows up to {known}")]
    Newer {
        /// The schema number in the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The file is damaged, is no database, or holds what this program never writes.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// The evidence.
        detail: String,
    },
    /// Events do not follow on the end of the table's log. Nothing was written.
    #[error("the log of table {table} goes on with event {expected}, not {found}")]
    OutOfStep {
        /// Whose log.
        table: TableId,
        /// The position that is next.
        expected: EventSeq,
        /// The position that was given.
        found: EventSeq,
    },
    /// An action from the same source is in the log already. Nothing was written.
    #[error("action `{heard}` of table {table} is in the log already")]
    AlreadyHeard {
        /// At which table.
        table: TableId,
        /// Where it was heard.
        heard: SourceId,
    },
    /// There is no such table.
    #[error("there is no table {0}")]
    UnknownTable(TableId),
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
    /// The thread that writes could not be started.
    #[error("could not start a thread")]
    NoThread(#[source] io::Error),
    /// A file beside the database could not be used.
    #[error("`{}` could not be used", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Anything else SQLite says.
    #[error("the database failed")]
    Other(#[source] rusqlite::Error),
}

/// What kind of failure it is, for choosing a sentence and what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreFault {
    /// Make room, then go on; nothing is lost that was acknowledged.
    Full,
    /// End the other program.
    Locked,
    /// Change the folder or its permissions.
    NotWritable,
    /// Use the newer program.
    Newer,
    /// Restore a copy.
    Corrupt,
    /// The caller's view of the log is old; fold it again.
    OutOfStep,
    /// The same thing was asked before; done already.
    Repeated,
    /// The program is ending.
    Closed,
    /// Look into the log.
    Other,
}

impl StoreError {
    /// What kind of failure this is.
    pub fn fault(&self) -> StoreFault {
        match self {
            Self::Full(_) => StoreFault::Full,
            Self::Locked { .. } => StoreFault::Locked,
            Self::NotWritable { .. } | Self::NotAFolder { .. } => StoreFault::NotWritable,
            Self::Newer { .. } => StoreFault::Newer,
            Self::Corrupt { .. } => StoreFault::Corrupt,
            Self::OutOfStep { .. } => StoreFault::OutOfStep,
            Self::AlreadyHeard { .. } => StoreFault::Repeated,
            Self::Closed => StoreFault::Closed,
            Self::UnknownTable(_) | Self::NoThread(_) | Self::File { .. } | Self::Other(_) => StoreFault::Other,
        }
    }

    /// What happened to a file or folder of ours.
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full(source.into()),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path, source: source.into() }
            }
            ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::File { path, source },
        }
    }

    /// What happened while the database at `path` was opened, where a refusal means permissions.
    pub(super) fn opening(path: &Path, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::NotWritable { path: path.to_owned(), source: source.into() }
            }
            _ => source.into(),
        }
    }

    /// What this program never writes was read.
    pub(super) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error().copied() else {
            return match error {
                // The columns are ours, so a value of another type is damage.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::corrupt(error.to_string()),
                _ => Self::Other(error),
            };
        };
        match (code.code, code.extended_code) {
            (ErrorCode::DiskFull, _) => Self::Full(error.into()),
            // SQLite says `full` only for ENOSPC; a quota (EDQUOT) and a size limit (EFBIG) come as a failed write,
            // and so does running out of room for the write-ahead log's shared index.
            (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE) => Self::Full(error.into()),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Locked { pid: None },
            (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Self::corrupt(error.to_string()),
            _ => Self::Other(error),
        }
    }
}

/// The process id as the end of a sentence.
fn shown(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> StoreFault {
        StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).fault()
    }

    #[test]
    fn a_full_disk_is_told_from_damage_and_from_a_lock() {
        for full in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE] {
            assert_eq!(sqlite(full), StoreFault::Full, "{full}");
        }
        assert_eq!(sqlite(ffi::SQLITE_BUSY), StoreFault::Locked);
        assert_eq!(sqlite(ffi::SQLITE_CORRUPT), StoreFault::Corrupt);
        assert_eq!(sqlite(ffi::SQLITE_NOTADB), StoreFault::Corrupt);
        assert_eq!(sqlite(ffi::SQLITE_IOERR_READ), StoreFault::Other);
    }

    #[test]
    fn a_folder_that_may_not_be_written_is_told() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::NotADirectory] {
            assert_eq!(StoreError::file(Path::new("d"), kind.into()).fault(), StoreFault::NotWritable, "{kind}");
        }
        let refused = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), None);
        assert_eq!(StoreError::opening(Path::new("d"), refused).fault(), StoreFault::NotWritable);
    }

    #[test]
    fn the_sentence_names_the_other_process() {
        insta::assert_snapshot!(StoreError::Locked { pid: Some(4711) }, @"the data folder is in use by another running program (process 4711)");
        insta::assert_snapshot!(StoreError::Newer { found: 9, known: 1 }, @"the database has schema 9 and this program knows up to 1");
    }
}
