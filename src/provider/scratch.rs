//! A folder for one turn that nobody else may read, gone when the turn is.
//! Never takes a folder that was already there.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How the folders' names begin.
const PREFIX: &str = "talekeeper-";

/// Removes what a program that was killed left in `parent`. Only for a folder that nobody else has: whoever holds the
/// lock of a data folder has what is in it.
pub(crate) fn sweep(parent: &Path) -> io::Result<()> {
    let left = match fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        left => left?,
    };
    let ours = left.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    // One that stays is no reason to leave the others.
    ours.map(|folder| fs::remove_dir_all(folder.path())).fold(Ok(()), Result::and)
}

/// The folder; dropping it removes it and all that is in it.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes it (mode 0700) under `parent`, which is made as well where it is missing.
    pub(crate) fn create(parent: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        // Short, because programs put sockets below it, and a socket's path has room for 107 bytes.
        let id = uuid::Uuid::new_v4().simple().to_string();
        let folder = parent.join(format!("{PREFIX}{}", &id[..12]));
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file (mode 0600) into it.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.folder.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody is left to tell; the next start sweeps.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nobody_else_can_read_it_and_it_goes() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::create(parent.path()).unwrap();
        let file = scratch.write("system.md", "secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&scratch.folder), mode(&file)), (0o700, 0o600));
        drop(scratch);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_left_is_swept_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        sweep(&parent.path().join("nowhere")).unwrap();
        let left = Scratch::create(parent.path()).unwrap();
        left.write("system.md", "secret").unwrap();
        std::mem::forget(left);
        fs::write(parent.path().join("notes.md"), "mine").unwrap();
        sweep(parent.path()).unwrap();
        let names: Vec<_> = fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["notes.md"]);
    }
}
