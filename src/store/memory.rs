//! What tables remember: derived from the log beside it, and searched for those who may know.
//! Who may know a memory, and which line of play it lies on, is part of every query here; nothing is left out afterwards.
//!
//! What is made of an event is decided in `crate::memory`.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::Store;
use super::error::StoreError;
use super::paths::{bounds, column, count};
use crate::domain::{EventSeq, Memory, MemoryId, PathStep, SceneNo, TableId, Tier, Timestamp, TurnNo, Viewer};
use crate::memory::{Candidate, Query};

pub(super) use deriving::project;
pub(super) use presence::COMPARED as KNOWN_TO;

/// How memories are made. Whoever changes it in `crate::memory` or here raises this, and they are made again.
const FORMAT: &str = "3";
/// What the format is noted under.
const NOTE: &str = "memory-format";

/// A word in more memories than this is looked for only if there is no other.
const TOO_COMMON: i64 = 20_000;

/// A search finds about this many memories to weigh at most, of words that have company: what the rarest find is enough.
const ENOUGH: i64 = 8_000;

/// Everything a rebuild has to give again.
pub(super) const COMPARED: &str = "SELECT table_id, event, part, branch, since, scene, turn, within, at, tier, text,
    names, grams, importance, audience, everyone, pinned, by_people, hidden FROM memory ORDER BY table_id, event, part";

const BEATS_OF_SCENE: &str = "SELECT text, importance FROM memory
    WHERE table_id = ?1 AND scene = ?2 AND branch = ?3 AND since <= ?4 AND tier = 'beat' AND everyone AND NOT hidden
    ORDER BY since, part";

/// The columns of a memory, in the order in which `read` takes them.
macro_rules! columns {
    () => {
        "m.event, m.part, m.tier, m.text, m.names, m.audience, m.importance, m.scene, m.turn, m.at, m.pinned, m.by_people"
    };
}

/// Begins every search: the line of play as a table.
macro_rules! path {
    () => {
        "WITH path (branch, upto) AS MATERIALIZED (SELECT value ->> 0, value ->> 1 FROM json_each(?2)) "
    };
}

/// What every search is bound by: the table, the line of play, what is not forgotten, and who may know.
macro_rules! known {
    () => {
        "m.table_id = ?1 AND NOT m.hidden
        AND EXISTS (SELECT 1 FROM path p WHERE p.branch = m.branch AND m.since <= p.upto)
        AND (m.everyone OR ?3 OR EXISTS (SELECT 1 FROM memory_knower k WHERE k.memory = m.id AND k.seat = ?4)) "
    };
}

// After the macros, which they use.
mod deriving;
mod presence;
mod summaries;

// CROSS JOIN keeps the order: what the words find is looked up, not the other way round.
const SEARCH: &str = concat!(
    path!(),
    "SELECT ",
    columns!(),
    ", bm25(memory_words, 1.0, 2.0, 1.0) AS fit FROM memory_words CROSS JOIN memory m ON m.id = memory_words.rowid
    WHERE memory_words MATCH ?5 AND m.tier <> 'arc' AND ",
    known!(),
    "ORDER BY fit, m.since DESC, m.part LIMIT ?6"
);
const ONE: &str =
    concat!(path!(), "SELECT ", columns!(), " FROM memory m WHERE m.event = ?5 AND m.part = ?6 AND ", known!());
const NEWEST: &str = concat!(
    path!(),
    "SELECT ",
    columns!(),
    " FROM memory m WHERE m.tier = ?5 AND ",
    known!(),
    "ORDER BY m.since DESC, m.part DESC LIMIT ?6"
);
const WEIGHTY: &str = concat!(
    path!(),
    "SELECT ",
    columns!(),
    " FROM memory m INDEXED BY memory_weighty WHERE m.importance >= 7 AND m.since < ?5 AND ",
    known!(),
    "ORDER BY m.since DESC, m.part LIMIT ?6"
);

/// Whose memory is looked through, along which line of play, for whom.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The table.
    pub table: TableId,
    /// The line of play.
    pub path: Vec<PathStep>,
    /// Who looks.
    pub viewer: Viewer,
}

impl Wanted {
    /// The first four parameters of every search.
    fn bounds(&self) -> (i64, String, bool, i64) {
        let steps: Vec<_> = self.path.iter().map(|step| bounds(*step)).collect();
        let path = serde_json::to_string(&steps).unwrap_or_else(|_| "[]".to_owned());
        let seat = match self.viewer {
            Viewer::Seat(seat) => i64::from(seat.get()),
            Viewer::Gm | Viewer::Public => -1,
        };
        (self.table.get(), path, self.viewer == Viewer::Gm, seat)
    }
}

impl Store {
    /// What is remembered of these words, the best fit first, at most `most`.
    pub async fn memories_found(
        &self,
        wanted: Wanted,
        query: &Query,
        most: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let (words, most) = (query.expression(), i64::try_from(most).unwrap_or(i64::MAX));
        self.readers
            .run(move |conn| {
                let (table, path, gm, seat) = wanted.bounds();
                let mut statement = conn.prepare_cached(SEARCH)?;
                let mut rows = statement.query((table, path, gm, seat, words, most))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(Candidate { memory: read(row)?, rank: Some(row.get(12)?) });
                }
                Ok(found)
            })
            .await
    }

    /// One memory by its number.
    pub async fn memory(&self, wanted: Wanted, id: MemoryId) -> Result<Option<Memory>, StoreError> {
        let found = self
            .readers
            .run(move |conn| {
                let (table, path, gm, seat) = wanted.bounds();
                collect(conn, ONE, (table, path, gm, seat, column(id.event.get()), id.part))
            })
            .await?;
        Ok(found.into_iter().next())
    }

    /// The newest memories of a kind, the newest first.
    pub async fn newest_memories(&self, wanted: Wanted, tier: Tier, most: usize) -> Result<Vec<Memory>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.readers
            .run(move |conn| {
                let (table, path, gm, seat) = wanted.bounds();
                collect(conn, NEWEST, (table, path, gm, seat, tier.name(), most))
            })
            .await
    }

    /// Memories that matter much from before an event, the newest first: what chance may bring back.
    pub async fn weighty_memories(
        &self,
        wanted: Wanted,
        before: EventSeq,
        most: usize,
    ) -> Result<Vec<Memory>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.readers
            .run(move |conn| {
                let (table, path, gm, seat) = wanted.bounds();
                collect(conn, WEIGHTY, (table, path, gm, seat, column(before.get()), most))
            })
            .await
    }

    /// The rarest of these words, those that are nowhere last. Words that are nearly everywhere tell nothing and cost much;
    /// one of them is left only if there is no other, and together they find no more than can be weighed at once.
    pub async fn rare_words(&self, words: Vec<String>, most: usize) -> Result<Vec<String>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached("SELECT doc FROM memory_vocabulary WHERE term = ?1")?;
                let mut counted = Vec::new();
                for word in words {
                    let found: Option<i64> = statement.query_one([&word], |row| row.get(0)).optional()?;
                    counted.push((found.unwrap_or(i64::MAX), word));
                }
                counted.sort();
                counted.dedup();
                let telling = counted.partition_point(|(found, _)| *found <= TOO_COMMON);
                let nowhere = counted.partition_point(|(found, _)| *found < i64::MAX);
                counted.drain(telling.max(1).min(nowhere)..nowhere);
                let mut sum = 0;
                counted.retain(|(found, _)| {
                    let kept = *found == i64::MAX || sum == 0 || sum + found <= ENOUGH;
                    sum += if kept && *found < i64::MAX { *found } else { 0 };
                    kept
                });
                counted.truncate(most);
                Ok(counted.into_iter().map(|(_, word)| word).collect())
            })
            .await
    }
}

fn collect(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Memory>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Memory, StoreError> {
    let id = MemoryId { event: EventSeq::new(count(row.get(0)?)), part: row.get(1)? };
    let word: String = row.get(2)?;
    let tier = Tier::NAMED.iter().find(|(name, _)| *name == word).map(|(_, tier)| *tier);
    let names: String = row.get(4)?;
    let audience: String = row.get(5)?;
    let odd = |what: &str| StoreError::corrupt(format!("memory {id}: {what}"));
    Ok(Memory {
        id,
        tier: tier.ok_or_else(|| odd("its kind"))?,
        text: row.get(3)?,
        names: names.lines().map(str::to_owned).collect(),
        audience: serde_json::from_str(&audience).map_err(|_| odd("its audience"))?,
        importance: row.get(6)?,
        scene: SceneNo::new(row.get(7)?),
        turn: row.get::<_, Option<i64>>(8)?.map(|turn| TurnNo::new(count(turn))),
        at: Timestamp::from_millis(row.get(9)?),
        pinned: row.get(10)?,
        by_people: row.get(11)?,
        knowers: Vec::new(),
    })
}

/// Whether memories are as this program makes them.
pub(super) fn is_current(conn: &Connection) -> Result<bool, StoreError> {
    let noted: Option<String> =
        conn.query_one("SELECT value FROM notes WHERE name = ?1", [NOTE], |row| row.get(0)).optional()?;
    Ok(noted.as_deref() == Some(FORMAT))
}

/// Notes that they are.
pub(super) fn mark_current(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?1, ?2)", [NOTE, FORMAT])?;
    Ok(())
}

/// Forgets everything, to derive it again.
pub(super) fn clear(conn: &Connection) -> Result<(), StoreError> {
    for table in ["memory_witness", "memory", "memory_turn", "memory_scene", "memory_branch", "memory_presence"] {
        conn.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(())
}

/// Forgets everything that one table remembers.
pub(super) fn clear_of(conn: &Connection, table: TableId) -> Result<(), StoreError> {
    let knowers = "DELETE FROM memory_knower WHERE memory IN (SELECT id FROM memory WHERE table_id = ?1)";
    conn.execute(knowers, [table.get()])?;
    for of in
        ["memory_witness", "memory", "memory_turn", "memory_scene", "memory_branch", "memory_presence", "turn_reports"]
    {
        conn.execute(&format!("DELETE FROM {of} WHERE table_id = ?1"), [table.get()])?;
    }
    Ok(())
}

/// Makes the index of words anew, because what is taken out of it stays in its older parts.
pub(super) fn index_anew(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("INSERT INTO memory_words (memory_words) VALUES ('rebuild')", [])?;
    Ok(())
}

#[cfg(test)]
mod tests;
