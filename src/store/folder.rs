//! Makes the data folder ready and holds it, so that two programs never write the same database.
//! Never opens the database itself.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// The database within the data folder.
const DATABASE: &str = "talekeeper.db";
/// The file whose lock says that the folder is held.
pub(super) const LOCK: &str = "talekeeper.lock";
/// A process id and a line end fit many times over.
const LOCK_MAX: u64 = 32;

/// Holds the data folder until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _held: File,
}

/// Where the database of `data_dir` is.
pub(super) fn database(data_dir: &Path) -> PathBuf {
    data_dir.join(DATABASE)
}

/// Makes the folder and an empty database where they are missing, for this user only, and takes the lock.
pub(super) fn prepare(data_dir: &Path) -> Result<(PathBuf, FolderLock), StoreError> {
    make_folder(data_dir)?;
    let lock = take_lock(&data_dir.join(LOCK))?;
    let path = database(data_dir);
    // SQLite gives the files it puts beside the database the database's own permissions.
    private().open(&path).map_err(|error| StoreError::file(&path, error))?;
    Ok((path, lock))
}

/// The process that holds the data folder, if one does. Makes nothing.
pub(super) fn holder(data_dir: &Path) -> Option<Holder> {
    let mut file = File::open(data_dir.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(Holder { pid: written_pid(&mut file) }),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// A running program that holds the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process id, where it told.
    pub pid: Option<u32>,
}

fn make_folder(data_dir: &Path) -> Result<(), StoreError> {
    match DirBuilder::new().recursive(true).mode(0o700).create(data_dir) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(StoreError::NotAFolder { path: data_dir.to_owned() })
        }
        Err(error) => Err(StoreError::file(data_dir, error)),
    }
}

pub(super) fn take_lock(path: &Path) -> Result<FolderLock, StoreError> {
    let failed = |error| StoreError::file(path, error);
    let mut file = private().open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { pid: written_pid(&mut file) }),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // The lock is what counts; the id only helps the next one to say who holds it.
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(FolderLock { _held: file })
}

fn written_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(LOCK_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}
