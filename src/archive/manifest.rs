//! The manifest: what an archive says about itself.
//! It is read as a stranger's word; `unpack` holds it against what is in the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The member that holds the manifest; the last one, because it tells the sums of all others.
pub(super) const MANIFEST: &str = "manifest.json";

/// The form of archives that this program writes and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole installation.
    Backup,
    /// One table.
    Table,
}

impl Kind {
    /// For people.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Backup => "a backup of Talekeeper",
            Self::Table => "a table that Talekeeper exported",
        }
    }
}

/// What is in an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// What it is.
    pub talekeeper: Kind,
    /// The form of the archive.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The number of the database's schema.
    pub schema: i64,
    /// When it was made, RFC 3339 in UTC.
    pub made_at: String,
    /// Whether the configuration and the token are in it.
    pub secrets: bool,
    /// The games' tables.
    pub tables: Vec<Counted>,
    /// How many rows each table of the database has.
    #[serde(default)]
    pub rows: BTreeMap<String, u64>,
    /// What was met and is not in it, such as links.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Everything else in the archive.
    pub members: Vec<Member>,
}

/// One of the games' tables, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// The id that stays with it.
    pub uid: String,
    /// How many events its log has.
    pub events: u64,
    /// How many turns were opened.
    pub turns: u64,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path, with `/` between folders.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, in small hexadecimal digits.
    pub sha256: String,
}
