//! The folders of a table that is taken in, marked until the table is in the database with all that follows from it.
//! What bears the mark after the program was killed is finished or taken back; nothing without it is touched.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tracing::info;

use super::ArchiveError;
use super::pack::{make_folder, sync_folder};
use super::unpack::{Staging, Unpacker};
use crate::domain::TableName;
use crate::store::Store;
use crate::table::tell_anew;

/// Where everything lies until all of it was found to be good, and what the mark in a folder is called.
const MARK: &str = ".talekeeper-import";
/// What lies in the archive under which name, and where it goes.
const PLACES: [(&str, &str); 2] = [("folder", "tables"), ("stories", "stories")];
/// What a scene's file begins with; these are made from the log.
const SCENE: &[u8] = b"---\ntype: scene\n";

/// A table's folders in their places, gone again unless they are kept.
pub(super) struct Placed {
    data_dir: PathBuf,
    folders: Vec<PathBuf>,
}

impl Placed {
    /// Unpacks everything, then puts it in its places. The mark comes along with the folder it lies in.
    pub(super) fn put(unpacker: &mut Unpacker, data_dir: &Path, name: &TableName) -> Result<Self, ArchiveError> {
        let staging = Staging::at(data_dir.join(MARK))?;
        for member in unpacker.names() {
            let to = staging.path().join(&member);
            match member.split_once('/') {
                Some(("stories", _)) => {
                    unpacker.extract(&member, &to)?;
                    if fs::read(&to).map_err(ArchiveError::at(&to))?.starts_with(SCENE) {
                        fs::remove_file(&to).map_err(ArchiveError::at(&to))?;
                    }
                }
                Some(_) => unpacker.extract(&member, &to)?,
                None => {}
            }
        }
        let mut placed = Self { data_dir: data_dir.to_owned(), folders: Vec::new() };
        for (part, of) in PLACES {
            let (from, folder) = (staging.path().join(part), data_dir.join(of));
            // Each of them, also where the archive has nothing for it: what is marked is what is to be finished.
            make_folder(&from)?;
            make_folder(&folder)?;
            mark(&from)?;
            let to = folder.join(name.as_str());
            fs::rename(&from, &to).map_err(ArchiveError::at(&to))?;
            placed.folders.push(to);
            sync_folder(&folder)?;
        }
        Ok(placed)
    }

    /// The table is in the database: the folders stay.
    pub(super) fn keep(mut self) -> Kept {
        Kept(std::mem::take(&mut self.folders))
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        // What cannot be taken back now bears the mark, and the next start tries again.
        self.folders.iter().for_each(|folder| drop(take_back(&self.data_dir, folder)));
    }
}

/// Folders of a table that is here, but for what is made from its log.
pub(super) struct Kept(Vec<PathBuf>);

impl Kept {
    /// Everything is done.
    pub(super) fn unmark(self) -> Result<(), ArchiveError> {
        self.0.iter().try_for_each(|folder| gone(&folder.join(MARK), fs::remove_file(folder.join(MARK))))
    }
}

/// Finishes what an import left that was cut off: a table that came into the database is told, what was put in place for
/// one that did not goes. Whoever calls it holds the data folder, and no table is open.
///
/// # Errors
/// What is in the way; then some of it is left for the next time.
pub async fn settle(store: &Store, data_dir: &Path) -> Result<(), ArchiveError> {
    let staging = data_dir.join(MARK);
    gone(&staging, fs::remove_dir_all(&staging))?;
    for (name, folders) in marked(data_dir)? {
        if store.table_named(&name).await?.is_some() {
            tell_anew(store, data_dir, &name).await?;
            Kept(folders).unmark()?;
            info!(table = %name, "an import that was cut off is finished");
        } else {
            folders.iter().try_for_each(|folder| take_back(data_dir, folder))?;
            info!(table = %name, "an import that was cut off is taken back");
        }
    }
    Ok(())
}

/// The folders with the mark, by their table.
fn marked(data_dir: &Path) -> Result<BTreeMap<TableName, Vec<PathBuf>>, ArchiveError> {
    let mut marked = BTreeMap::<_, Vec<_>>::new();
    for (_, of) in PLACES {
        let folder = data_dir.join(of);
        let entries = match fs::read_dir(&folder) {
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(ArchiveError::at(&folder))?,
        };
        for entry in entries.flatten().filter(|entry| entry.path().join(MARK).is_file()) {
            if let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                marked.entry(name).or_default().push(entry.path());
            }
        }
    }
    Ok(marked)
}

/// Lets a folder go with its mark in one step, so that being cut off again leaves nothing without a mark.
fn take_back(data_dir: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let staging = Staging::at(data_dir.join(MARK))?;
    fs::rename(folder, staging.path().join("gone")).map_err(ArchiveError::at(folder))
}

fn mark(folder: &Path) -> Result<(), ArchiveError> {
    let path = folder.join(MARK);
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    made.and_then(|file| file.sync_all()).map_err(ArchiveError::at(&path))?;
    sync_folder(folder)
}

/// That something is not there is as good as having it removed.
fn gone(path: &Path, removed: io::Result<()>) -> Result<(), ArchiveError> {
    match removed {
        Err(failure) if failure.kind() != io::ErrorKind::NotFound => Err(ArchiveError::at(path)(failure)),
        _ => Ok(()),
    }
}
