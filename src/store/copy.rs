//! A copy of the database as it is at one moment, also while a program writes to it; and whether a copy can be trusted.
//! Changes nothing of what it copies, and leaves nothing in the copy of what was deleted.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::{folder, integrity, schema};

/// What is in a copy, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The number of its schema.
    pub schema: i64,
    /// The games' tables: name, uid, events, turns.
    pub tables: Vec<(String, String, u64, u64)>,
    /// How many rows each table of the database has.
    pub rows: BTreeMap<String, u64>,
}

/// Writes a copy of the database in `data_dir` to `to`, an empty file or none; none when there is no database.
///
/// # Errors
/// `Newer`, `Corrupt`, `Full`, or what kept the files from being used.
pub fn copy_database(data_dir: &Path, to: &Path) -> Result<Option<Copied>, StoreError> {
    let path = folder::database(data_dir);
    if !path.try_exists().map_err(|error| StoreError::file(&path, error))? {
        return Ok(None);
    }
    // Opened as by the program itself, so that what a killed one left in the write-ahead log is read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&path, flags).map_err(|error| StoreError::opening(&path, error))?;
    conn.busy_timeout(schema::BUSY)?;
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > schema::KNOWN {
        return Err(StoreError::Newer { found, known: schema::KNOWN });
    }
    if found == 0 {
        return Ok(None);
    }
    vacuum_into(&conn, to)?;
    drop(conn);
    count(&Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY)?).map(Some)
}

/// One reading of the whole database while others write: what it had when this began, without what was deleted.
pub(super) fn vacuum_into(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::File {
        path: to.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path is not UTF-8"),
    })?;
    conn.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// Looks at a copy in `folder` that may come from anybody: its numbers, and what is wrong with it.
///
/// # Errors
/// `Newer`, `Corrupt`, or what kept the file from being read.
pub fn examine_copy(folder: &Path) -> Result<(Copied, Vec<String>), StoreError> {
    let path = folder::database(folder);
    let (conn, found) = schema::open_untouched(&path)?;
    if found > schema::KNOWN {
        return Err(StoreError::Newer { found, known: schema::KNOWN });
    }
    // What stands in a file that is not ours is not run: no trigger, no view, no expression of an index.
    conn.pragma_update(None, "trusted_schema", false)?;
    if !schema::is_ours(&conn, found)? {
        return Ok((Copied::default(), vec!["its tables are not those of Talekeeper".to_owned()]));
    }
    let problems = if found == schema::KNOWN { integrity::problems(&conn)? } else { integrity::file_problems(&conn)? };
    Ok((count(&conn)?, problems))
}

fn count(conn: &Connection) -> Result<Copied, StoreError> {
    let schema = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let sql = "SELECT t.name, t.uid, (SELECT count(*) FROM events e WHERE e.table_id = t.id),
        (SELECT count(*) FROM turns u WHERE u.table_id = t.id) FROM tables t ORDER BY t.id";
    let mut statement = conn.prepare(sql)?;
    let tables = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, super::paths::count(row.get(2)?), super::paths::count(row.get(3)?)))
    })?;
    let tables = tables.collect::<Result<_, _>>()?;
    let names = "SELECT name FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let mut statement = conn.prepare(names)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut rows = BTreeMap::new();
    for name in names {
        let quoted = name.replace('"', "\"\"");
        let rows_of = conn.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
        rows.insert(name, super::paths::count(rows_of));
    }
    Ok(Copied { schema, tables, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Scribe, fresh};

    #[tokio::test]
    async fn a_copy_of_a_database_in_use_is_sound_and_can_be_told_from_a_strangers() {
        let f = fresh().await;
        f.store.append(f.table, vec![Scribe::new().say("a")]).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("talekeeper.db");
        let copied = copy_database(f.dir.path(), &to).unwrap().unwrap();
        assert_eq!((copied.schema, copied.tables[0].2, copied.rows["actions"]), (schema::KNOWN, 1, 1));
        assert_eq!(examine_copy(place.path()).unwrap(), (copied, vec![]));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "looking leaves nothing");

        let conn = Connection::open(&to).unwrap();
        conn.execute_batch("CREATE TRIGGER theirs AFTER INSERT ON events BEGIN DELETE FROM tables; END").unwrap();
        drop(conn);
        let (_, problems) = examine_copy(place.path()).unwrap();
        assert_eq!(problems, ["its tables are not those of Talekeeper"]);
    }

    #[test]
    fn where_there_is_no_database_there_is_no_copy() {
        let nowhere = tempfile::tempdir().unwrap();
        assert_eq!(copy_database(nowhere.path(), &nowhere.path().join("c")).unwrap(), None);
        assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
    }
}
