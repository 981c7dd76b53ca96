//! Why the newest turns were told what they were, kept over a restart. A few rows a table; none of it is part of the log.
//! It holds what it is given and says nothing about who may read it.

use rusqlite::OptionalExtension;

use super::Store;
use super::error::StoreError;
use super::paths::column;
use crate::domain::{TableId, TurnNo};

const KEEP: &str = "INSERT OR REPLACE INTO turn_reports (table_id, what, turn, report) VALUES (?1, ?2, ?3, ?4)";
const DROP: &str = "DELETE FROM turn_reports WHERE table_id = ?1 AND what = ?2 AND turn <> ?3";
const OF_TURN: &str = "SELECT report FROM turn_reports WHERE table_id = ?1 AND what = ?2 AND turn = ?3";

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOf {
    /// What was told of earlier.
    Memory,
    /// What was told of the lorebooks.
    Lore,
}

impl ReportOf {
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Lore => "lore",
        }
    }
}

impl Store {
    /// Keeps a turn's report in place of the one before.
    pub async fn keep_report(
        &self,
        table: TableId,
        what: ReportOf,
        turn: TurnNo,
        report: String,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                let turn = column(turn.get());
                tx.prepare_cached(KEEP)?.execute((table.get(), what.name(), turn, &report))?;
                tx.prepare_cached(DROP)?.execute((table.get(), what.name(), turn))?;
                Ok(())
            })
            .await
    }

    /// The report of a turn, if it is the one that is kept.
    pub async fn report(&self, table: TableId, what: ReportOf, turn: TurnNo) -> Result<Option<String>, StoreError> {
        self.readers
            .run(move |conn| {
                let key = (table.get(), what.name(), column(turn.get()));
                Ok(conn.prepare_cached(OF_TURN)?.query_one(key, |row| row.get(0)).optional()?)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::fresh;

    #[tokio::test]
    async fn the_newest_turn_is_kept_and_no_other() {
        let f = fresh().await;
        for turn in [1, 2] {
            f.store.keep_report(f.table, ReportOf::Memory, TurnNo::new(turn), turn.to_string()).await.unwrap();
        }
        let report = async |what, turn| f.store.report(f.table, what, TurnNo::new(turn)).await.unwrap();
        assert_eq!(report(ReportOf::Memory, 2).await.as_deref(), Some("2"));
        assert_eq!(report(ReportOf::Memory, 1).await, None);
        assert_eq!(report(ReportOf::Lore, 2).await, None);
    }
}
