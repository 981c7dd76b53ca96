//! The log: appends events and reads them back in order.
//! Never removes one, changes one for `erasing` only, and does not know what an event means.

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction};

use super::Store;
use super::error::StoreError;
use super::paths::{bounds, column, count};
use super::projection::project;
use crate::domain::PathStep;
use crate::domain::{BranchId, Event, EventSeq, SceneNo, TableId, Timestamp, TurnNo};

const INSERT: &str = "INSERT INTO events
    (table_id, seq, branch, scene, turn, kind, actor, audience, at, cause, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// The end of a table's log, and whether there is such a table.
const END: &str = "SELECT (SELECT max(seq) FROM events WHERE table_id = tables.id) FROM tables WHERE id = ?1";

pub(super) const AFTER: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    WHERE table_id = ?1 AND seq > ?2 ORDER BY seq";

// Left to itself SQLite takes the primary key and walks a table's whole log, hence INDEXED BY. The lists of kinds repeat
// those of the indexes word for word, or the indexes could not be used; a test compares them with `EventKind::scope`.
const STORY: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    INDEXED BY events_of_story
    WHERE table_id = ?1 AND branch = ?2 AND seq > ?3 AND seq <= ?4
    AND kind IN ('turn_opened', 'turn_ended', 'scene_opened', 'scene_titled', 'scene_ended', 'game')
    ORDER BY seq";

const SCENE: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    INDEXED BY events_in_scene
    WHERE table_id = ?1 AND scene = ?2 AND branch = ?3 AND seq <= ?4
    AND kind IN ('turn_opened', 'turn_ended', 'game')
    UNION ALL
    SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    INDEXED BY events_about_scene
    WHERE table_id = ?1 AND json_extract(payload, '$.scene') = ?2 AND branch = ?3 AND seq <= ?4
    AND kind IN ('scene_opened', 'scene_titled', 'scene_ended')
    ORDER BY seq";

const GAME_OF_SCENE: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    INDEXED BY events_in_scene
    WHERE table_id = ?1 AND scene = ?2 AND kind IN ('turn_opened', 'turn_ended', 'game') AND kind = 'game'
    ORDER BY seq";

const ENDS: &str = "SELECT e.seq, e.branch, e.scene, e.turn, e.actor, e.audience, e.at, e.cause, e.payload
    FROM turns t JOIN events e ON e.table_id = t.table_id AND e.seq = t.ended_seq
    WHERE t.table_id = ?1 AND t.turn > ?2 ORDER BY t.turn LIMIT ?3";

const BRANCHINGS: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
    INDEXED BY events_of_branching
    WHERE table_id = ?1 AND kind = 'branch_opened' ORDER BY seq";

impl Store {
    /// Appends events to a table's log, with everything that is derived from them, all or none.
    /// When this returns `Ok` they survive a power cut.
    ///
    /// # Errors
    /// `OutOfStep` when the positions do not follow on the log, `AlreadyHeard` when an action's source is in it,
    /// `UnknownTable`, `Full`.
    pub async fn append(&self, table: TableId, events: Vec<Event>) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        self.writer.run(move |tx| append(tx, table, &events)).await
    }

    /// All events of a table after position `after`, of all branches, in order.
    pub async fn events_after(&self, table: TableId, after: EventSeq) -> Result<Vec<Event>, StoreError> {
        self.readers.run(move |conn| collect(conn, AFTER, (table.get(), column(after.get())))).await
    }

    /// The events on a path after position `after` that count for the story of their branch only, in order.
    pub async fn story_events_on_path(
        &self,
        table: TableId,
        path: &[PathStep],
        after: EventSeq,
    ) -> Result<Vec<Event>, StoreError> {
        let path = path.to_vec();
        self.readers
            .run(move |conn| {
                let mut events = Vec::new();
                for (branch, upto) in path.into_iter().map(bounds) {
                    let part = collect(conn, STORY, (table.get(), branch, column(after.get()), upto))?;
                    events.extend(part);
                }
                Ok(events)
            })
            .await
    }

    /// One event of the story, if it lies on the path.
    pub async fn story_event(
        &self,
        table: TableId,
        path: &[PathStep],
        seq: EventSeq,
    ) -> Result<Option<Event>, StoreError> {
        let path = path.to_vec();
        let before = column(seq.get().saturating_sub(1));
        self.readers
            .run(move |conn| {
                for (branch, upto) in path.into_iter().map(bounds) {
                    let upto = upto.min(column(seq.get()));
                    let found = collect(conn, STORY, (table.get(), branch, before, upto))?;
                    if let Some(event) = found.into_iter().next() {
                        return Ok(Some(event));
                    }
                }
                Ok(None)
            })
            .await
    }

    /// What one scene is told from: its opening, titles, turns and end as far as they lie on the path, in order.
    pub async fn scene_events(
        &self,
        table: TableId,
        path: &[PathStep],
        scene: SceneNo,
    ) -> Result<Vec<Event>, StoreError> {
        let path = path.to_vec();
        self.readers
            .run(move |conn| {
                let mut events = Vec::new();
                for (branch, upto) in path.into_iter().map(bounds) {
                    events.extend(collect(conn, SCENE, (table.get(), scene.get(), branch, upto))?);
                }
                Ok(events)
            })
            .await
    }

    /// What happened in the game in one scene, on whatever line of play, in order.
    pub async fn game_events_of_scene(&self, table: TableId, scene: SceneNo) -> Result<Vec<Event>, StoreError> {
        self.readers.run(move |conn| collect(conn, GAME_OF_SCENE, (table.get(), scene.get()))).await
    }

    /// The ends of the turns after `turn`, the oldest first, at most `most`: what a door has not shown yet.
    pub async fn turn_ends_after(&self, table: TableId, turn: TurnNo, most: usize) -> Result<Vec<Event>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.readers.run(move |conn| collect(conn, ENDS, (table.get(), column(turn.get()), most))).await
    }

    /// The events that opened a table's branches, in order. What is played now is the branch the last one opened.
    pub async fn branches(&self, table: TableId) -> Result<Vec<Event>, StoreError> {
        self.readers.run(move |conn| collect(conn, BRANCHINGS, [table.get()])).await
    }
}

/// The last position of a table's log; 0 when it is empty, none when there is no such table.
pub(super) fn end(conn: &Connection, table: TableId) -> Result<Option<EventSeq>, StoreError> {
    let end: Option<Option<i64>> = conn.prepare_cached(END)?.query_one([table.get()], |row| row.get(0)).optional()?;
    Ok(end.map(|seq| EventSeq::new(seq.map_or(0, count))))
}

/// Writes an event in place of what stood at its position: for erasing, and for nothing else.
pub(super) fn rewrite(tx: &Transaction<'_>, table: TableId, event: &Event) -> Result<(), StoreError> {
    let sql = "UPDATE events SET payload = ?3 WHERE table_id = ?1 AND seq = ?2 AND kind = ?4";
    let values = (table.get(), column(event.seq.get()), written(&event.kind)?, event.kind.name());
    match tx.prepare_cached(sql)?.execute(values)? {
        1 => Ok(()),
        _ => Err(StoreError::OutOfStep { table, expected: event.seq, found: event.seq }),
    }
}

/// Reads an event from the columns in the order in which this file selects them.
pub(super) fn event(row: &Row<'_>) -> Result<Event, StoreError> {
    let seq = EventSeq::new(count(row.get(0)?));
    Ok(Event {
        seq,
        branch: BranchId::new(row.get(1)?),
        scene: SceneNo::new(row.get(2)?),
        turn: row.get::<_, Option<i64>>(3)?.map(|turn| TurnNo::new(count(turn))),
        actor: json(row, 4, seq)?,
        audience: json(row, 5, seq)?,
        at: Timestamp::from_millis(row.get(6)?),
        cause: row.get::<_, Option<i64>>(7)?.map(|cause| EventSeq::new(count(cause))),
        kind: json(row, 8, seq)?,
    })
}

pub(super) fn append(tx: &Transaction<'_>, table: TableId, events: &[Event]) -> Result<(), StoreError> {
    let mut end = end(tx, table)?.ok_or(StoreError::UnknownTable(table))?;
    for event in events {
        if event.seq != end.next() {
            return Err(StoreError::OutOfStep { table, expected: end.next(), found: event.seq });
        }
        insert(tx, table, event)?;
        project(tx, table, event)?;
        end = event.seq;
    }
    Ok(())
}

fn insert(tx: &Transaction<'_>, table: TableId, event: &Event) -> Result<(), StoreError> {
    tx.prepare_cached(INSERT)?.execute(rusqlite::params![
        table.get(),
        column(event.seq.get()),
        event.branch.get(),
        event.scene.get(),
        event.turn.map(|turn| column(turn.get())),
        event.kind.name(),
        written(&event.actor)?,
        written(&event.audience)?,
        event.at.millis(),
        event.cause.map(|cause| column(cause.get())),
        written(&event.kind)?,
    ])?;
    Ok(())
}

pub(super) fn collect(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Event>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row)?);
    }
    Ok(events)
}

fn written(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Other(rusqlite::Error::ToSqlConversionFailure(error.into())))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize, seq: EventSeq) -> Result<T, StoreError> {
    let text = row.get_ref(index)?.as_str().map_err(|error| StoreError::corrupt(format!("event {seq}: {error}")))?;
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(format!("event {seq}: {error}")))
}

#[cfg(test)]
mod tests;
