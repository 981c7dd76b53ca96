//! A folder for one turn that nobody else may read, gone when the turn is, or with the next start if the program was killed.
//! Never takes a folder that was already there, and never removes one that somebody alive holds.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::environment::Environment;

/// The folder; dropping it removes it and all that is in it.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
    /// A lock on the folder itself; it goes with the process, however that ends.
    _held: File,
}

/// What every such folder's name begins with: not with what versions called theirs that did not hold them.
const NAME: &str = "talekeeper-run-";
/// The same while the folder is made and nobody holds it yet.
const NEW: &str = ".talekeeper-run-";

/// Where such folders are made, by the environment that the program was given.
pub(crate) fn parent(environment: &Environment) -> PathBuf {
    environment.get(OsStr::new("TMPDIR")).map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}

/// Removes the folders that a program left which was killed; gives how many. What is another user's stays.
pub(crate) fn sweep(parent: &Path) -> usize {
    let ours = |name: &str| name.strip_prefix(NAME).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok());
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let left = entries.filter(|entry| entry.file_name().to_str().is_some_and(ours)).filter(|entry| {
        // A link is not followed, so nothing but a folder of this name is ever looked into.
        entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_nobodys(&entry.path())
    });
    left.filter(|entry| fs::remove_dir_all(entry.path()).is_ok()).count()
}

fn is_nobodys(folder: &Path) -> bool {
    File::open(folder).is_ok_and(|opened| opened.try_lock().is_ok())
}

impl Scratch {
    /// Makes it (mode 0700) under `parent`.
    pub(crate) fn create(parent: &Path) -> io::Result<Self> {
        let id = uuid::Uuid::new_v4().simple();
        let (new, folder) = (parent.join(format!("{NEW}{id}")), parent.join(format!("{NAME}{id}")));
        DirBuilder::new().mode(0o700).create(&new)?;
        let held = File::open(&new)?;
        // Nobody else knows the name yet, so nobody else can hold it.
        held.try_lock()?;
        // Held before it has the name by which a start finds what was left.
        fs::rename(&new, &folder)?;
        Ok(Self { folder, _held: held })
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
        // Nobody is left to tell; the system empties its temporary folder sooner or later.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_a_killed_program_left_goes_and_what_is_held_stays() {
        let parent = tempfile::tempdir().unwrap();
        let held = Scratch::create(parent.path()).unwrap();
        held.write("system.md", "secret").unwrap();
        let left = parent.path().join(format!("{NAME}{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&left).unwrap();
        fs::write(left.join("system.md"), "secret").unwrap();
        for other in ["talekeeper-notes", "other-5f0f8a9e1c9b4b0f8d7e6c5b4a392817"] {
            fs::create_dir(parent.path().join(other)).unwrap();
        }
        assert_eq!(sweep(parent.path()), 1);
        assert!(!left.exists() && held.folder().join("system.md").exists());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 3);
        assert_eq!(sweep(&parent.path().join("nowhere")), 0);
    }

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
}
