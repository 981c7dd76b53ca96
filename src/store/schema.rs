//! Opens connections with the settings everything here relies on, and brings the schema up to date.
//! Never touches a database that a newer program wrote.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use tracing::warn;

use super::error::StoreError;
use super::{before, integrity};

/// The steps from an empty file to now. Only ever added to.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_log_and_projections.sql")),
    M::up(include_str!("../../migrations/0002_places_and_outbox.sql")),
    M::up(include_str!("../../migrations/0003_opened_tables.sql")),
    M::up(include_str!("../../migrations/0004_game_events.sql")),
    M::up(include_str!("../../migrations/0005_table_settings.sql")),
    M::up(include_str!("../../migrations/0006_memory.sql")),
    M::up(include_str!("../../migrations/0007_memory_sessions.sql")),
    M::up(include_str!("../../migrations/0008_lines.sql")),
    M::up(include_str!("../../migrations/0009_erasures.sql")),
    M::up(include_str!("../../migrations/0010_who_was_there.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The newest schema this program knows.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// How long to wait for someone else who has the file open, a shell for example.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// More than there are statements in this module, so none is ever parsed twice.
const STATEMENTS: usize = 64;
/// Bytes to which the write-ahead log shrinks again after it has grown.
const WAL_KEPT: i64 = 16 * 1024 * 1024;

/// Opens the one connection that writes.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    let (_, found) = open_untouched(path)?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(|error| StoreError::opening(path, error))?;
    settle(&conn).map_err(|error| StoreError::opening(path, error))?;
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    // An empty file has nothing to go back to.
    if (1..KNOWN).contains(&found) {
        before::keep(&conn, path, found, KNOWN)?;
    }
    migrate(&mut conn)?;
    // A log that cannot be read is told when its table is opened; the other tables are played all the same.
    if let Err(failure) = integrity::remember(&mut conn) {
        warn!(error = &failure as &dyn std::error::Error, "what is remembered could not be derived from the log");
    }
    Ok(conn)
}

/// Opens a connection that can only read, beside the one that writes.
pub(super) fn open_for_reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// Opens a database just to look at it and tells its schema number, 0 in an empty file. Nothing in it changes and
/// nothing is left beside it that was not there.
pub(super) fn open_untouched(path: &Path) -> Result<(Connection, i64), StoreError> {
    let path = &path.canonicalize().map_err(|error| StoreError::file(path, error))?;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let conn = if Path::new(&wal).exists() { open_for_reading(path) } else { open_immutable(path) };
    // SQLite opens the file only now.
    let version = conn.and_then(|conn| {
        let version = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok((conn, version))
    });
    version.map_err(|error| StoreError::opening(path, error))
}

fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    // Without a write-ahead log nobody has the file open. Reading it in the usual way would leave new files beside it;
    // `immutable` does not.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(immutable_uri(path), flags)
}

/// Brings the schema up to date.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    MIGRATIONS.to_latest(conn).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        other => StoreError::corrupt(other.to_string()),
    })
}

/// Whether everything that stands in the file is what the migrations up to `version` make, and nothing else.
pub(super) fn is_ours(conn: &Connection, version: i64) -> Result<bool, StoreError> {
    let Some(steps) = usize::try_from(version).ok().filter(|steps| (1..=STEPS.len()).contains(steps)) else {
        return Ok(false);
    };
    let mut made = Connection::open_in_memory()?;
    MIGRATIONS.to_version(&mut made, steps).map_err(|error| StoreError::corrupt(error.to_string()))?;
    Ok(objects(conn)? == objects(&made)?)
}

/// The kind, name, table and words of something that stands in a file.
type Object = (String, String, String, Option<String>);

/// Everything that stands in a file, in words. SQLite's own tables come and go with what it is asked to do.
fn objects(conn: &Connection) -> Result<Vec<Object>, StoreError> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        ORDER BY type, name";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn settle(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "foreign_keys", true)?;
    // Readers go on while the writer writes.
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // People are told that their action is written down, and that has to hold after a power cut too. NORMAL would only
    // survive the death of the process. FULL costs one fsync a commit, some milliseconds in front of a turn of seconds.
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT, |_| Ok(()))?;
    Ok(())
}

/// The file as SQLite's URI, every byte that could mean something else escaped.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_run_from_nothing() {
        MIGRATIONS.validate().unwrap();
    }

    #[test]
    fn places_of_schema_2_stand_when_tables_can_be_opened() {
        let mut conn = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut conn, 2).unwrap();
        let rows = "INSERT INTO tables (name, uid, created_at) VALUES ('crown', 'u', 1);
            INSERT INTO places (place, table_id, heard_upto, shown_upto, opened_at) VALUES ('discord:7', 1, 5, 2, 1)";
        conn.execute_batch(rows).unwrap();
        MIGRATIONS.to_version(&mut conn, 3).unwrap();
        let kept = "SELECT heard_upto FROM places WHERE place = 'discord:7'";
        assert_eq!(conn.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 5);
    }

    #[test]
    fn a_log_of_schema_1_stands_when_places_come() {
        let mut conn = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut conn, 1).unwrap();
        conn.execute_batch("INSERT INTO tables (name, uid, created_at) VALUES ('crown', 'u', 1)").unwrap();
        MIGRATIONS.to_version(&mut conn, 2).unwrap();
        let joined = "SELECT count(*) FROM tables LEFT JOIN places ON places.table_id = tables.id";
        assert_eq!(conn.query_row(joined, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }

    #[test]
    fn what_was_remembered_in_schema_6_is_begun_anew_from_the_log() {
        let mut conn = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut conn, 6).unwrap();
        let rows = "INSERT INTO tables (name, uid, created_at) VALUES ('crown', 'u', 1);
            INSERT INTO memory (table_id, event, part, branch, since, scene, at, tier, text, names, grams, importance,
                audience, everyone) VALUES (1, 3, 0, 0, 3, 1, 1, 'beat', 'A heron.', '', '', 3, '\"table\"', 1);
            INSERT INTO memory_knower (memory, seat) VALUES (1, 2);
            INSERT INTO notes (name, value) VALUES ('memory-format', '1'), ('kept', 'x')";
        conn.execute_batch(rows).unwrap();
        migrate(&mut conn).unwrap();
        let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM memory"), 0);
        assert_eq!(count("SELECT count(*) FROM memory_words WHERE memory_words MATCH 'heron'"), 0);
        assert_eq!(count("SELECT count(*) FROM notes"), 1, "the next start makes it again");
        assert_eq!(count("SELECT count(*) FROM tables"), 1);
    }

    #[test]
    fn the_outbox_of_the_schema_before_stands_when_lines_come() {
        let mut conn = Connection::open_in_memory().unwrap();
        let newest = usize::try_from(KNOWN).unwrap();
        MIGRATIONS.to_version(&mut conn, newest - 1).unwrap();
        let rows = "INSERT INTO tables (name, uid, created_at) VALUES ('crown', 'u', 1);
            INSERT INTO places (place, table_id, heard_upto, shown_upto, opened_at) VALUES ('discord:7', 1, 5, 2, 1);
            INSERT INTO outbox (place, subject, part, nonce, state, planned_at) VALUES ('discord:7', 's', 0, 'n', 'planned', 1)";
        conn.execute_batch(rows).unwrap();
        MIGRATIONS.to_version(&mut conn, newest).unwrap();
        let kept = "SELECT count(*) FROM outbox LEFT JOIN lines ON lines.place = outbox.place";
        assert_eq!(conn.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }

    #[test]
    fn what_is_remembered_stands_until_the_next_start_makes_it_again_with_who_was_there() {
        let mut conn = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut conn, 8).unwrap();
        let rows = "INSERT INTO tables (name, uid, created_at) VALUES ('crown', 'u', 1);
            INSERT INTO memory (table_id, event, part, branch, since, scene, at, tier, text, names, grams, importance,
                audience, everyone) VALUES (1, 3, 0, 0, 3, 1, 1, 'beat', 'A heron.', '', '', 3, '\"table\"', 1);
            INSERT INTO notes (name, value) VALUES ('memory-format', '2')";
        conn.execute_batch(rows).unwrap();
        migrate(&mut conn).unwrap();
        let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM memory LEFT JOIN memory_witness w ON w.memory = memory.id"), 1);
        assert_eq!(count("SELECT count(*) FROM notes"), 0, "the next start makes it again");
    }

    #[test]
    fn the_writer_syncs_every_commit_and_keeps_foreign_keys() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        std::fs::File::create(&path).unwrap();
        let conn = open_for_writing(&path).unwrap();
        let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        assert_eq!(pragma("journal_mode").unwrap(), "wal".to_owned().into());
        assert_eq!(pragma("synchronous").unwrap(), 2.into());
        assert_eq!(pragma("foreign_keys").unwrap(), 1.into());
        assert_eq!(pragma("user_version").unwrap(), KNOWN.into());
    }

    #[test]
    fn every_table_of_ours_is_strict() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        let lax: i64 = conn
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND strict = 0",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(lax, 0);
    }

    #[test]
    fn an_odd_path_is_still_one_path() {
        insta::assert_snapshot!(immutable_uri(Path::new("/a b/100%?x#y")), @"file:/a%20b/100%25%3Fx%23y?immutable=1");
    }
}
