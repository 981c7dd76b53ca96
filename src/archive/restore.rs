//! Putting a backup back: into an empty folder, all of it or nothing, and only if it is what was packed.
//! It never overwrites anything, and opens nothing for play.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::ArchiveError;
use super::manifest::{Counted, Kind, Manifest};
use super::pack::sync_folder;
use super::unpack::{Staging, Unpacker};
use crate::store;

/// Where everything lies until it was found to be good.
const STAGING: &str = ".talekeeper-restore";
/// What an empty folder may hold all the same: what file systems and earlier tries leave.
const NOTHING: [&str; 3] = ["lost+found", "talekeeper.lock", STAGING];
/// The database goes to its place last: without it there is no installation.
const DATABASE: &str = "talekeeper.db";

/// What was put back.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// Where.
    pub folder: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
}

/// Puts the backup in `file` into the empty folder `into`, which is made if it is missing. It blocks.
///
/// # Errors
/// Whatever is wrong with either; then the folder is as it was.
pub fn restore(file: &Path, into: &Path) -> Result<Restored, ArchiveError> {
    let mut unpacker = Unpacker::open(file, Kind::Backup, may_hold)?;
    let made = !into.exists();
    DirBuilder::new().recursive(true).mode(0o700).create(into).map_err(|failure| match failure.kind() {
        std::io::ErrorKind::AlreadyExists => ArchiveError::NotEmpty { path: into.to_owned() },
        _ => ArchiveError::at(into)(failure),
    })?;
    let lock = into.join("talekeeper.lock");
    let locked_before = lock.exists();
    let done = check_empty(into).and_then(|()| {
        let _held = store::hold(into)?;
        put(&mut unpacker, into)
    });
    if let Err(failure) = done {
        if !locked_before {
            let _ = fs::remove_file(lock);
        }
        if made {
            let _ = fs::remove_dir(into);
        }
        return Err(failure);
    }
    Ok(Restored { folder: into.to_owned(), manifest: unpacker.manifest().clone() })
}

fn may_hold(name: &str) -> bool {
    matches!(name, DATABASE | "config.yaml" | "discord-token")
        || name.starts_with("stories/")
        || name.starts_with("tables/")
}

fn check_empty(folder: &Path) -> Result<(), ArchiveError> {
    let entries = fs::read_dir(folder).map_err(ArchiveError::at(folder))?;
    for entry in entries {
        let name = entry.map_err(ArchiveError::at(folder))?.file_name();
        if !NOTHING.iter().any(|nothing| name == *nothing) {
            return Err(ArchiveError::NotEmpty { path: folder.to_owned() });
        }
    }
    Ok(())
}

fn put(unpacker: &mut Unpacker, into: &Path) -> Result<(), ArchiveError> {
    let staging = Staging::at(into.join(STAGING))?;
    for name in unpacker.names() {
        unpacker.extract(&name, &staging.path().join(&name))?;
    }
    verify(unpacker.manifest(), staging.path())?;
    let mut parts: Vec<_> = fs::read_dir(staging.path())
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
        .map_err(ArchiveError::at(staging.path()))?;
    parts.sort_by_key(|name| name == DATABASE);
    let mut moved = Vec::new();
    for name in parts {
        let (from, to) = (staging.path().join(&name), into.join(&name));
        if let Err(failure) = fs::rename(&from, &to) {
            // Back to where they go away with the rest.
            moved.iter().for_each(|name| drop(fs::rename(into.join(name), staging.path().join(name))));
            return Err(ArchiveError::at(&to)(failure));
        }
        moved.push(name);
    }
    drop(staging);
    sync_folder(into)
}

/// Holds the database against the manifest and against what this program writes.
fn verify(manifest: &Manifest, folder: &Path) -> Result<(), ArchiveError> {
    if !folder.join(DATABASE).exists() {
        return Err(ArchiveError::Damaged("it holds no database".to_owned()));
    }
    let (copied, problems) = store::examine_copy(folder)?;
    if let Some(problem) = problems.first() {
        return Err(ArchiveError::Damaged(problem.clone()));
    }
    let described = super::backup::describe(Kind::Backup, &copied, false);
    let same = |one: &[Counted], other: &[Counted]| one == other;
    if copied.schema != manifest.schema || !same(&described.tables, &manifest.tables) || copied.rows != manifest.rows {
        return Err(ArchiveError::Damaged("the database does not hold what its manifest says".to_owned()));
    }
    Ok(())
}
