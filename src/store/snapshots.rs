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
pub const SNAPSHOT_FORMAT: u32 = 11;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreFault;
    use crate::store::testing::{Fresh, Scribe, fresh};

    async fn with_events(count: u64) -> Fresh {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        f.store.append(f.table, (0..count).map(|_| scribe.say("a")).collect()).await.unwrap();
        f
    }

    async fn save(f: &Fresh, branch: u32, seq: u64) {
        let state = format!("state at {seq}");
        f.store.save_snapshot(f.table, BranchId::new(branch), EventSeq::new(seq), state).await.unwrap();
    }

    fn step(branch: u32, upto: Option<u64>) -> PathStep {
        PathStep { branch: BranchId::new(branch), upto: upto.map(EventSeq::new) }
    }

    async fn kept(f: &Fresh) -> Vec<u64> {
        let read = f.store.readers.run(|conn| {
            let mut statement = conn.prepare("SELECT seq FROM snapshots ORDER BY seq")?;
            let seqs = statement.query_map([], |row| row.get(0).map(count))?;
            Ok(seqs.collect::<Result<Vec<_>, _>>()?)
        });
        read.await.unwrap()
    }

    #[tokio::test]
    async fn the_newest_state_comes_back_as_it_was() {
        let f = with_events(9).await;
        assert_eq!(f.store.newest_snapshot(f.table).await.unwrap(), None);
        save(&f, 0, 4).await;
        save(&f, 1, 9).await;
        save(&f, 1, 9).await;
        let newest = f.store.newest_snapshot(f.table).await.unwrap().unwrap();
        let expected = SnapshotRow { branch: BranchId::new(1), seq: EventSeq::new(9), state: "state at 9".into() };
        assert_eq!(newest, expected);
    }

    #[tokio::test]
    async fn an_undone_state_does_not_lie_on_the_path() {
        let f = with_events(40).await;
        for (branch, seq) in [(0, 10), (0, 20), (1, 30)] {
            save(&f, branch, seq).await;
        }
        let cases: [(&[PathStep], Option<u64>); 6] = [
            (&[step(0, None)], Some(20)),
            (&[step(0, Some(20))], Some(20)),
            (&[step(0, Some(15)), step(1, None)], Some(30)),
            (&[step(0, Some(15)), step(1, Some(28)), step(2, None)], Some(10)),
            (&[step(0, Some(9)), step(2, None)], None),
            (&[], None),
        ];
        for (path, expected) in cases {
            let found = f.store.snapshot_on_path(f.table, path).await.unwrap();
            assert_eq!(found.map(|found| found.seq.get()), expected, "{path:?}");
        }
    }

    #[tokio::test]
    async fn the_newest_three_and_one_a_stretch_are_kept() {
        let f = with_events(3300).await;
        for seq in (100..=3300).step_by(100) {
            save(&f, 0, seq).await;
        }
        assert_eq!(kept(&f).await, [100, 1000, 2000, 3000, 3100, 3200, 3300]);
    }

    #[tokio::test]
    async fn a_state_of_another_format_is_not_read_and_goes_away() {
        let f = with_events(9).await;
        save(&f, 0, 5).await;
        f.tamper("UPDATE snapshots SET format = 999").await;
        assert_eq!(f.store.newest_snapshot(f.table).await.unwrap(), None);
        assert_eq!(f.store.snapshot_on_path(f.table, &[step(0, None)]).await.unwrap(), None);
        save(&f, 0, 4).await;
        assert_eq!(kept(&f).await, [4]);
    }

    #[tokio::test]
    async fn a_state_beyond_the_log_is_refused() {
        let f = with_events(2).await;
        let refused = f.store.save_snapshot(f.table, BranchId::new(0), EventSeq::new(3), String::new()).await;
        assert_eq!(refused.unwrap_err().fault(), StoreFault::OutOfStep);
    }

    #[tokio::test]
    async fn a_rebuild_drops_them() {
        let f = with_events(2).await;
        save(&f, 0, 2).await;
        assert_eq!(f.store.rebuild().await.unwrap().snapshots_dropped, 1);
        assert_eq!(f.store.newest_snapshot(f.table).await.unwrap(), None);
    }

    #[tokio::test]
    async fn states_are_found_by_index() {
        let f = fresh().await;
        for sql in [NEWEST, ON_BRANCH, PRUNE] {
            let plan = f.plan(sql).await;
            assert!(!plan.contains("SCAN") && !plan.contains("ORDER BY"), "{sql}\n{plan}");
        }
        insta::assert_snapshot!(f.plan(ON_BRANCH).await, @"SEARCH snapshots USING INDEX snapshots_by_branch (table_id=? AND branch=? AND seq<?)");
    }
}
