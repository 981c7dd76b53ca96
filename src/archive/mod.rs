//! Archives: an installation or one table in one file, with a manifest that says what is in it.
//! It changes nothing of what it packs, and takes nothing out of a file that it has not checked.

mod backup;
mod manifest;
mod moving;
mod pack;
mod placing;
mod restore;
mod schedule;
mod unpack;

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

pub use backup::{BackedUp, Keys, back_up, stamped};
pub use manifest::{Counted, Kind, Manifest, Member};
pub use moving::{Imported, Wanted, export_table, import_table};
pub use pack::make_folder;
pub use placing::settle;
pub use restore::{Restored, restore};
pub use schedule::{AUTOMATIC, Schedule, keep_newest};

/// Why an archive was not made or not taken. Each is one sentence for the host.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No room on the disk.
    #[error("there is no room left for {}", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
        /// How the system says it.
        source: io::Error,
    },
    /// A file or folder cannot be used.
    #[error("{} could not be used ({source})", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something is in the way, which is never overwritten.
    #[error("{} is there already, and nothing is overwritten", path.display())]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// A folder that has to be empty is not.
    #[error("{} is not empty; a backup is put back into an empty folder only", path.display())]
    NotEmpty {
        /// Which.
        path: PathBuf,
    },
    /// There is no database yet.
    #[error("there is no database in {} yet", path.display())]
    Nothing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("this is not {wanted}: {why}")]
    Other {
        /// What it should be.
        wanted: &'static str,
        /// What was seen.
        why: String,
    },
    /// What is in it is not what its manifest says, or not what this program writes.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// It would write where it must not, or more than it could hold.
    #[error("the file is not safe to unpack: {0}")]
    Unsafe(String),
    /// A newer program made it.
    #[error(
        "the file was made by Talekeeper {program} (schema {found}), and this program knows up to schema {known}; use the newer program"
    )]
    Newer {
        /// Its version.
        program: String,
        /// Its schema.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// There is no such table.
    #[error("there is no table \"{name}\"{}", listed(.known))]
    NoSuchTable {
        /// What was asked for.
        name: String,
        /// Which there are.
        known: Vec<String>,
    },
    /// There is a table of that name.
    #[error("there is a table \"{name}\" here already; take another name with --as")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The channel has a table.
    #[error("channel {channel} has a table already: {name}")]
    ChannelTaken {
        /// The channel.
        channel: String,
        /// Its table.
        name: String,
    },
    /// This very table is here.
    #[error("this table is here already, as \"{name}\"; to have a copy of it, give the copy a name with --as")]
    TableHere {
        /// What it is called here.
        name: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ArchiveError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
                io::ErrorKind::AlreadyExists => Self::Exists { path },
                _ => Self::Io { path, source },
            }
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "; no table has been played yet".to_owned(),
        names => format!("; there is: {}", names.join(", ")),
    }
}
