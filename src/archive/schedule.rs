//! Backups that the program makes by itself, and lets go of when there are enough.
//! A backup that fails is told in the log and never disturbs play.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{BackedUp, back_up, make_folder, stamped};
use crate::telemetry::new_error_id;

/// What the names of these backups begin with. No other file is ever removed.
pub const AUTOMATIC: &str = "talekeeper-auto-";
/// How soon a backup that failed is tried again, at the latest.
const AGAIN: Duration = Duration::from_secs(15 * 60);
/// How soon after a start a backup that is due is made: people who wait for their table come first.
const AFTER_START: Duration = Duration::from_secs(1);

/// When, where and how many.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What is backed up.
    pub data_dir: PathBuf,
    /// How long between two.
    pub every: Duration,
    /// How many are kept.
    pub keep: usize,
    /// Where they lie.
    pub folder: PathBuf,
}

impl Schedule {
    /// Makes backups until the program ends.
    pub async fn run(self, ending: CancellationToken) {
        let mut wait = self.due_in().max(AFTER_START);
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = ending.cancelled() => return,
            }
            let schedule = self.clone();
            let made = tokio::task::spawn_blocking(move || schedule.once());
            wait = tokio::select! {
                made = made => match made {
                    Ok(true) => self.every,
                    Ok(false) | Err(_) => self.every.min(AGAIN),
                },
                // What is half made is swept before the next one.
                () = ending.cancelled() => return,
            };
        }
    }

    /// Makes one and lets go of what is too many. False if it failed.
    fn once(&self) -> bool {
        let made = make_folder(&self.folder)
            .and_then(|()| back_up(&self.data_dir, &self.folder.join(stamped(AUTOMATIC)), None));
        match made {
            Ok(BackedUp { path, bytes, manifest }) => {
                info!(backup = %path.display(), bytes, tables = manifest.tables.len(), "a backup was made");
                keep_newest(&self.folder, self.keep);
                true
            }
            Err(failure) => {
                let error_id = new_error_id();
                error!(%error_id, folder = %self.folder.display(), error = &failure as &dyn std::error::Error, "no backup was made");
                false
            }
        }
    }

    /// How long until the next is due, by the age of the newest.
    fn due_in(&self) -> Duration {
        let newest = automatic(&self.folder).into_iter().map(|(made, _)| made).max();
        let age = newest.and_then(|made| SystemTime::now().duration_since(made).ok());
        age.map_or(Duration::ZERO, |age| self.every.saturating_sub(age))
    }
}

/// Lets go of all automatic backups but the newest.
pub fn keep_newest(folder: &Path, keep: usize) {
    let mut found = automatic(folder);
    found.sort();
    let too_many = found.len().saturating_sub(keep);
    for (_, old) in found.into_iter().take(too_many) {
        match fs::remove_file(&old) {
            Ok(()) => info!(backup = %old.display(), "an old backup was removed"),
            Err(failure) => warn!(backup = %old.display(), error = %failure, "an old backup was not removed"),
        }
    }
}

/// The automatic backups in a folder with the times when they were made.
fn automatic(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let ours = |name: &str| name.starts_with(AUTOMATIC) && name.ends_with(".zip");
    let entries = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(ours));
    entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_nobody_elses_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let day = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * 20_000);
        let names = [
            "mine.zip",
            "talekeeper-20260101T000000Z.zip",
            "talekeeper-auto-3.zip",
            "talekeeper-auto-1.zip",
            "talekeeper-auto-2.zip",
        ];
        for (age, name) in (0..).zip(names) {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(day + Duration::from_secs(age)).unwrap();
        }
        keep_newest(folder.path(), 2);
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(
            left,
            ["mine.zip", "talekeeper-20260101T000000Z.zip", "talekeeper-auto-1.zip", "talekeeper-auto-2.zip"]
        );
    }
}
