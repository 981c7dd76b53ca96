//! Whether the file is sound and what is derived agrees with the log, and how to derive it again.
//! Never changes the log.

use rusqlite::{Connection, Row, Transaction};

use super::Store;
use super::error::StoreError;
use super::events;
use super::memory;
use super::projection::project;
use super::schema;
use crate::domain::TableId;

/// How many problems are told; whoever has more has one big one.
const TOLD: usize = 100;

const EVERYTHING: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload, table_id, kind
    FROM events ORDER BY table_id, seq";

const GAPS: &str = "SELECT table_id, count(*), max(seq) FROM events GROUP BY table_id HAVING count(*) <> max(seq)";

/// What is derived from the log and has to agree with it: its name and its rows in the order of their keys.
const DERIVED: [(&str, &str); 4] = [
    ("actions", "SELECT * FROM actions ORDER BY table_id, action"),
    ("turns", "SELECT * FROM turns ORDER BY table_id, turn"),
    ("memory", memory::COMPARED),
    ("memory_witness", memory::KNOWN_TO),
];

/// What was derived again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// How many events were read.
    pub events: u64,
    /// How many snapshots were dropped; they are made again as tables are played.
    pub snapshots_dropped: u64,
}

impl Store {
    /// Looks through the whole database. Each problem is a sentence for the host; none means that all is well.
    pub async fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        self.readers.run(problems).await
    }

    /// Derives `actions`, `turns` and what is remembered from the log again and drops the snapshots, all or nothing.
    pub async fn rebuild(&self) -> Result<RebuildReport, StoreError> {
        self.writer.run(rebuild).await
    }
}

/// What is wrong with a database of the schema this program knows.
pub(super) fn problems(conn: &Connection) -> Result<Vec<String>, StoreError> {
    // One moment of the database, whatever is written meanwhile.
    let tx = conn.unchecked_transaction()?;
    let mut problems = file_problems(&tx)?;
    log_problems(&tx, &mut problems)?;
    if problems.is_empty() {
        // Only a sound log says what the derived tables should hold.
        derived_problems(&tx, &mut problems)?;
    }
    problems.truncate(TOLD);
    Ok(problems)
}

/// What SQLite itself finds wrong with the file, whatever its schema.
pub(super) fn file_problems(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let mut statement = conn.prepare("SELECT integrity_check FROM pragma_integrity_check")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            problems.push(format!("the file is damaged: {line}"));
        }
    }
    let mut statement = conn.prepare("SELECT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 100")?;
    for pair in statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
        let (child, parent) = pair?;
        problems.push(format!("a row of `{child}` belongs to no row of `{parent}`"));
    }
    Ok(problems)
}

fn log_problems(conn: &Connection, problems: &mut Vec<String>) -> Result<(), StoreError> {
    let mut statement = conn.prepare(GAPS)?;
    let gaps =
        statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    for gap in gaps {
        let (table, found, last) = gap?;
        problems.push(format!("the log of table {table} ends with event {last} and holds {found}"));
    }
    let mut statement = conn.prepare(EVERYTHING)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()?
        && problems.len() < TOLD
    {
        let table: i64 = row.get(9)?;
        match events::event(row) {
            Ok(event) if event.kind.name() == row.get::<_, String>(10)? => {}
            Ok(event) => problems.push(format!("event {} of table {table} is filed under the wrong kind", event.seq)),
            Err(StoreError::Corrupt { detail }) => problems.push(format!("table {table}: {detail}")),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Derives everything again in memory and compares.
fn derived_problems(conn: &Connection, problems: &mut Vec<String>) -> Result<(), StoreError> {
    let mut scratch = Connection::open_in_memory()?;
    // The rows they would point to are not copied.
    scratch.pragma_update(None, "foreign_keys", false)?;
    schema::migrate(&mut scratch)?;
    let filling = scratch.transaction()?;
    derive(conn, &filling)?;
    for (name, sql) in DERIVED {
        if let Some(table) = first_difference(conn, &filling, sql)? {
            problems.push(format!("`{name}` of table {table} does not agree with the log; a rebuild puts it right"));
        }
    }
    Ok(())
}

/// The table whose row is the first that differs.
fn first_difference(left: &Connection, right: &Connection, sql: &str) -> Result<Option<i64>, StoreError> {
    let (mut left, mut right) = (left.prepare(sql)?, right.prepare(sql)?);
    let columns = left.column_count();
    let (mut left, mut right) = (left.query([])?, right.query([])?);
    loop {
        match (left.next()?, right.next()?) {
            (None, None) => return Ok(None),
            (Some(row), None) | (None, Some(row)) => return Ok(Some(row.get(0)?)),
            (Some(one), Some(other)) if !same(one, other, columns)? => return Ok(Some(one.get(0)?)),
            (Some(_), Some(_)) => {}
        }
    }
}

fn same(one: &Row<'_>, other: &Row<'_>, columns: usize) -> Result<bool, StoreError> {
    for index in 0..columns {
        if one.get_ref(index)? != other.get_ref(index)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn rebuild(tx: &Transaction<'_>) -> Result<RebuildReport, StoreError> {
    tx.execute("DELETE FROM actions", [])?;
    tx.execute("DELETE FROM turns", [])?;
    memory::clear(tx)?;
    let snapshots_dropped = tx.execute("DELETE FROM snapshots", [])? as u64;
    Ok(RebuildReport { events: derive(tx, tx)?, snapshots_dropped })
}

/// Makes what is remembered again, where an older program made it otherwise or not at all.
pub(super) fn remember(conn: &mut Connection) -> Result<(), StoreError> {
    if memory::is_current(conn)? {
        return Ok(());
    }
    let tx = conn.transaction()?;
    // A memory is filed under the newest turn of its time, so turns have to come anew beside it, as they came then.
    for derived in ["actions", "turns"] {
        tx.execute(&format!("DELETE FROM {derived}"), [])?;
    }
    memory::clear(&tx)?;
    derive(&tx, &tx)?;
    memory::mark_current(&tx)?;
    Ok(tx.commit()?)
}

/// Reads the whole log of `from` and puts what follows from it `into` another or the same database.
fn derive(from: &Connection, into: &Connection) -> Result<u64, StoreError> {
    let mut statement = from.prepare(EVERYTHING)?;
    let mut rows = statement.query([])?;
    let mut read = 0;
    while let Some(row) = rows.next()? {
        project(into, TableId::new(row.get(9)?), &events::event(row)?)?;
        read += 1;
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use crate::domain::EventSeq;
    use crate::store::StoreFault;
    use crate::store::testing::{Fresh, Scribe, answered, fresh};

    async fn played() -> Fresh {
        let f = fresh().await;
        let mut s = Scribe::new();
        let events = vec![s.say("a"), s.open_turn(1, &[1]), s.end_turn(1, answered()), s.say("b")];
        f.store.append(f.table, events).await.unwrap();
        assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
        f
    }

    #[tokio::test]
    async fn a_derived_row_that_disagrees_is_told_and_put_right() {
        let f = played().await;
        for (sql, table) in [
            ("UPDATE actions SET state = 'waiting' WHERE action = 1", "actions"),
            ("DELETE FROM actions WHERE action = 4", "actions"),
            ("UPDATE turns SET tokens_in = 99", "turns"),
            ("DELETE FROM turns", "turns"),
        ] {
            f.tamper(sql).await;
            let problems = f.store.check_integrity().await.unwrap();
            assert_eq!(problems.len(), 1, "{sql}: {problems:?}");
            assert!(problems[0].starts_with(&format!("`{table}` of table 1")), "{sql}: {problems:?}");
            f.store.rebuild().await.unwrap();
            assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
        }
    }

    #[tokio::test]
    async fn a_hole_in_the_log_is_told() {
        let f = played().await;
        f.tamper("DELETE FROM events WHERE seq = 2").await;
        insta::assert_snapshot!(f.store.check_integrity().await.unwrap().join("\n"), @"the log of table 1 ends with event 4 and holds 3");
    }

    #[tokio::test]
    async fn an_event_nobody_can_read_is_told_and_stops_a_rebuild() {
        let f = played().await;
        let before = f.derived().await;
        f.tamper("UPDATE events SET payload = '{\"kind\":\"unheard_of\"}' WHERE seq = 4").await;
        let problems = f.store.check_integrity().await.unwrap();
        assert!(problems.len() == 1 && problems[0].starts_with("table 1: event 4:"), "{problems:?}");
        assert_eq!(f.store.rebuild().await.unwrap_err().fault(), StoreFault::Corrupt);
        assert_eq!(f.derived().await, before);
        let read = f.store.events_after(f.table, EventSeq::new(3)).await;
        assert_eq!(read.unwrap_err().fault(), StoreFault::Corrupt);
    }
}
