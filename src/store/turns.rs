//! The turns of a table at a glance, derived from the log: who answered, how it ended, what it took.
//! Never holds what was said or answered; that is in the log.

use rusqlite::{OptionalExtension, Row};

use super::Store;
use super::error::StoreError;
use super::paths::{column, count};
use crate::domain::{BranchId, EventSeq, ModelName, ProviderName, SceneNo, TableId, Timestamp, TurnNo, TurnOutcome};

const NEWEST: &str = "SELECT turn, branch, scene, opened_seq, ended_seq, outcome, provider, model,
        cost_micros, tokens_in, tokens_out, opened_at, ended_at
    FROM turns WHERE table_id = ?1 ORDER BY turn DESC LIMIT ?2";

const OUTCOME: &str = "SELECT outcome FROM turns WHERE table_id = ?1 AND turn = ?2";

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnRow {
    /// Which.
    pub turn: TurnNo,
    /// The line of play it was run on.
    pub branch: BranchId,
    /// The scene that was open.
    pub scene: SceneNo,
    /// The event that opened it.
    pub opened_seq: EventSeq,
    /// The event that ended it; none while it runs.
    pub ended_seq: Option<EventSeq>,
    /// How it ended; none while it runs.
    pub outcome: Option<TurnEnd>,
    /// Who answered.
    pub provider: ProviderName,
    /// With which model.
    pub model: Option<ModelName>,
    /// Millionths of a US dollar; none means unknown, not free.
    pub cost_micros: Option<u64>,
    /// Tokens read.
    pub tokens_in: Option<u64>,
    /// Tokens written.
    pub tokens_out: Option<u64>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended; none while it runs.
    pub ended_at: Option<Timestamp>,
}

/// How a turn ended, without what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnEnd {
    /// With a reply.
    Answered,
    /// Without one.
    Failed,
    /// A person stopped it.
    Stopped,
    /// The program ended first.
    Interrupted,
}

impl TurnEnd {
    const ALL: [Self; 4] = [Self::Answered, Self::Failed, Self::Stopped, Self::Interrupted];

    pub(super) fn of(outcome: &TurnOutcome) -> Self {
        match outcome {
            TurnOutcome::Answered { .. } => Self::Answered,
            TurnOutcome::Failed { .. } => Self::Failed,
            TurnOutcome::Stopped { .. } => Self::Stopped,
            TurnOutcome::Interrupted => Self::Interrupted,
        }
    }

    /// The word for it: the same as [`TurnOutcome::name`].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|end| end.as_str() == word);
        found.ok_or_else(|| StoreError::corrupt("a turn has an outcome that does not exist"))
    }
}

impl Store {
    /// The newest `last` turns of a table, the oldest of them first.
    pub async fn turns(&self, table: TableId, last: usize) -> Result<Vec<TurnRow>, StoreError> {
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(NEWEST)?;
                let mut rows = statement.query((table.get(), last))?;
                let mut turns = Vec::new();
                while let Some(row) = rows.next()? {
                    turns.push(turn(row)?);
                }
                turns.reverse();
                Ok(turns)
            })
            .await
    }
}

impl Store {
    /// Whether a turn was answered; none while it runs.
    pub async fn turn_counts(&self, table: TableId, turn: TurnNo) -> Result<Option<bool>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(OUTCOME)?;
                let found =
                    statement.query_one((table.get(), column(turn.get())), |row| row.get::<_, Option<String>>(0));
                Ok(found.optional()?.flatten().map(|outcome| outcome == TurnEnd::Answered.as_str()))
            })
            .await
    }
}

fn turn(row: &Row<'_>) -> Result<TurnRow, StoreError> {
    let number = |index| row.get::<_, Option<i64>>(index).map(|value| value.map(count));
    Ok(TurnRow {
        turn: TurnNo::new(count(row.get(0)?)),
        branch: BranchId::new(row.get(1)?),
        scene: SceneNo::new(row.get(2)?),
        opened_seq: EventSeq::new(count(row.get(3)?)),
        ended_seq: number(4)?.map(EventSeq::new),
        outcome: row.get::<_, Option<String>>(5)?.map(|word| TurnEnd::read(&word)).transpose()?,
        provider: ProviderName::new(row.get::<_, String>(6)?),
        model: row.get::<_, Option<String>>(7)?.map(ModelName::new),
        cost_micros: number(8)?,
        tokens_in: number(9)?,
        tokens_out: number(10)?,
        opened_at: Timestamp::from_millis(row.get(11)?),
        ended_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{answered, failed, fresh, stopped};

    #[test]
    fn an_outcome_has_the_same_word_everywhere() {
        for outcome in [answered(), failed(), stopped(), TurnOutcome::Interrupted] {
            assert_eq!(TurnEnd::of(&outcome).as_str(), outcome.name());
            assert_eq!(TurnEnd::read(outcome.name()).unwrap(), TurnEnd::of(&outcome));
        }
    }

    #[tokio::test]
    async fn the_newest_turns_are_found_by_key() {
        insta::assert_snapshot!(fresh().await.plan(NEWEST).await, @"SEARCH turns USING PRIMARY KEY (table_id=?)");
    }
}
