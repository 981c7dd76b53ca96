//! A look at a database that may belong to a running program, for checks.
//! Makes nothing, migrates nothing, changes nothing.

use std::path::Path;

use super::error::StoreError;
use super::{folder, integrity, schema};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The schema number in the file. A smaller one than `known` is brought up to date by the next start.
    pub version: i64,
    /// The newest schema this program knows.
    pub known: i64,
    /// Whether a running program holds the data folder.
    pub in_use: bool,
    /// That program's process id, where it told.
    pub pid: Option<u32>,
    /// What is wrong, each a sentence for the host; empty means that all is well.
    pub problems: Vec<String>,
}

pub(super) fn inspect(data_dir: &Path) -> Result<Option<Inspection>, StoreError> {
    let path = folder::database(data_dir);
    if !path.try_exists().map_err(|error| StoreError::file(&path, error))? {
        return Ok(None);
    }
    let holder = folder::holder(data_dir);
    let (conn, version) = schema::open_untouched(&path)?;
    if version > schema::KNOWN {
        return Err(StoreError::Newer { found: version, known: schema::KNOWN });
    }
    let problems =
        if version == schema::KNOWN { integrity::problems(&conn)? } else { integrity::file_problems(&conn)? };
    Ok(Some(Inspection {
        version,
        known: schema::KNOWN,
        in_use: holder.is_some(),
        pid: holder.and_then(|holder| holder.pid),
        problems,
    }))
}
