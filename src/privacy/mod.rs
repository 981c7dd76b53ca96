//! What is kept about one person: gathered for them, and blanked for them. PURE.
//! It reads and gives events; who may ask and where they are kept is not its matter.

mod blank;
mod report;
mod words;

pub use blank::{Erasing, erase};
pub use report::{About, about};
pub use words::{GONE, Traces};

use crate::domain::TableName;

/// What was erased, as the person is told. It names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// Its id, which is noted in the database.
    pub receipt: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// At how many tables the person sat.
    pub tables: u64,
    /// How many events were blanked.
    pub events: u64,
    /// How many attached files were removed.
    pub files: u64,
    /// How many log files had something of it overwritten.
    pub logs: u64,
}

impl Receipt {
    /// What an erasure here cannot reach, for people.
    pub const OUT_OF_REACH: &str = "Not in my reach: what stands on Discord itself, backups and exports made before, and what a provider \
        keeps of its conversations. Ask whoever runs this bot to delete old backups.";
}

/// How far the erasing of a person has come. The database keeps it from the first table on until there is a receipt, so that it
/// can be gone on with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unfinished {
    /// What is to be looked for in files that are no texts.
    pub needles: Vec<String>,
    /// The tables whose logs name the person no more.
    pub tables: Vec<TableName>,
    /// Those of them whose story files are made from the log.
    pub stories: Vec<TableName>,
    /// How many events were blanked.
    pub events: u64,
    /// How many attached files were removed.
    pub files: u64,
}

impl Unfinished {
    /// The same, further on.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.needles.extend(more.needles);
        self.needles.sort();
        self.needles.dedup();
        self.tables.extend(more.tables);
        self.stories.extend(more.stories);
        self.events += more.events;
        self.files += more.files;
        self
    }
}
