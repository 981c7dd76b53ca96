//! The folder of a table's scene files: written whole or not at all, and swept of what is no longer told.
//! It changes or removes only files that it wrote itself, and never follows a link to write. It blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::domain::{EventSeq, SceneNo, TableName, Timestamp};
use crate::story::scene_file::{self, SceneFile};
use crate::story::scene_text::SceneText;
use crate::story::slug;

/// The largest scene file that is read, in bytes.
pub const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// As much of a file as is read to learn what it is, in bytes.
const HEAD_BYTES: u64 = 64 * 1024;
/// Where the last block id of a scene file is looked for, from its end.
const TAIL_BYTES: u64 = 256;
/// How every scene file begins.
const BEGINNING: &str = "---\ntype: scene\n";
/// As many names as a folder is searched for.
const FOLDER_NAMES: usize = 20_000;
/// The end of the name of a file that is still being written.
const UNFINISHED: &str = ".talekeeper-tmp";

/// Why the shelf could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The disk or the quota is full.
    #[error("no space left for {path}")]
    Full {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder may not be written.
    #[error("{path} is not writable")]
    NotWritable {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The table's folder is a link or a file.
    #[error("{path} is not a folder")]
    NotAFolder {
        /// What stands in the way.
        path: PathBuf,
    },
    /// Files that are not ours have every name the scene could get.
    #[error("{path} and its like are taken by other files")]
    Taken {
        /// The first of these.
        path: PathBuf,
    },
    /// A file is larger than is read.
    #[error("{path} is larger than {FILE_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("could not use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ShelfError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::NotWritable { path, source }
                }
                io::ErrorKind::NotADirectory => Self::NotAFolder { path },
                _ => Self::Io { path, source },
            }
        }
    }
}

/// The scene files of one table.
#[derive(Clone, Debug)]
pub struct Shelf {
    table: TableName,
    folder: PathBuf,
}

/// A scene file as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The scene's number.
    pub number: SceneNo,
    /// Its title.
    pub title: String,
    /// When it began (RFC 3339), if the file says so.
    pub started: Option<String>,
    /// When the file was last written.
    pub modified: Timestamp,
    /// Where it is.
    pub path: PathBuf,
}

impl Shelf {
    /// The shelf of `table` below `data_dir`. Touches nothing yet.
    pub fn new(data_dir: &Path, table: &TableName) -> Self {
        Self { table: table.clone(), folder: data_dir.join("stories").join(table.as_str()) }
    }

    /// The tables that have a folder below `data_dir`, by name.
    pub fn tables(data_dir: &Path) -> Result<Vec<TableName>, ShelfError> {
        let mut tables: Vec<TableName> =
            names(&data_dir.join("stories"))?.iter().filter_map(|name| name.parse().ok()).collect();
        tables.sort();
        Ok(tables)
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder and removes what an earlier crash left half-written. For the one program that writes here.
    pub fn prepare(&self) -> Result<(), ShelfError> {
        self.make_folder()?;
        for name in names(&self.folder)? {
            let path = self.folder.join(&name);
            if name.starts_with('.') && name.ends_with(UNFINISHED) {
                fs::remove_file(&path).map_err(ShelfError::at(&path))?;
            }
        }
        Ok(())
    }

    /// Puts a scene on the shelf in place of what stood there for it, and gives back where it stands.
    pub fn write(&self, scene: &SceneFile) -> Result<PathBuf, ShelfError> {
        self.make_folder()?;
        let path = self.place_for(scene)?;
        if read_whole(&path).ok().flatten().as_deref() != Some(scene.text.as_str()) {
            self.write_whole(&path, &scene.text)?;
        }
        for older in self.ours()? {
            if older.number == scene.number && older.path != path {
                fs::remove_file(&older.path).map_err(ShelfError::at(&older.path))?;
            }
        }
        Ok(path)
    }

    /// Removes the files of scenes that left the line of play: all that are not among `kept`.
    pub fn keep_only(&self, kept: &[SceneNo]) -> Result<Vec<SceneNo>, ShelfError> {
        let mut removed = Vec::new();
        for scene in self.ours()? {
            if !kept.contains(&scene.number) {
                fs::remove_file(&scene.path).map_err(ShelfError::at(&scene.path))?;
                removed.push(scene.number);
            }
        }
        Ok(removed)
    }

    /// The scenes on the shelf, by number. A folder that is not there is an empty shelf.
    pub fn list(&self) -> Result<Vec<Shelved>, ShelfError> {
        let mut scenes = self.ours()?;
        scenes.sort_by(|a, b| (a.number, &a.path).cmp(&(b.number, &b.path)));
        scenes.dedup_by_key(|scene| scene.number);
        Ok(scenes)
    }

    /// Whether the scene's file is the last one here, has this title and ends with this event, by its head and its tail:
    /// a long scene is not read through for that.
    pub fn is_current(&self, number: SceneNo, title: Option<&str>, last: EventSeq) -> Result<bool, ShelfError> {
        let title = title.map_or_else(|| scene_file::untitled(number), str::to_owned);
        let Some(scene) = self.list()?.pop().filter(|scene| scene.number == number && scene.title == title) else {
            return Ok(false);
        };
        let mut tail = Vec::new();
        let mut file = File::open(&scene.path).map_err(ShelfError::at(&scene.path))?;
        let length = file.metadata().map_err(ShelfError::at(&scene.path))?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).map_err(ShelfError::at(&scene.path))?;
        file.read_to_end(&mut tail).map_err(ShelfError::at(&scene.path))?;
        Ok(String::from_utf8_lossy(&tail).trim_end().ends_with(&format!("^e{last}")))
    }

    /// The whole file of a scene, if it is on the shelf.
    pub fn read(&self, number: SceneNo) -> Result<Option<String>, ShelfError> {
        match self.list()?.into_iter().find(|scene| scene.number == number) {
            Some(scene) => read_whole(&scene.path),
            None => Ok(None),
        }
    }

    fn make_folder(&self) -> Result<(), ShelfError> {
        fs::create_dir_all(&self.folder).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => ShelfError::NotAFolder { path: self.folder.clone() },
            _ => ShelfError::at(&self.folder)(source),
        })?;
        let found = fs::symlink_metadata(&self.folder).map_err(ShelfError::at(&self.folder))?;
        if found.is_dir() { Ok(()) } else { Err(ShelfError::NotAFolder { path: self.folder.clone() }) }
    }

    /// The scene's name, or one beside it when a file that is not ours has it.
    fn place_for(&self, scene: &SceneFile) -> Result<PathBuf, ShelfError> {
        let wanted = self.folder.join(&scene.name);
        let stem = scene.name.trim_end_matches(".md");
        let beside = (2..10).map(|count| self.folder.join(format!("{stem}-{count}.md")));
        std::iter::once(wanted.clone())
            .chain(beside)
            .find(|path| {
                fs::symlink_metadata(path).is_err()
                    || self.shelved(path).is_some_and(|old| old.number == scene.number)
                    || is_cut_short(path)
            })
            .ok_or(ShelfError::Taken { path: wanted })
    }

    fn write_whole(&self, path: &Path, text: &str) -> Result<(), ShelfError> {
        let (unfinished, mut file) = self.new_file()?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, path))
            // The new name lasts only when the folder is on the disk too.
            .and_then(|()| File::open(&self.folder)?.sync_all());
        written.map_err(|source| {
            // What went wrong is told; that the rest could not be removed either adds nothing, `prepare` will see it.
            let _ = fs::remove_file(&unfinished);
            ShelfError::at(path)(source)
        })
    }

    /// A new file to write to. It is made here and now, so it cannot be someone's link.
    fn new_file(&self) -> Result<(PathBuf, File), ShelfError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut tries = 0;
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!(".{}-{count}{UNFINISHED}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 16 => tries += 1,
                opened => return opened.map_err(ShelfError::at(&path)).map(|file| (path, file)),
            }
        }
    }

    /// The files that this program wrote for this table.
    fn ours(&self) -> Result<Vec<Shelved>, ShelfError> {
        let paths = names(&self.folder)?.into_iter().map(|name| self.folder.join(name));
        Ok(paths.filter_map(|path| self.shelved(&path)).collect())
    }

    /// What stands at `path`, if it is a scene file of this table under a name that fits it.
    fn shelved(&self, path: &Path) -> Option<Shelved> {
        let named = slug::number_of(path.file_name()?.to_str()?)?;
        let found = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
        let mut head = Vec::new();
        File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
        let scene = SceneText::parse(&String::from_utf8_lossy(&head))?;
        let since = found.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default();
        (scene.number == named && scene.campaign == self.table.as_str()).then(|| Shelved {
            number: named,
            title: scene.title,
            started: scene.started,
            modified: Timestamp::from_millis(modified),
            path: path.to_owned(),
        })
    }
}

/// Whether a scene file ends within its front matter, as a failing disk leaves it. Nobody writes notes like that.
fn is_cut_short(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() < HEAD_BYTES);
    let text = if is_file { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    text.strip_prefix(BEGINNING).is_some_and(|rest| !rest.contains("\n---\n"))
}

/// The names in a folder that are UTF-8; none when there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, ShelfError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ShelfError::at(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries.take(FOLDER_NAMES) {
        names.extend(entry.map_err(ShelfError::at(folder))?.file_name().into_string().ok());
    }
    Ok(names)
}

/// A file's text; none when it is gone.
fn read_whole(path: &Path) -> Result<Option<String>, ShelfError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ShelfError::at(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(ShelfError::at(path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES) {
        return Err(ShelfError::TooLarge { path: path.to_owned() });
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests;
