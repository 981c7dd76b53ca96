//! The log's files: what they are called, in which order, and how one is known again after it was renamed.
//! Never writes or removes one.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The file that is being written.
const NAME: &str = "talekeeper.log";

/// The file that is being written, within the folder of logs.
pub fn log_file(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// An old file; 1 is the youngest.
pub(super) fn old_file(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{NAME}.{number}"))
}

/// The numbers of the old files there are, the youngest (smallest) first; none when there is no folder.
pub(super) fn old_numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(NAME)?.strip_prefix('.')?.parse::<u32>().ok());
        numbers.extend(number.filter(|number| *number > 0));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Tells a file from all others for as long as it is held open, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Which file this is about.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}
