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

/// Who brings files, by the names of the doors. Cheap to clone; all clones see the same.
#[derive(Clone)]
pub struct Bearers(Arc<watch::Sender<BTreeMap<&'static str, Arc<dyn Bearer>>>>);

impl Default for Bearers {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::new())))
    }
}

impl Bearers {
    /// From now on `bearer` brings what comes from `door`.
    pub fn add(&self, door: &'static str, bearer: Arc<dyn Bearer>) {
        self.0.send_modify(|bearers| drop(bearers.insert(door, bearer)));
    }

    async fn bring(&self, file: &Attachment) -> Result<Vec<u8>, Missing> {
        let door = file.from.split(':').next().unwrap_or_default();
        let mut bearers = self.0.subscribe();
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
fn place(folder: &Path, name: &str) -> Option<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
