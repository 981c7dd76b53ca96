//! The log: appends events and reads them back in order.
//! Never changes or removes one, and does not know what an event means.

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

const AFTER: &str = "SELECT seq, branch, scene, turn, actor, audience, at, cause, payload FROM events
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

fn append(tx: &Transaction<'_>, table: TableId, events: &[Event]) -> Result<(), StoreError> {
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
mod tests {
    use super::*;
    use crate::domain::{ActionId, Actor, Audience, EventKind, Scope, SeatId, SourceId};
    use crate::store::StoreFault;
    use crate::store::testing::{Fresh, Scribe, answered, fresh, heard_at, seqs};

    #[tokio::test]
    async fn an_event_comes_back_as_it_was_written() {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        let said = scribe.say("NUL \0, quotes ' \" `, \\, 🐉, \u{202e}, \r\n'; DROP TABLE events; --");
        let said = heard_at(said, "odd \0 '\" 🐉");
        let mut whisper = scribe.end_turn(7, answered());
        whisper.turn = Some(TurnNo::new(7));
        whisper.actor = Actor::Gm;
        whisper.audience = Audience::Seats(vec![SeatId::new(2), SeatId::new(9)]);
        whisper.cause = Some(EventSeq::new(1));
        let events = vec![said, whisper];
        f.store.append(f.table, events.clone()).await.unwrap();
        assert_eq!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap(), events);
        let heard = f.store.action_by_source(f.table, &SourceId::new("odd \0 '\" 🐉")).await.unwrap().unwrap();
        assert_eq!(heard.action, ActionId::new(1));
    }

    #[tokio::test]
    async fn a_long_action_is_kept_whole() {
        let f = fresh().await;
        let text = "dragon 🐉 ".repeat(40_000);
        let said = Scribe::new().say(&text);
        f.store.append(f.table, vec![said.clone()]).await.unwrap();
        assert_eq!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap(), vec![said]);
    }

    #[tokio::test]
    async fn events_that_do_not_follow_on_are_refused() {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        let (one, two, three) = (scribe.say("1"), scribe.say("2"), scribe.say("3"));
        let fault = |result: Result<(), StoreError>| result.unwrap_err().fault();
        assert_eq!(fault(f.store.append(f.table, vec![two.clone()]).await), StoreFault::OutOfStep);
        f.store.append(f.table, vec![one.clone()]).await.unwrap();
        assert_eq!(fault(f.store.append(f.table, vec![one]).await), StoreFault::OutOfStep);
        assert_eq!(fault(f.store.append(f.table, vec![three.clone()]).await), StoreFault::OutOfStep);
        assert_eq!(fault(f.store.append(TableId::new(99), vec![two.clone()]).await), StoreFault::Other);
        f.store.append(f.table, vec![two, three]).await.unwrap();
    }

    #[tokio::test]
    async fn an_append_is_all_or_nothing() {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        let (one, two) = (scribe.say("1"), heard_at(scribe.say("2"), "test:1"));
        let error = f.store.append(f.table, vec![one.clone(), two]).await.unwrap_err();
        assert_eq!(error.fault(), StoreFault::Repeated);
        assert!(f.store.events_after(f.table, EventSeq::new(0)).await.unwrap().is_empty());
        assert!(f.derived().await.is_empty());
        f.store.append(f.table, vec![one]).await.unwrap();
    }

    #[tokio::test]
    async fn the_same_source_is_heard_once_a_table() {
        let f = fresh().await;
        let other = f.store.ensure_table(&"sea".parse().unwrap(), Timestamp::from_millis(5)).await.unwrap().id;
        let mut scribe = Scribe::new();
        let (one, again) = (scribe.say("1"), heard_at(scribe.say("1"), "test:1"));
        f.store.append(f.table, vec![one.clone()]).await.unwrap();
        f.store.append(other, vec![one]).await.unwrap();
        assert!(matches!(f.store.append(f.table, vec![again]).await, Err(StoreError::AlreadyHeard { .. })));
    }

    /// 1 scene · 2 said · 3+4 turn one · 5 said · 6+7 turn two · branch at 4: 8 · 9 said · 10+11 turn three ·
    /// branch at 10 of the new one: 12 · 13+14 turn four
    async fn tree(f: &Fresh) -> [Vec<PathStep>; 3] {
        let mut s = Scribe::new();
        let mut events = vec![s.open_scene(1), s.say("a"), s.open_turn(1, &[2]), s.end_turn(1, answered())];
        events.extend([s.say("b"), s.open_turn(2, &[5]), s.end_turn(2, answered())]);
        events.extend([s.branch(4), s.say("c"), s.open_turn(3, &[9]), s.end_turn(3, answered())]);
        events.extend([s.branch(10), s.open_turn(4, &[9]), s.end_turn(4, answered())]);
        f.store.append(f.table, events).await.unwrap();
        let step =
            |branch, upto: Option<u64>| PathStep { branch: BranchId::new(branch), upto: upto.map(EventSeq::new) };
        [
            vec![step(0, None)],
            vec![step(0, Some(4)), step(1, None)],
            vec![step(0, Some(4)), step(1, Some(10)), step(2, None)],
        ]
    }

    #[tokio::test]
    async fn the_story_is_read_along_one_line_of_play() {
        let f = fresh().await;
        let paths = tree(&f).await;
        let mut stories = Vec::new();
        for path in &paths {
            stories.push(seqs(&f.store.story_events_on_path(f.table, path, EventSeq::new(0)).await.unwrap()));
        }
        assert_eq!(stories, [vec![1, 3, 4, 6, 7], vec![1, 3, 4, 10, 11], vec![1, 3, 4, 10, 13, 14]]);
        let late = f.store.story_events_on_path(f.table, &paths[2], EventSeq::new(4)).await.unwrap();
        assert_eq!(seqs(&late), [10, 13, 14]);
        assert_eq!(seqs(&f.store.branches(f.table).await.unwrap()), [8, 12]);
    }

    #[tokio::test]
    async fn a_scene_is_its_turns_and_whatever_names_it() {
        let f = fresh().await;
        let mut s = Scribe::new();
        let titled = |scene| EventKind::SceneTitled { scene: SceneNo::new(scene), title: "The Gate".into() };
        let ended = |scene| EventKind::SceneEnded { scene: SceneNo::new(scene) };
        let mut events = vec![s.open_scene(1), s.say("a"), s.open_turn(1, &[2]), s.end_turn(1, answered())];
        events.extend([s.write(ended(1)), s.open_scene(2), s.write(titled(1)), s.open_turn(2, &[2])]);
        events.extend([s.branch(4), s.write(ended(1))]);
        f.store.append(f.table, events).await.unwrap();
        let whole = [PathStep { branch: BranchId::new(0), upto: None }];
        let scene = f.store.scene_events(f.table, &whole, SceneNo::new(1)).await.unwrap();
        assert_eq!(seqs(&scene), [1, 3, 4, 5, 7]);
        let scene = f.store.scene_events(f.table, &whole, SceneNo::new(2)).await.unwrap();
        assert_eq!(seqs(&scene), [6, 8]);
        let undone = [
            PathStep { branch: BranchId::new(0), upto: Some(EventSeq::new(4)) },
            PathStep { branch: BranchId::new(1), upto: None },
        ];
        let scene = f.store.scene_events(f.table, &undone, SceneNo::new(1)).await.unwrap();
        assert_eq!(seqs(&scene), [1, 3, 4, 10]);
    }

    #[test]
    fn the_lists_of_kinds_are_those_that_count_for_the_story() {
        let mut s = Scribe::new();
        let n = SceneNo::new(1);
        let all = [
            s.say("a").kind,
            s.edit(1).kind,
            s.withdraw(1).kind,
            s.skip(1).kind,
            s.open_turn(1, &[]).kind,
            s.end_turn(1, answered()).kind,
            s.open_scene(1).kind,
            EventKind::SceneTitled { scene: n, title: String::new() },
            EventKind::SceneEnded { scene: n },
            s.branch(0).kind,
            s.whisper().kind,
        ];
        for kind in all {
            let quoted = format!("'{}'", kind.name());
            assert_eq!(STORY.contains(&quoted), kind.scope() == Scope::Story, "{quoted}");
            assert_eq!(SCENE.contains(&quoted), kind.scope() == Scope::Story, "{quoted}");
        }
    }

    #[tokio::test]
    async fn no_reading_of_the_log_looks_through_all_of_it() {
        let f = fresh().await;
        for sql in [END, AFTER, STORY, SCENE, BRANCHINGS] {
            let plan = f.plan(sql).await;
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP"), "{sql}\n{plan}");
        }
        insta::assert_snapshot!(f.plan(STORY).await, @"SEARCH events USING INDEX events_of_story (table_id=? AND branch=? AND seq>? AND seq<?)");
        insta::assert_snapshot!(f.plan(SCENE).await, @r"
        MERGE (UNION ALL)
        LEFT
        SEARCH events USING INDEX events_in_scene (table_id=? AND scene=? AND branch=? AND seq<?)
        RIGHT
        SEARCH events USING INDEX events_about_scene (table_id=? AND <expr>=? AND branch=? AND seq<?)
        ");
        insta::assert_snapshot!(f.plan(BRANCHINGS).await, @"SEARCH events USING INDEX events_of_branching (table_id=?)");
    }
}
