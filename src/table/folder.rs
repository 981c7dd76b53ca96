//! A table's folder: where its provider works, what the host put there for the game master, and its cast.
//! It writes nothing but the empty folder itself; reading is bounded.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt;

use crate::character::Cast;
use crate::domain::TableName;
use crate::table::library::Library;

/// The files of a workspace that are meant for whoever works there, in the order in which they are told.
const GUIDES: [&str; 3] = ["GAME.md", "CLAUDE.md", "AGENTS.md"];
/// How much of one such file is told, in bytes.
const GUIDE_BYTES: u64 = 64 * 1024;

/// Where a table's provider works.
#[derive(Clone, Debug)]
pub(super) struct TableFolder {
    own: PathBuf,
    workspace: Option<PathBuf>,
    cast: Cast,
    library: Library,
}

impl TableFolder {
    /// The folder of `name` below `tables_dir`; a workspace named by the owner takes its place for the provider.
    pub(super) fn new(tables_dir: &Path, name: &TableName, workspace: Option<PathBuf>) -> Self {
        let own = tables_dir.join(name.as_str());
        let library = Library::new(own.join("lore"));
        Self { cast: Cast::new(own.join("characters")), library, own, workspace }
    }

    /// The provider's working folder; made if it is our own.
    pub(super) async fn working(&self) -> io::Result<PathBuf> {
        if let Some(workspace) = &self.workspace {
            let found = tokio::fs::metadata(workspace).await?;
            if !found.is_dir() {
                return Err(io::Error::new(io::ErrorKind::NotADirectory, "the workspace is not a folder"));
            }
            return Ok(workspace.clone());
        }
        let own = self.own.join("work");
        tokio::fs::create_dir_all(&own).await?;
        Ok(own)
    }

    /// Where what is over is summed up: apart, so that nothing is read there that not everyone may know.
    pub(super) async fn chronicle(&self) -> io::Result<PathBuf> {
        let own = self.own.join("chronicle");
        tokio::fs::create_dir_all(&own).await?;
        Ok(own)
    }

    /// Where the table's own kit lies, if it has one.
    pub(super) fn kit_file(&self) -> PathBuf {
        self.own.join("kit.yaml")
    }

    /// The table's cast.
    pub(super) fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The table's lorebooks.
    pub(super) fn library(&self) -> &Library {
        &self.library
    }

    /// The host's files for the game master, without those in `known`: name and text.
    pub(super) async fn guides(&self, known: &[&str]) -> Vec<(String, String)> {
        let Some(workspace) = &self.workspace else { return Vec::new() };
        let mut guides = Vec::new();
        for name in GUIDES.iter().filter(|name| !known.contains(name)) {
            if let Ok(Some(text)) = read_some(&workspace.join(name), GUIDE_BYTES).await {
                guides.push(((*name).to_owned(), text));
            }
        }
        guides
    }
}

/// The beginning of a file, as text; none if there is no such file.
async fn read_some(path: &Path, limit: u64) -> io::Result<Option<String>> {
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).await?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
