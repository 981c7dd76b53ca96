//! Folded states kept beside the log, so that opening a table does not read all of it. A cache.
//! Does not know what a state holds; losing one costs time and nothing else.

use rusqlite::{Connection, OptionalExtension, Params, Transaction};

use super::Store;
use super::error::StoreError;
use super::events;
use super::paths::{bounds, column, count};
use crate::domain::PathStep;
use crate::domain::{BranchId, EventSeq, TableId};

/// The format of the states that are kept now. Raise it whenever a folded state changes its form or its meaning:
/// what was kept before is then no longer read and goes away.
pub const SNAPSHOT_FORMAT: u32 = 1;

/// How many of the newest are kept of each table.
const NEWEST_KEPT: u32 = 3;
/// Beside those one is kept for each stretch of so many events, so that going back into the past is near one.
const STRETCH: u32 = 1000;

const NEWEST: &str = "SELECT branch, seq, state FROM snapshots
    WHERE table_id = ?1 AND format = ?2 ORDER BY seq DESC LIMIT 1";

const ON_BRANCH: &str = "SELECT branch, seq, state FROM snapshots
    WHERE table_id = ?1 AND format = ?2 AND branch = ?3 AND seq <= ?4 ORDER BY seq DESC LIMIT 1";

const SAVE: &str =
    "INSERT OR REPLACE INTO snapshots (table_id, branch, seq, format, state) VALUES (?1, ?2, ?3, ?4, ?5)";

const PRUNE: &str = "DELETE FROM snapshots WHERE table_id = ?1 AND (format <> ?2 OR (
    seq NOT IN (SELECT seq FROM snapshots WHERE table_id = ?1 ORDER BY seq DESC LIMIT ?3)
    AND seq NOT IN (SELECT min(seq) FROM snapshots WHERE table_id = ?1 GROUP BY seq / ?4)))";

/// A table's state as it was after one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The line of play it stands on.
    pub branch: BranchId,
    /// The last event that is folded in.
    pub seq: EventSeq,
    /// The state, as it was given.
    pub state: String,
}

impl Store {
    /// The newest state of a table, whatever its line of play.
    pub async fn newest_snapshot(&self, table: TableId) -> Result<Option<SnapshotRow>, StoreError> {
        self.readers.run(move |conn| one(conn, NEWEST, (table.get(), SNAPSHOT_FORMAT))).await
    }

    /// The newest state of a table that lies on the path.
    pub async fn snapshot_on_path(&self, table: TableId, path: &[PathStep]) -> Result<Option<SnapshotRow>, StoreError> {
        let path = path.to_vec();
        self.readers
            .run(move |conn| {
                // A branch begins after the last event that counts of the one before, so the first found is the newest.
                for (branch, upto) in path.into_iter().rev().map(bounds) {
                    let found = one(conn, ON_BRANCH, (table.get(), SNAPSHOT_FORMAT, branch, upto))?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            })
            .await
    }

    /// Keeps a state of a table as it was on `branch` after event `seq`, and lets go of older ones that are not needed.
    ///
    /// # Errors
    /// `OutOfStep` when the log does not reach `seq`.
    pub async fn save_snapshot(
        &self,
        table: TableId,
        branch: BranchId,
        seq: EventSeq,
        state: String,
    ) -> Result<(), StoreError> {
        self.writer.run(move |tx| save(tx, table, SnapshotRow { branch, seq, state })).await
    }
}

fn save(tx: &Transaction<'_>, table: TableId, snapshot: SnapshotRow) -> Result<(), StoreError> {
    let SnapshotRow { branch, seq, state } = snapshot;
    let end = events::end(tx, table)?.ok_or(StoreError::UnknownTable(table))?;
    if seq > end {
        return Err(StoreError::OutOfStep { table, expected: end, found: seq });
    }
    let at = column(seq.get());
    tx.prepare_cached(SAVE)?.execute((table.get(), branch.get(), at, SNAPSHOT_FORMAT, state))?;
    tx.prepare_cached(PRUNE)?.execute((table.get(), SNAPSHOT_FORMAT, NEWEST_KEPT, STRETCH))?;
    Ok(())
}

fn one(conn: &Connection, sql: &str, params: impl Params) -> Result<Option<SnapshotRow>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_one(params, |row| {
        Ok(SnapshotRow {
            branch: BranchId::new(row.get(0)?),
            seq: EventSeq::new(count(row.get(1)?)),
            state: row.get(2)?,
        })
    });
    Ok(found.optional()?)
}
