//! Who of those whom the game master plays was there, and who of them knows a memory: witnesses, and those who were told.
//! It widens nobody's view of secrets: seats are asked for by the queries of `super`, whoever of the game master's knows.

use rusqlite::{Connection, params};

use super::deriving::{Spot, path_to};
use super::{Wanted, read};
use crate::domain::{Event, EventSeq, Knower, Memory, MemoryId, PathStep, SceneNo, TableId, TurnNo};
use crate::memory::{Candidate, Query, There, key};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::paths::{bounds, column, count};

/// What has to agree with the log beside the memories themselves.
pub(in crate::store) const COMPARED: &str =
    "SELECT m.table_id, m.event, m.part, w.name, w.branch, w.since, w.heard, w.within
    FROM memory_witness w JOIN memory m ON m.id = w.memory ORDER BY 1, 2, 3, 4, 5, 6";

pub(super) const MOVES: &str = "SELECT name, here, within FROM memory_presence
    WHERE table_id = ?1 AND scene = ?2 AND branch = ?3 AND since <= ?4 ORDER BY since";

const MOVED: &str = "INSERT OR REPLACE INTO memory_presence (table_id, scene, branch, since, name, here, within)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const KNOWS: &str = "INSERT OR IGNORE INTO memory_witness (memory, name, branch, since, heard, table_id, within)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const TOLD: &str = "INSERT OR IGNORE INTO memory_witness (memory, name, branch, since, heard, table_id, within)
    SELECT id, ?4, ?5, ?6, 1, ?1, ?7 FROM memory WHERE table_id = ?1 AND event = ?2 AND part = ?3";

const COPIED: &str = "INSERT INTO memory_witness (memory, name, branch, since, heard, table_id, within)
    SELECT ?4, w.name, w.branch, w.since, w.heard, w.table_id, w.within FROM memory_witness w
    JOIN memory m ON m.id = w.memory WHERE m.table_id = ?1 AND m.event = ?2 AND m.part = ?3";

/// Who saw a whole scene: witnesses of each of its beats, and how many beats it has.
pub(super) const OF_SCENE: &str =
    "SELECT m.id, w.name FROM memory m LEFT JOIN memory_witness w ON w.memory = m.id AND NOT w.heard
    WHERE m.table_id = ?1 AND m.scene = ?2 AND m.branch = ?3 AND m.since <= ?4 AND m.tier = 'beat' AND m.everyone
    AND NOT m.hidden";

/// Who knows these memories, along a line of play.
pub(super) const KNOWERS: &str = concat!(
    path!(),
    "SELECT m.event, m.part, w.name, min(w.heard) FROM json_each(?3) i
    CROSS JOIN memory m ON m.table_id = ?1 AND m.event = i.value ->> 0 AND m.part = i.value ->> 1
    CROSS JOIN memory_witness w ON w.memory = m.id
    WHERE EXISTS (SELECT 1 FROM path p WHERE p.branch = w.branch AND w.since <= p.upto)
    GROUP BY m.event, m.part, w.name ORDER BY m.event, m.part, w.name"
);

/// The search of what somebody whom the game master plays knows.
pub(super) const SEARCH: &str = concat!(
    path!(),
    "SELECT ",
    columns!(),
    ", bm25(memory_words, 1.0, 2.0, 1.0) AS fit FROM memory_words CROSS JOIN memory m ON m.id = memory_words.rowid
    WHERE memory_words MATCH ?5 AND m.tier <> 'arc' AND ",
    known!(),
    "AND EXISTS (SELECT 1 FROM memory_witness w WHERE w.memory = m.id
        AND w.name IN (SELECT value FROM json_each(?7))
        AND EXISTS (SELECT 1 FROM path p WHERE p.branch = w.branch AND w.since <= p.upto))
    ORDER BY fit, m.since DESC, m.part LIMIT ?6"
);

impl Store {
    /// What somebody whom the game master plays knows of these words, as far as the viewer may know it; they are looked for
    /// under all of `names`. Each comes with those who know it.
    pub async fn memories_known_to(
        &self,
        wanted: Wanted,
        query: &Query,
        names: &[String],
        most: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let (words, most) = (query.expression(), i64::try_from(most).unwrap_or(i64::MAX));
        let names = serde_json::to_string(names).unwrap_or_else(|_| "[]".to_owned());
        self.readers
            .run(move |conn| {
                let (table, path, gm, seat) = wanted.bounds();
                let mut statement = conn.prepare_cached(SEARCH)?;
                let mut rows = statement.query((table, path, gm, seat, words, most, names))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(Candidate { memory: read(row)?, rank: Some(row.get(12)?) });
                }
                Ok(found)
            })
            .await
    }

    /// The same memories with those who know each of whom the game master plays, along the line of play.
    pub async fn with_knowers(&self, wanted: Wanted, memories: Vec<Memory>) -> Result<Vec<Memory>, StoreError> {
        if memories.is_empty() {
            return Ok(memories);
        }
        self.readers
            .run(move |conn| {
                let mut memories = memories.clone();
                let ids: Vec<_> = memories.iter().map(|memory| (memory.id.event.get(), memory.id.part)).collect();
                let ids = serde_json::to_string(&ids).unwrap_or_else(|_| "[]".to_owned());
                let (table, path, ..) = wanted.bounds();
                let mut statement = conn.prepare_cached(KNOWERS)?;
                let mut rows = statement.query((table, path, ids))?;
                while let Some(row) = rows.next()? {
                    let id = MemoryId { event: EventSeq::new(count(row.get(0)?)), part: row.get(1)? };
                    let knower = Knower { name: row.get(2)?, heard: row.get(3)? };
                    if let Some(memory) = memories.iter_mut().find(|memory| memory.id == id) {
                        memory.knowers.push(knower);
                    }
                }
                Ok(memories)
            })
            .await
    }
}

/// Notes that people came and left.
pub(super) fn moved(
    conn: &Connection,
    table: TableId,
    event: &Event,
    within: Option<TurnNo>,
    enter: &[String],
    leave: &[String],
) -> Result<(), StoreError> {
    let moves = leave.iter().map(|name| (name, false)).chain(enter.iter().map(|name| (name, true)));
    let mut statement = conn.prepare_cached(MOVED)?;
    for (name, here) in moves {
        let (branch, since) = (event.branch.get(), column(event.seq.get()));
        let within = within.map(|turn| column(turn.get()));
        statement.execute((table.get(), event.scene.get(), branch, since, key(name), here, within))?;
    }
    Ok(())
}

/// Who is there as an event happens.
pub(super) fn there(conn: &Connection, table: TableId, event: &Event) -> Result<There, StoreError> {
    let mut there = There::default();
    let mut statement = conn.prepare_cached(MOVES)?;
    for (branch, upto) in path_to(conn, table, event.branch)?.into_iter().map(bounds) {
        let values = (table.get(), event.scene.get(), branch, upto.min(column(event.seq.get())));
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            let (name, here): (String, bool) = (row.get(0)?, row.get(1)?);
            let within: Option<i64> = row.get(2)?;
            there.here.retain(|known| *known != name);
            there.left.retain(|known| *known != name);
            if here {
                there.here.push(name);
            } else if within.is_some() && within == event.turn.map(|turn| column(turn.get())) {
                there.left.push(name);
            }
        }
    }
    Ok(there)
}

/// Who saw the whole of a scene.
pub(super) fn of_scene(
    conn: &Connection,
    table: TableId,
    scene: SceneNo,
    path: &[PathStep],
) -> Result<Vec<Knower>, StoreError> {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut beats = std::collections::BTreeSet::<i64>::new();
    let mut statement = conn.prepare_cached(OF_SCENE)?;
    for (branch, upto) in path.iter().copied().map(bounds) {
        let mut rows = statement.query((table.get(), scene.get(), branch, upto))?;
        while let Some(row) = rows.next()? {
            beats.insert(row.get(0)?);
            if let Some(name) = row.get::<_, Option<String>>(1)? {
                *seen.entry(name).or_default() += 1;
            }
        }
    }
    let whole = seen.into_iter().filter(|(_, count)| *count == beats.len());
    Ok(whole.map(|(name, _)| Knower { name, heard: false }).collect())
}

/// Notes who knows a new memory.
pub(super) fn known(
    conn: &Connection,
    table: TableId,
    memory: i64,
    spot: &Spot,
    knowers: &[Knower],
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(KNOWS)?;
    for knower in knowers {
        let (branch, since) = (spot.branch.get(), column(spot.since.get()));
        statement.execute(params![memory, key(&knower.name), branch, since, knower.heard, table.get(), None::<i64>])?;
    }
    Ok(())
}

/// Notes that some were told what a memory says.
pub(super) fn told(
    conn: &Connection,
    table: TableId,
    event: &Event,
    memory: MemoryId,
    to: &[String],
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(TOLD)?;
    for name in to {
        let values = params![
            table.get(),
            column(memory.event.get()),
            memory.part,
            key(name),
            event.branch.get(),
            column(event.seq.get()),
            event.turn.map(|turn| column(turn.get())),
        ];
        statement.execute(values)?;
    }
    Ok(())
}

/// Whoever knows a memory knows what stands in its place or is part of it, and on no other line of play.
pub(super) fn copied(conn: &Connection, table: TableId, from: MemoryId, to: i64) -> Result<(), StoreError> {
    conn.prepare_cached(COPIED)?.execute((table.get(), column(from.event.get()), from.part, to))?;
    Ok(())
}

/// Forgets what came of a turn that is not answered.
pub(super) fn forget_turn(conn: &Connection, table: TableId, turn: TurnNo) -> Result<(), StoreError> {
    let of_memories = "DELETE FROM memory_witness
        WHERE memory IN (SELECT id FROM memory WHERE table_id = ?1 AND within = ?2)";
    let within = "DELETE FROM memory_witness WHERE table_id = ?1 AND within = ?2";
    let moves = "DELETE FROM memory_presence WHERE table_id = ?1 AND within = ?2";
    for sql in [of_memories, within, moves] {
        conn.prepare_cached(sql)?.execute((table.get(), column(turn.get())))?;
    }
    Ok(())
}
