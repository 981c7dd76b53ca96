//! The files of an installation: which are the program's own, and how they go.
//! It knows them by their names and places; everything else stays.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Config;

/// What the program makes in its data folder.
const MEMBERS: [&str; 11] = [
    "talekeeper.db",
    "talekeeper.db-wal",
    "talekeeper.db-shm",
    "stories",
    "tables",
    "logs",
    "capsules",
    "run",
    ".talekeeper-import",
    "talekeeper.alive",
    // Last: it says that nobody else uses the folder.
    "talekeeper.lock",
];
/// What `talekeeper init` puts beside the configuration.
const TOKEN_FILE: &str = "discord-token";

/// What there is.
pub(super) struct Files {
    /// The program's own, in the order in which they go.
    pub(super) ours: Vec<Member>,
    /// What lies among them and is not the program's.
    pub(super) others: Vec<PathBuf>,
    data_dir: PathBuf,
}

/// A file or folder of the program's own.
pub(super) struct Member {
    path: PathBuf,
    /// How many files it has, if it is a folder.
    files: Option<u64>,
    bytes: u64,
}

impl Member {
    fn look(path: PathBuf) -> Option<Self> {
        let about = fs::symlink_metadata(&path).ok()?;
        if !about.is_dir() {
            return Some(Self { path, files: None, bytes: about.len() });
        }
        let (files, bytes) = count(&path);
        Some(Self { path, files: Some(files), bytes })
    }

    /// Its path and how much it is.
    pub(super) fn told(&self) -> String {
        let size = match self.bytes {
            bytes if bytes < 10_000 => format!("{bytes} bytes"),
            bytes if bytes < 10_000_000 => format!("{} KB", bytes / 1000),
            bytes => format!("{} MB", bytes / 1_000_000),
        };
        match self.files {
            None => format!("{} ({size})", self.path.display()),
            Some(1) => format!("{}/ (1 file, {size})", self.path.display()),
            Some(files) => format!("{}/ ({files} files, {size})", self.path.display()),
        }
    }
}

/// How many files lie below a folder, and how many bytes they have. Links are not followed.
fn count(folder: &Path) -> (u64, u64) {
    let Ok(entries) = fs::read_dir(folder) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(files, bytes), entry| match entry.metadata() {
        Ok(about) if about.is_dir() => {
            let below = count(&entry.path());
            (files + below.0, bytes + below.1)
        }
        Ok(about) => (files + 1, bytes + about.len()),
        Err(_) => (files, bytes),
    })
}

impl Files {
    /// Looks what there is; changes nothing.
    pub(super) fn look(config: &Config) -> Self {
        let data_dir = config.data_dir.clone();
        let mut ours: Vec<_> = MEMBERS.iter().filter_map(|name| Member::look(data_dir.join(name))).collect();
        let entries = fs::read_dir(&data_dir).into_iter().flatten().flatten();
        let strangers = entries.filter(|entry| !entry.file_name().to_str().is_some_and(|name| MEMBERS.contains(&name)));
        let mut others: Vec<_> = strangers.map(|entry| entry.path()).collect();
        if let Some(file) = &config.file {
            let token = file.with_file_name(TOKEN_FILE);
            // Only a configuration that says so makes a file of that name ours; last of all the configuration itself.
            if names_its_token(file) {
                ours.extend(Member::look(token));
            }
            ours.extend(Member::look(file.clone()));
            let old = |name: &str| name.starts_with(&format!("{}.old", name_of(file)));
            let beside = file.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
            others.extend(beside.filter(|entry| entry.file_name().to_str().is_some_and(old)).map(|entry| entry.path()));
        }
        others.sort();
        // A configuration may lie in its own data folder.
        let is_ours = |path: &PathBuf| ours.iter().any(|member| member.path == *path);
        others.retain(|path| !is_ours(path));
        Self { ours, others, data_dir }
    }

    /// Removes what is ours, and the data folder if nothing is left in it. Gives what is still there, and why.
    pub(super) fn remove(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for Member { path, files, .. } in &self.ours {
            let gone = if files.is_some() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            if let Err(why) = gone {
                failed.push(format!("{}: {why}", path.display()));
            }
        }
        // What is not ours keeps it there.
        drop(fs::remove_dir(&self.data_dir));
        failed
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether a configuration has its token in the file that `talekeeper init` makes.
fn names_its_token(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().any(|line| line.trim() == format!("token_file: ./{TOKEN_FILE}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Sources};

    fn config(folder: &Path, text: &str) -> Config {
        fs::write(folder.join("config.yaml"), text).unwrap();
        let sources = Sources { file: None, working_dir: folder.to_owned(), env: Vec::new() };
        config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn only_what_is_ours_goes() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("stories/home")).unwrap();
        for (path, text) in [
            ("data/talekeeper.db", "db"),
            ("data/stories/home/001-a.md", "once"),
            ("data/my-notes.txt", "mine"),
            ("config.yaml.old", "# before"),
            ("config.yaml", ""),
            ("discord-token", "somebody's"),
        ] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let files = Files::look(&config(folder.path(), "data_dir: ./data\n"));
        assert_eq!(files.others, [folder.path().join("config.yaml.old"), data.join("my-notes.txt")]);
        assert!(files.ours.iter().any(|member| member.told().ends_with("stories/ (1 file, 4 bytes)")));
        assert!(files.remove().is_empty());
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(
            left,
            ["config.yaml.old", "data", "discord-token"],
            "a token that the configuration does not name stays"
        );
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn a_link_in_the_data_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("precious"), "x").unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("data/stories")).unwrap();
        let files = Files::look(&config(folder.path(), "data_dir: ./data\n"));
        assert!(files.remove().is_empty());
        assert!(elsewhere.path().join("precious").exists());
        assert!(!folder.path().join("data").exists());
    }
}
