//! A backup: the database as it is at one moment, then the stories and the tables' folders.
//! It may run beside the program that plays; it stops nobody and changes nothing.

use std::path::{Path, PathBuf};

use super::ArchiveError;
use super::manifest::{Counted, FORMAT, Kind, Manifest};
use super::pack::{Packer, Unfinished, folder_of};
use crate::store::{self, Copied};

/// What may be added to a backup beside what was played.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The configuration file, if there is one.
    pub config: Option<PathBuf>,
    /// The bot's token, wherever it was given.
    pub token: Option<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct BackedUp {
    /// Where.
    pub path: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
    /// How long the file is.
    pub bytes: u64,
}

/// Writes a backup of the installation in `data_dir` to `to`, which must not be there. It blocks.
///
/// # Errors
/// Whatever kept it from being made; then there is no file.
pub fn back_up(data_dir: &Path, to: &Path, keys: Option<&Keys>) -> Result<BackedUp, ArchiveError> {
    let mut packer = Packer::begin(to)?;
    let copy = Unfinished::within(&folder_of(to))?;
    let copied = store::copy_database(data_dir, copy.path())?;
    let copied = copied.ok_or_else(|| ArchiveError::Nothing { path: data_dir.to_owned() })?;
    packer.file("talekeeper.db", copy.path())?;
    drop(copy);
    // After the database, so that every file that its log names is there.
    packer.folder("tables", &data_dir.join("tables"))?;
    packer.folder("stories", &data_dir.join("stories"))?;
    if let Some(keys) = keys {
        if let Some(config) = &keys.config {
            let text = std::fs::read(config).map_err(ArchiveError::at(config))?;
            packer.bytes("config.yaml", &text)?;
        }
        if let Some(token) = &keys.token {
            packer.bytes("discord-token", token.as_bytes())?;
        }
    }
    let manifest = packer.finish(describe(Kind::Backup, &copied, keys.is_some()))?;
    let bytes = std::fs::metadata(to).map_err(ArchiveError::at(to))?.len();
    Ok(BackedUp { path: to.to_owned(), manifest, bytes })
}

/// A file name that sorts by time: `talekeeper-20261121T224500Z.zip`.
pub fn stamped(beginning: &str) -> String {
    format!("{beginning}{}.zip", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ"))
}

pub(super) fn describe(kind: Kind, copied: &Copied, secrets: bool) -> Manifest {
    let tables = copied.tables.iter().map(|(name, uid, events, turns)| Counted {
        name: name.clone(),
        uid: uid.clone(),
        events: *events,
        turns: *turns,
    });
    Manifest {
        talekeeper: kind,
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: copied.schema,
        made_at: jiff::Timestamp::now().to_string(),
        secrets,
        tables: tables.collect(),
        rows: copied.rows.clone(),
        left_out: Vec::new(),
        members: Vec::new(),
    }
}
