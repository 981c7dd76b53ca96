//! Whether the program makes backups by itself, how often, and where.
//! It only names the numbers; who makes them is elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};

pub(super) const KEYS: &[Key] =
    &[Key::new("every", Shape::Text), Key::new("keep", Shape::Number), Key::new("folder", Shape::Text)];

/// Backups that the program makes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// How long between two; none makes none.
    pub every: Option<Duration>,
    /// How many are kept.
    pub keep: usize,
    /// Where they lie; none means `backups` in the data folder.
    pub folder: Option<PathBuf>,
}

impl Default for Backup {
    fn default() -> Self {
        Self { every: None, keep: 7, folder: None }
    }
}

/// Reads what is said about backups.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Backup {
    let section = &reader.section(root, "backup", KEYS);
    let usual = Backup::default();
    let keep = reader.whole(section, "keep", 1..=1_000).and_then(|keep| usize::try_from(keep).ok());
    Backup {
        every: reader.duration(section, "every", Duration::from_secs(1)..=Duration::from_secs(86_400 * 365)),
        keep: keep.unwrap_or(usual.keep),
        folder: reader.path(section, "folder"),
    }
}
