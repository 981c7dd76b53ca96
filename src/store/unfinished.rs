//! How far erasings have come, so that one that was cut off is finished: notes that go with the last step.
//! Erases nothing itself.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::Store;
use super::error::StoreError;
use crate::domain::PersonId;
use crate::privacy::{Receipt, Unfinished};

/// What the notes are called before who is erased, while it is not everywhere.
const ERASING: &str = "erasing:";
/// And before the receipt, while what was deleted still lies in free pages.
const ERASED: &str = "erased:";

impl Store {
    /// Those whose erasing was begun and has no receipt yet.
    pub async fn being_erased(&self) -> Result<Vec<PersonId>, StoreError> {
        let found = self.readers.run(|conn| all(conn, ERASING)).await?;
        Ok(found.into_iter().filter_map(|(name, _)| name.strip_prefix(ERASING).map(PersonId::new)).collect())
    }

    /// How far the erasing of a person has come; none if nothing was begun.
    pub async fn erasing_of(&self, person: &PersonId) -> Result<Option<Unfinished>, StoreError> {
        let name = format!("{ERASING}{person}");
        self.readers.run(move |conn| noted(conn, &name)).await
    }

    /// The receipts of erasings after which the file was not scrubbed.
    pub async fn unscrubbed(&self) -> Result<Vec<Receipt>, StoreError> {
        let found = self.readers.run(|conn| all(conn, ERASED)).await?;
        Ok(found.into_iter().filter_map(|(_, receipt)| serde_json::from_str(&receipt).ok()).collect())
    }
}

/// Whether a note is one of these.
pub(super) fn is_one(name: &str) -> bool {
    name.starts_with(ERASING) || name.starts_with(ERASED)
}

/// Notes that a person is erased from another table.
pub(super) fn go_on(tx: &Transaction<'_>, person: &PersonId, further: Unfinished) -> Result<(), StoreError> {
    let name = format!("{ERASING}{person}");
    let before = noted(tx, &name)?.unwrap_or_default();
    set(tx, &name, &before.and(further))
}

/// Notes that a person is erased everywhere, but for what lies in free pages.
pub(super) fn over(tx: &Transaction<'_>, person: &PersonId, receipt: &Receipt) -> Result<(), StoreError> {
    tx.execute("DELETE FROM notes WHERE name = ?1", [format!("{ERASING}{person}")])?;
    set(tx, &format!("{ERASED}{}", receipt.receipt), receipt)
}

/// Notes that nothing lies in free pages any more.
pub(super) fn scrubbed(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("DELETE FROM notes WHERE substr(name, 1, length(?1)) = ?1", [ERASED])?;
    Ok(())
}

fn set(conn: &Connection, name: &str, value: &impl serde::Serialize) -> Result<(), StoreError> {
    let value = serde_json::to_string(value).map_err(|failure| StoreError::corrupt(failure.to_string()))?;
    conn.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?1, ?2)", [name, value.as_str()])?;
    Ok(())
}

fn noted(conn: &Connection, name: &str) -> Result<Option<Unfinished>, StoreError> {
    let sql = "SELECT value FROM notes WHERE name = ?1";
    let text: Option<String> = conn.query_one(sql, [name], |row| row.get(0)).optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(|failure| StoreError::corrupt(failure.to_string()))).transpose()
}

fn all(conn: &Connection, before: &str) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement =
        conn.prepare("SELECT name, value FROM notes WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name")?;
    let rows = statement.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
