//! The copy of the database that is made before its schema is changed, so that an older program can be gone back to.
//! Nothing is changed without it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tracing::{info, warn};

use super::copy;
use super::error::StoreError;

/// The folder beside the database.
const FOLDER: &str = "backups";
/// What the name of every such copy begins with.
const NAME: &str = "before-schema-";
/// How many are kept.
const KEPT: usize = 3;

/// Copies the database at `path` as it is with schema `from`, before it gets schema `to`.
pub(super) fn keep(conn: &Connection, path: &Path, from: i64, to: i64) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new(".")).join(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| StoreError::file(&folder, error))?;
    sweep(&folder);
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let target = folder.join(format!("{NAME}{to}-from-{from}-{stamp}.db"));
    let unfinished = target.with_extension("db.part");
    let made = write(conn, &unfinished)
        .and_then(|()| fs::rename(&unfinished, &target).map_err(|error| StoreError::file(&target, error)));
    if let Err(failure) = made {
        let _ = fs::remove_file(&unfinished);
        return Err(failure);
    }
    info!(from, to, copy = %target.display(), "the database was copied before its schema is changed");
    prune(&folder);
    Ok(())
}

fn write(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::file(to, error);
    // The same second of an earlier try that was ended.
    let _ = fs::remove_file(to);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
    copy::vacuum_into(conn, to)?;
    file.sync_all().map_err(failed)
}

/// Removes what a start left that was ended while it copied. Whoever is here holds the data folder.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(NAME) && name.ends_with(".db.part")) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Lets go of all but the newest.
fn prune(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let ours = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(NAME) && name.ends_with(".db"))
    };
    let mut copies: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(ours).collect();
    let age = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).ok();
    copies.sort_by_key(age);
    for old in copies.iter().take(copies.len().saturating_sub(KEPT)) {
        if let Err(failure) = fs::remove_file(old) {
            warn!(copy = %old.display(), error = %failure, "an old copy of the database was not removed");
        }
    }
}
