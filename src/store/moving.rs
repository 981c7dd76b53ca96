//! One table taken out of a database, and put into another with its whole log.
//! What is derived from the log is derived anew where it comes to; what belongs to a place stays behind.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction};

use super::Store;
use super::error::StoreError;
use super::events;
use crate::domain::{Event, PlaceId, TableId, TableName, Timestamp};

/// A table with everything of it that is a record.
#[derive(Clone, Debug)]
pub struct TakenTable {
    /// The id that stays with it.
    pub uid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its whole log.
    pub events: Vec<Event>,
    /// What was set there by command.
    pub settings: Vec<(String, String)>,
    /// What was asked for when people opened it, if they did.
    pub wishes: Option<String>,
    /// What the installation noted under these names.
    pub notes: Vec<(String, String)>,
}

/// Reads a table out of a copy of a database; none if there is none of that name. Also the names of all.
///
/// # Errors
/// `Corrupt`, or what kept the copy from being read.
pub fn take_table(copy: &Path, name: &str) -> Result<(Option<TakenTable>, Vec<String>), StoreError> {
    let conn = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let known = pairs(&conn, "SELECT name, uid FROM tables ORDER BY name", [])?;
    let known = known.into_iter().map(|(name, _)| name).collect();
    let row = "SELECT id, uid, created_at FROM tables WHERE name = ?1";
    let found = conn.query_one(row, [name], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((id, uid, created_at)) = found else { return Ok((None, known)) };
    let wishes = "SELECT wishes FROM opened_tables WHERE table_id = ?1 AND closed_at IS NULL";
    let taken = TakenTable {
        uid,
        created_at: Timestamp::from_millis(created_at),
        events: events::collect(&conn, events::AFTER, (id, 0))?,
        settings: pairs(&conn, "SELECT name, value FROM table_settings WHERE table_id = ?1 ORDER BY name", [id])?,
        wishes: conn.query_one(wishes, [id], |row| row.get(0)).optional()?,
        notes: pairs(&conn, "SELECT name, value FROM notes WHERE name LIKE '%-secret'", [])?,
    };
    Ok((Some(taken), known))
}

impl Store {
    /// Puts a table that came from elsewhere into this database under a name that nobody has, with everything that follows
    /// from its log, all or nothing; it is reached at `place`, if one is given.
    ///
    /// # Errors
    /// `OutOfStep` when its log has a gap, `AlreadyHeard` when it hears something twice, `Full`.
    pub async fn put_table(
        &self,
        name: &TableName,
        table: TakenTable,
        place: Option<PlaceId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let name = name.clone();
        self.writer.run(move |tx| put(tx, &name, &table, place.as_ref(), now)).await
    }
}

fn put(
    tx: &Transaction<'_>,
    name: &TableName,
    table: &TakenTable,
    place: Option<&PlaceId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO tables (name, uid, created_at) VALUES (?1, ?2, ?3) RETURNING id";
    let values = (name.as_str(), &table.uid, table.created_at.millis());
    let id = TableId::new(tx.query_one(insert, values, |row| row.get(0))?);
    events::append(tx, id, &table.events)?;
    let set = "INSERT INTO table_settings (table_id, name, value, set_at) VALUES (?1, ?2, ?3, ?4)";
    for (name, value) in &table.settings {
        tx.execute(set, (id.get(), name, value, now.millis()))?;
    }
    if let Some(place) = place {
        let wishes = table.wishes.as_deref().unwrap_or("{}");
        let open = "INSERT INTO opened_tables (table_id, place, wishes, opened_at) VALUES (?1, ?2, ?3, ?4)";
        tx.execute(open, (id.get(), place.as_str(), wishes, now.millis()))?;
    }
    Ok(())
}

fn pairs(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
