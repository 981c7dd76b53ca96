//! What became of each action, derived from the log: how a door knows whether it has heard something before.
//! Never holds what was said; that is in the log.

use rusqlite::OptionalExtension;

use super::Store;
use super::error::StoreError;
use super::paths::{column, count};
use crate::domain::{ActionId, SeatId, SourceId, TableId, TurnNo};

const BY_SOURCE: &str = "SELECT action, source, seat, state, turn FROM actions WHERE table_id = ?1 AND source = ?2";

const OF_TURN: &str = "SELECT a.action, a.source, a.seat, a.state, a.turn
    FROM turns t JOIN events e ON e.table_id = t.table_id AND e.seq = t.opened_seq, json_each(e.payload, '$.said') said
    JOIN actions a ON a.table_id = t.table_id AND a.action = json_extract(said.value, '$.action')
    WHERE t.table_id = ?1 AND t.turn = ?2 ORDER BY a.action";

const WAITING: &str = "SELECT source FROM actions WHERE table_id = ?1 AND state = 'waiting' ORDER BY action";

const LAST_OF_SEAT: &str = "SELECT turn FROM actions WHERE table_id = ?1 AND seat = ?2 AND turn IS NOT NULL
    ORDER BY action DESC LIMIT 1";

// Both halves read an index that holds the unfinished rows and no others.
const UNFINISHED: &str = "SELECT table_id FROM actions WHERE state IN ('waiting', 'taken')
    UNION SELECT table_id FROM turns WHERE ended_seq IS NULL ORDER BY 1";

// Few events lie behind an action that is asked for: it was heard a moment ago.
const EDITED: &str = "SELECT json_extract(payload, '$.text') FROM events
    WHERE table_id = ?1 AND seq > ?2 AND kind = 'action_edited' AND json_extract(payload, '$.action') = ?2
    ORDER BY seq DESC LIMIT 1";

/// An action and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// Which.
    pub action: ActionId,
    /// Where it was heard.
    pub source: SourceId,
    /// Who said it.
    pub seat: SeatId,
    /// What became of it.
    pub state: ActionState,
    /// The newest turn that took it; none while it waits.
    pub turn: Option<TurnNo>,
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionState {
    /// It waits for a turn.
    Waiting,
    /// A running turn has it.
    Taken,
    /// Its turn was answered.
    Answered,
    /// Its turn failed.
    Failed,
    /// Its turn was stopped.
    Stopped,
    /// It will not be answered.
    Skipped,
    /// Its author took it back.
    Withdrawn,
}

impl ActionState {
    const ALL: [Self; 7] =
        [Self::Waiting, Self::Taken, Self::Answered, Self::Failed, Self::Stopped, Self::Skipped, Self::Withdrawn];

    /// The word for it, in the database and in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| StoreError::corrupt("an action is in a state that does not exist"))
    }
}

impl Store {
    /// The action that was heard at `source`, if one was.
    pub async fn action_by_source(&self, table: TableId, source: &SourceId) -> Result<Option<ActionRow>, StoreError> {
        let source = source.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(BY_SOURCE)?;
                let found = statement.query_one((table.get(), source.as_str()), |row| Ok(action(row))).optional()?;
                found.transpose()
            })
            .await
    }

    /// The actions that a turn took, with what has become of them since.
    pub async fn actions_of_turn(&self, table: TableId, turn: TurnNo) -> Result<Vec<ActionRow>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(OF_TURN)?;
                let rows = statement.query_map((table.get(), column(turn.get())), |row| Ok(action(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }

    /// Where the actions were heard that wait at a table, the oldest first.
    pub async fn waiting_sources(&self, table: TableId) -> Result<Vec<SourceId>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(WAITING)?;
                let rows = statement.query_map([table.get()], |row| row.get::<_, String>(0))?;
                Ok(rows.map(|row| row.map(SourceId::new)).collect::<Result<_, _>>()?)
            })
            .await
    }

    /// What the author of an action made of it since it was heard; none where it was left as it was.
    pub async fn edited_text(&self, table: TableId, action: ActionId) -> Result<Option<String>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(EDITED)?;
                Ok(statement.query_one((table.get(), column(action.get())), |row| row.get(0)).optional()?)
            })
            .await
    }

    /// The turn that took the newest action of a seat; none if none of its actions was taken yet.
    pub async fn last_acted(&self, table: TableId, seat: SeatId) -> Result<Option<TurnNo>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(LAST_OF_SEAT)?;
                let found = statement.query_one((table.get(), seat.get()), |row| row.get::<_, i64>(0)).optional()?;
                Ok(found.map(|turn| TurnNo::new(count(turn))))
            })
            .await
    }

    /// The tables where something waits or was running when the program ended. Takes as long as there are such
    /// things, however long the logs are.
    pub async fn tables_with_unfinished_work(&self) -> Result<Vec<TableId>, StoreError> {
        self.readers
            .run(|conn| {
                let mut statement = conn.prepare_cached(UNFINISHED)?;
                let tables = statement.query_map([], |row| row.get(0).map(TableId::new))?;
                Ok(tables.collect::<Result<_, _>>()?)
            })
            .await
    }
}

fn action(row: &rusqlite::Row<'_>) -> Result<ActionRow, StoreError> {
    Ok(ActionRow {
        action: ActionId::new(count(row.get(0)?)),
        source: SourceId::new(row.get::<_, String>(1)?),
        seat: SeatId::new(row.get(2)?),
        state: ActionState::read(&row.get::<_, String>(3)?)?,
        turn: row.get::<_, Option<i64>>(4)?.map(|turn| TurnNo::new(count(turn))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::store::testing::{Scribe, answered, fresh};

    #[tokio::test]
    async fn what_was_never_heard_is_not_found() {
        let f = fresh().await;
        assert_eq!(f.store.action_by_source(f.table, &SourceId::new("test:1")).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_action_says_what_its_author_made_of_it_last() {
        let f = fresh().await;
        let s = &mut Scribe::new();
        f.store.append(f.table, vec![s.say("a"), s.say("b"), s.edit(1)]).await.unwrap();
        let edited = async |action| f.store.edited_text(f.table, ActionId::new(action)).await.unwrap();
        assert_eq!(edited(1).await.as_deref(), Some("else"));
        assert_eq!(edited(2).await, None);
    }

    #[tokio::test]
    async fn only_tables_with_something_to_do_are_unfinished() {
        let f = fresh().await;
        let mut ids = vec![f.table];
        for name in ["idle", "waiting", "running", "bare-turn"] {
            ids.push(f.store.ensure_table(&name.parse().unwrap(), Timestamp::from_millis(1)).await.unwrap().id);
        }
        let [done, _idle, waiting, running, bare_turn] = ids[..] else { unreachable!("five were made") };
        let s = &mut Scribe::new();
        f.store.append(done, vec![s.say("a"), s.open_turn(1, &[1]), s.end_turn(1, answered())]).await.unwrap();
        f.store.append(waiting, vec![Scribe::new().say("a")]).await.unwrap();
        let s = &mut Scribe::new();
        f.store.append(running, vec![s.say("a"), s.open_turn(1, &[1])]).await.unwrap();
        f.store.append(bare_turn, vec![Scribe::new().open_turn(1, &[])]).await.unwrap();
        assert_eq!(f.store.tables_with_unfinished_work().await.unwrap(), [waiting, running, bare_turn]);
    }

    #[tokio::test]
    async fn a_start_looks_only_at_what_is_unfinished() {
        let f = fresh().await;
        insta::assert_snapshot!(f.plan(UNFINISHED).await, @r"
        MERGE (UNION)
        LEFT
        SCAN actions USING COVERING INDEX actions_unfinished
        RIGHT
        SCAN turns USING INDEX turns_unfinished
        ");
        insta::assert_snapshot!(f.plan(BY_SOURCE).await, @"SEARCH actions USING INDEX sqlite_autoindex_actions_2 (table_id=? AND source=?)");
    }
}
