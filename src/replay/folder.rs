//! Where capsules lie: a folder for each table, a file for each turn, named after the turn and its errors.
//! Only the owner may read them; what is in them is everything that was said.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::domain::{ErrorId, TableName};
use crate::table::keeping::folder_of;

/// How the files of whole capsules end.
pub(super) const WHOLE: &str = ".jsonl";
/// How the files of those end that are being written, or that a crash cut off.
pub(super) const PART: &str = ".part";

/// The capsule whose turn met an error, by the error's id.
pub fn find(data_dir: &Path, error: &ErrorId) -> Option<PathBuf> {
    let tables = fs::read_dir(folder_of(data_dir)).ok()?.flatten();
    let files = tables.filter_map(|table| fs::read_dir(table.path()).ok()).flat_map(|files| files.flatten());
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.ends_with(WHOLE) && name.contains(error.as_str()))
    };
    files.map(|file| file.path()).find(named)
}

/// The folder of a table's capsules, made if it is not there.
pub(super) fn make(all: &Path, table: &TableName) -> io::Result<PathBuf> {
    let folder = all.join(table.as_str());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    // It may have been made before by other hands.
    fs::set_permissions(all, fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}

/// Removes all but the newest `keep` capsules. What somebody put there beside them stays.
pub(super) fn prune(folder: &Path, keep: usize) -> io::Result<()> {
    let mut kept: Vec<(u64, PathBuf)> = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        kept.extend(turn_of(&path).map(|turn| (turn, path)));
    }
    kept.sort();
    let over = kept.len().saturating_sub(keep);
    kept.iter().take(over).try_for_each(|(_, path)| fs::remove_file(path))
}

/// The number of the turn that a file holds, if it is one of ours.
fn turn_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(WHOLE).or_else(|| name.strip_suffix(PART))?;
    stem.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_what_is_not_ours_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        for name in ["000009.jsonl", "000010-E-7K3M9QZX.jsonl", "000011.part", "notes.txt", "mine.jsonl"] {
            fs::write(home.path().join(name), "").unwrap();
        }
        prune(home.path(), 2).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["000010-E-7K3M9QZX.jsonl", "000011.part", "mine.jsonl", "notes.txt"]);
    }
}
