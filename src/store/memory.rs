//! What tables remember: derived from the log beside it, and searched for those who may know.
//! Who may know a memory, and which line of play it lies on, is part of every query here; nothing is left out afterwards.
//!
//! What is made of an event is decided in `crate::memory`.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::Store;
use super::error::StoreError;
use super::paths::{bounds, column, count};
use crate::domain::{
    Audience, BranchId, BranchWhy, Event, EventKind, EventSeq, Fork, GameEvent, Memory, MemoryEvent, MemoryId,
    PathStep, Said, SceneNo, TableId, Tier, Timestamp, TurnNo, TurnOutcome, Viewer, WorldEvent, line_of_play,
};
use crate::memory::{self, Candidate, NewMemory, Query};

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

const ADD: &str =
    "INSERT INTO memory (table_id, event, part, branch, since, scene, turn, within, at, tier, text, names,
    grams, importance, audience, everyone, pinned, by_people)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, (SELECT max(turn) FROM turns WHERE table_id = ?1)), ?8, ?9, ?10, ?11,
    ?12, ?13, ?14, ?15, ?16, 0, ?17) RETURNING id";

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

/// Brings what is remembered up to date with one event that follows on those before.
pub(super) fn project(conn: &Connection, table: TableId, event: &Event) -> Result<(), StoreError> {
    match &event.kind {
        EventKind::TurnOpened { turn, said, .. } => {
            summaries::end_session(conn, table, event)?;
            let said = serde_json::to_string(said).unwrap_or_else(|_| "[]".to_owned());
            let sql = "INSERT OR REPLACE INTO memory_turn (table_id, turn, said) VALUES (?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((table.get(), column(turn.get()), said))?;
            Ok(())
        }
        EventKind::TurnEnded { turn, outcome, .. } => end_turn(conn, table, event, *turn, outcome),
        EventKind::SceneOpened { scene, title: Some(title) } | EventKind::SceneTitled { scene, title } => {
            let sql = "INSERT OR REPLACE INTO memory_scene (table_id, scene, title) VALUES (?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((table.get(), scene.get(), title))?;
            Ok(())
        }
        EventKind::SummaryEnded { of, outcome, .. } => summaries::take_in(conn, table, event, *of, outcome),
        EventKind::SceneEnded { scene } => end_scene(conn, table, event, *scene),
        EventKind::BranchOpened { branch, parent, at, why } => {
            let sql = "INSERT OR REPLACE INTO memory_branch (table_id, branch, parent, at, anew)
                VALUES (?1, ?2, ?3, ?4, ?5)";
            let anew = *why == BranchWhy::Reset;
            let values = (table.get(), branch.get(), parent.get(), column(at.get()), anew);
            conn.prepare_cached(sql)?.execute(values)?;
            Ok(())
        }
        EventKind::Game(GameEvent::TakenBack) => match event.turn {
            Some(turn) => forget_turn(conn, table, turn),
            None => Ok(()),
        },
        EventKind::Game(GameEvent::Memory(MemoryEvent::Pinned { memory })) => {
            mark(conn, table, *memory, "UPDATE memory SET pinned = 1 WHERE table_id = ?1 AND event = ?2 AND part = ?3")
        }
        EventKind::Game(GameEvent::Memory(MemoryEvent::Forgotten { memory })) => hide(conn, table, *memory),
        EventKind::Game(GameEvent::Memory(MemoryEvent::Fixed { memory, text })) => {
            fix(conn, table, event, *memory, text)
        }
        EventKind::Game(GameEvent::Memory(MemoryEvent::Told { memory, to })) => {
            presence::told(conn, table, event, *memory, to)
        }
        EventKind::Game(GameEvent::World(WorldEvent::Presence { enter, leave })) => {
            presence::moved(conn, table, event, event.turn, enter, leave)
        }
        EventKind::Game(GameEvent::Memory(_) | GameEvent::World(_) | GameEvent::Whispered(_)) => {
            let there = presence::there(conn, table, event)?;
            memory::of_event(event, &there).map_or(Ok(()), |made| add(conn, table, event, 0, &made))
        }
        _ => Ok(()),
    }
}

fn end_turn(
    conn: &Connection,
    table: TableId,
    event: &Event,
    turn: TurnNo,
    outcome: &TurnOutcome,
) -> Result<(), StoreError> {
    let key = (table.get(), column(turn.get()));
    let sql = "DELETE FROM memory_turn WHERE table_id = ?1 AND turn = ?2 RETURNING said";
    let said: Option<String> = conn.prepare_cached(sql)?.query_one(key, |row| row.get(0)).optional()?;
    let TurnOutcome::Answered { reply } = outcome else {
        return forget_turn(conn, table, turn);
    };
    let said: Vec<Said> = said.and_then(|said| serde_json::from_str(&said).ok()).unwrap_or_default();
    let there = presence::there(conn, table, event)?;
    let made = memory::of_turn(&said, reply, &event.audience, &there);
    (0..).zip(&made).try_for_each(|(part, made)| add(conn, table, event, part, made))?;
    // Whoever spoke is there from then on.
    let come = there.come(reply.spans.iter().filter_map(|span| span.speaker.as_deref()));
    presence::moved(conn, table, event, None, &come, &[])
}

/// What the game master did in a turn counts only if that turn is answered, and by the run that did it.
fn forget_turn(conn: &Connection, table: TableId, turn: TurnNo) -> Result<(), StoreError> {
    presence::forget_turn(conn, table, turn)?;
    let sql = "DELETE FROM memory WHERE table_id = ?1 AND within = ?2";
    conn.prepare_cached(sql)?.execute((table.get(), column(turn.get())))?;
    Ok(())
}

fn end_scene(conn: &Connection, table: TableId, event: &Event, scene: SceneNo) -> Result<(), StoreError> {
    let path = path_to(conn, table, event.branch)?;
    let lines = summaries::scene_lines(conn, table, scene, &path)?;
    let beats: Vec<_> = lines.into_iter().map(|line| (line.text, line.importance)).collect();
    let sql = "SELECT title FROM memory_scene WHERE table_id = ?1 AND scene = ?2";
    let key = (table.get(), scene.get());
    let title: Option<String> = conn.prepare_cached(sql)?.query_one(key, |row| row.get(0)).optional()?;
    let Some(made) = memory::scene_summary(title.as_deref(), &beats) else { return Ok(()) };
    let knowers = presence::of_scene(conn, table, scene, &path)?;
    add(conn, table, event, 0, &NewMemory { knowers, ..made })
}

/// The line of play that ends with a branch.
fn path_to(conn: &Connection, table: TableId, branch: BranchId) -> Result<Vec<PathStep>, StoreError> {
    let sql = "SELECT branch, parent, at, anew FROM memory_branch WHERE table_id = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([table.get()], |row| {
        let fork =
            Fork { parent: BranchId::new(row.get(1)?), at: EventSeq::new(count(row.get(2)?)), anew: row.get(3)? };
        Ok((row.get::<_, u32>(0)?, fork))
    })?;
    let forks = rows.collect::<Result<std::collections::HashMap<_, _>, _>>()?;
    Ok(line_of_play(branch, |id| forks.get(&id.get()).copied()))
}

/// Where a memory lies.
#[derive(Clone, Copy, Debug)]
struct Spot {
    branch: BranchId,
    since: EventSeq,
    scene: SceneNo,
    /// The newest turn then; none takes the newest there is.
    turn: Option<i64>,
    /// The turn it goes with, if that is not answered.
    within: Option<i64>,
    at: Timestamp,
}

fn add(conn: &Connection, table: TableId, event: &Event, part: u32, made: &NewMemory) -> Result<(), StoreError> {
    let at_hand = matches!(event.kind, EventKind::TurnEnded { .. });
    let turn = event.turn.map(|turn| column(turn.get()));
    let within = turn.filter(|_| !at_hand);
    let spot = Spot { branch: event.branch, since: event.seq, scene: event.scene, turn, within, at: event.at };
    add_at(conn, table, MemoryId { event: event.seq, part }, &spot, made)?;
    Ok(())
}

/// Adds a memory and gives the number of its row.
fn add_at(conn: &Connection, table: TableId, id: MemoryId, spot: &Spot, made: &NewMemory) -> Result<i64, StoreError> {
    // The index is written in between, so the number of the last row is asked for here and not afterwards.
    let values = params![
        table.get(),
        column(id.event.get()),
        id.part,
        spot.branch.get(),
        column(spot.since.get()),
        spot.scene.get(),
        spot.turn,
        spot.within,
        spot.at.millis(),
        made.tier.name(),
        made.text,
        made.names.join("\n"),
        memory::grams(&format!("{} {}", made.text, made.names.join(" "))),
        made.importance,
        serde_json::to_string(&made.audience).unwrap_or_else(|_| "\"gm\"".to_owned()),
        made.audience.is_table(),
        made.by_people,
    ];
    let id: i64 = conn.prepare_cached(ADD)?.query_one(values, |row| row.get(0))?;
    presence::known(conn, table, id, spot, &made.knowers)?;
    knowers(conn, id, &made.audience)?;
    Ok(id)
}

fn knowers(conn: &Connection, memory: i64, audience: &Audience) -> Result<(), StoreError> {
    if let Audience::Seats(seats) = audience {
        let mut statement =
            conn.prepare_cached("INSERT OR IGNORE INTO memory_knower (memory, seat) VALUES (?1, ?2)")?;
        for seat in seats {
            statement.execute((memory, seat.get()))?;
        }
    }
    Ok(())
}

fn mark(conn: &Connection, table: TableId, memory: MemoryId, sql: &str) -> Result<(), StoreError> {
    conn.prepare_cached(sql)?.execute((table.get(), column(memory.event.get()), memory.part))?;
    Ok(())
}

fn hide(conn: &Connection, table: TableId, memory: MemoryId) -> Result<(), StoreError> {
    mark(conn, table, memory, "UPDATE memory SET hidden = 1 WHERE table_id = ?1 AND event = ?2 AND part = ?3")
}

/// Puts what people say is right in a memory's place.
fn fix(conn: &Connection, table: TableId, event: &Event, wrong: MemoryId, text: &str) -> Result<(), StoreError> {
    replace(conn, table, event, wrong, 0, text, true)?;
    hide(conn, table, wrong)
}

/// Puts another text in a memory's place: where it lies, who may know it and that it is pinned stay. What people wrote
/// matters more, and replaces also what is hidden already; false if nothing was replaced.
fn replace(
    conn: &Connection,
    table: TableId,
    event: &Event,
    old: MemoryId,
    part: u32,
    text: &str,
    by_people: bool,
) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO memory (table_id, event, part, branch, since, scene, turn, within, at, tier, text, names, grams,
        importance, audience, everyone, pinned, by_people)
        SELECT table_id, ?4, ?8, branch, since, scene, turn, within, ?5, tier, ?6, names, ?7,
        CASE WHEN ?9 THEN max(importance, 8) ELSE importance END, audience, everyone, pinned, by_people OR ?9
        FROM memory WHERE table_id = ?1 AND event = ?2 AND part = ?3 AND (?9 OR NOT hidden) RETURNING id";
    let values = (
        table.get(),
        column(old.event.get()),
        old.part,
        column(event.seq.get()),
        event.at.millis(),
        text,
        memory::grams(text),
        part,
        by_people,
    );
    let new: Option<i64> = conn.prepare_cached(sql)?.query_one(values, |row| row.get(0)).optional()?;
    let Some(id) = new else { return Ok(false) };
    let copied = "INSERT INTO memory_knower (memory, seat) SELECT ?4, k.seat FROM memory_knower k
        JOIN memory m ON m.id = k.memory WHERE m.table_id = ?1 AND m.event = ?2 AND m.part = ?3";
    conn.prepare_cached(copied)?.execute((table.get(), column(old.event.get()), old.part, id))?;
    presence::copied(conn, table, old, id)?;
    Ok(true)
}

#[cfg(test)]
mod tests;
