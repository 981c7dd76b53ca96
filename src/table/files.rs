//! The files of a turn: brought by the door they came through, kept in the table's folder, told and shown.
//! It knows no door, only who brings what begins with a door's name; what is there already is not brought again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::brief::{self, Found, FoundFile};
use crate::domain::{Attachment, FileKind, image_type};
use crate::provider::{BoxFuture, Picture, TurnOrder};

/// How long a door that has to bring something may take to open; a turn that a crash cut off begins before the doors.
const DOORS: Duration = Duration::from_secs(15);
/// How much text of files one turn is told, in bytes.
const TOLD: usize = 48 * 1024;
/// How many pictures go with one turn.
const PICTURES: usize = 8;
/// The largest file that is read, in bytes, whatever a door brought.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A file could not be had; its door has told people why, and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file could not be had")]
pub struct Missing;

/// What brings files through a door, within a time of its own.
pub trait Bearer: Send + Sync {
    /// All that stands in the file.
    fn bring<'a>(&'a self, file: &'a Attachment) -> BoxFuture<'a, Result<Vec<u8>, Missing>>;
}

/// Who brings files, by the names of the doors, and how much is kept of what they brought. Cheap to clone; all clones
/// see the same.
#[derive(Clone)]
pub struct Bearers {
    doors: Arc<watch::Sender<BTreeMap<&'static str, Arc<dyn Bearer>>>>,
    total: u64,
}

impl Default for Bearers {
    fn default() -> Self {
        Self::keeping(u64::MAX)
    }
}

impl Bearers {
    /// Nobody yet; of what will be brought, `total` bytes are kept for each table.
    pub fn keeping(total: u64) -> Self {
        Self { doors: Arc::new(watch::Sender::new(BTreeMap::new())), total }
    }

    /// From now on `bearer` brings what comes from `door`.
    pub fn add(&self, door: &'static str, bearer: Arc<dyn Bearer>) {
        self.doors.send_modify(|bearers| drop(bearers.insert(door, bearer)));
    }

    async fn bring(&self, file: &Attachment) -> Result<Vec<u8>, Missing> {
        let door = file.from.split(':').next().unwrap_or_default();
        let mut bearers = self.doors.subscribe();
        let known = bearers.wait_for(|bearers| bearers.contains_key(door));
        let bearer = match tokio::time::timeout(DOORS, known).await {
            Ok(Ok(bearers)) => bearers.get(door).cloned(),
            _ => None,
        };
        let Some(bearer) = bearer else {
            warn!(door, "no door brings the file");
            return Err(Missing);
        };
        bearer.bring(file).await
    }
}

/// Completes an order with the files of its actions: they lie in its folder, its prompt tells what stands in them, and
/// the pictures go with it.
pub(super) async fn gather(order: &mut TurnOrder, bearers: &Bearers) {
    let files: Vec<Attachment> = order.said.iter().flat_map(|said| said.files.iter().cloned()).collect();
    let mut held = Vec::new();
    for file in files {
        let bytes = hold(&order.folder, &file, bearers).await;
        held.push((file, bytes));
    }
    if !held.is_empty() {
        let needed: Vec<_> = held.iter().map(|(file, _)| file.name.as_str()).collect();
        if let Err(failure) = make_room(&order.folder, &needed, bearers.total).await {
            warn!(error = %failure, "old attached files were not removed");
        }
    }
    let mut left = TOLD;
    let mut found = Vec::new();
    for (file, bytes) in &held {
        let told = match (bytes, file.kind) {
            (None, _) => Found::Missing,
            (Some(bytes), FileKind::Text) => text(bytes, &mut left),
            (Some(bytes), FileKind::Image) => picture(bytes, &order.folder.join(&file.name), &mut order.pictures),
        };
        found.push(FoundFile { file, found: told });
    }
    order.prompt.push_str(&brief::files(&found));
}

fn text<'a>(bytes: &'a [u8], left: &mut usize) -> Found<'a> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let end = text.floor_char_boundary(*left);
    *left -= end;
    match end {
        0 if !text.is_empty() => Found::Kept,
        end => Found::Text { text: &text[..end], whole: end == text.len() },
    }
}

fn picture(bytes: &[u8], path: &Path, pictures: &mut Vec<Picture>) -> Found<'static> {
    match image_type(bytes) {
        None => Found::Missing,
        Some(_) if pictures.len() == PICTURES => Found::Kept,
        Some(kind) => {
            pictures.push(Picture { path: path.to_owned(), kind, bytes: Arc::from(bytes) });
            Found::Shown
        }
    }
}

/// The file's bytes, from the folder or else from its door.
async fn hold(folder: &Path, file: &Attachment, bearers: &Bearers) -> Option<Vec<u8>> {
    let path = place(folder, &file.name)?;
    match read(&path).await {
        Ok(Some(bytes)) => return Some(bytes),
        Ok(None) => {}
        Err(failure) => warn!(file = %file.name, error = %failure, "an attached file is not readable"),
    }
    let bytes = bearers.bring(file).await.ok()?;
    match keep(&path, &bytes).await {
        Ok(()) => info!(file = %file.name, bytes = bytes.len(), "an attached file is kept"),
        Err(failure) => warn!(file = %file.name, error = %failure, "an attached file is not kept"),
    }
    Some(bytes)
}

/// Where a file lies; none for a name that would lie anywhere else.
pub(super) fn place(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = name.strip_prefix("attachments/")?;
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!plain.is_empty() && !plain.starts_with('.') && plain.chars().all(safe)).then(|| folder.join(name))
}

async fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).await?;
    Ok(Some(bytes))
}

/// Writes a file so that it is whole or not there.
async fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, path).await
}

/// Removes files that doors brought until they are `total` bytes at most, the oldest first; a turn that needs one again
/// has it brought again. What this turn needs stays, and so does what somebody else put there: only names that begin as
/// doors begin them, with a number, are counted.
async fn make_room(folder: &Path, needed: &[&str], total: u64) -> io::Result<()> {
    let mut listed = match tokio::fs::read_dir(folder.join("attachments")).await {
        Ok(listed) => listed,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(failure) => return Err(failure),
    };
    let (mut kept, mut sum) = (Vec::new(), 0_u64);
    while let Some(entry) = listed.next_entry().await? {
        let about = entry.metadata().await?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if about.is_file() && name.split_once('-').is_some_and(|(number, _)| number.parse::<u64>().is_ok()) {
            sum = sum.saturating_add(about.len());
            kept.push((about.modified()?, name, about.len()));
        }
    }
    kept.sort();
    for (_, name, bytes) in kept {
        if sum <= total {
            break;
        }
        let path = format!("attachments/{name}");
        if !needed.contains(&path.as_str()) {
            tokio::fs::remove_file(folder.join(&path)).await?;
            info!(file = %path, bytes, "an old attached file was removed to make room");
            sum -= bytes;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_files_make_room_and_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("attachments").join(name);
        std::fs::create_dir(folder.path().join("attachments")).unwrap();
        let day = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * 20_000);
        for (age, name) in ["mine.txt", "5-oldest.txt", "4-needed.txt", "3-old.txt", "2-new.txt"].iter().enumerate() {
            let file = std::fs::File::create(at(name)).unwrap();
            file.set_len(100).unwrap();
            file.set_modified(day + Duration::from_secs(age as u64)).unwrap();
        }
        make_room(folder.path(), &["attachments/4-needed.txt"], 250).await.unwrap();
        let left = |name: &str| at(name).exists();
        assert!(left("mine.txt") && left("4-needed.txt") && left("2-new.txt"));
        assert!(!left("5-oldest.txt") && !left("3-old.txt"));
        make_room(&folder.path().join("nowhere"), &[], 0).await.unwrap();
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = Path::new("/t");
        assert_eq!(place(folder, "attachments/1-a.png"), Some(PathBuf::from("/t/attachments/1-a.png")));
        for evil in ["attachments/../x", "/etc/passwd", "attachments/.git", "x", "attachments/", "attachments/a/b"] {
            assert_eq!(place(folder, evil), None, "{evil}");
        }
    }

    #[test]
    fn text_is_told_up_to_its_limit_and_never_cut_inside_a_letter() {
        let mut left = 5;
        assert_eq!(text("äöü".as_bytes(), &mut left), Found::Text { text: "äö", whole: false });
        assert_eq!(left, 1);
        assert_eq!(text("ü".as_bytes(), &mut left), Found::Kept);
        assert_eq!(text(b"x", &mut left), Found::Text { text: "x", whole: true });
    }
}
