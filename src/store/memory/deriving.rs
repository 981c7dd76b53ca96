//! What is remembered is brought up to date with each event, as it is recorded.
//! What is made of an event is decided in `crate::memory`; nothing is searched here.

use rusqlite::{Connection, OptionalExtension, params};

use super::{presence, summaries};
use crate::domain::{
    Audience, BranchId, BranchWhy, Event, EventKind, EventSeq, Fork, GameEvent, MemoryEvent, MemoryId, PathStep, Said,
    SceneNo, TableId, Timestamp, TurnNo, TurnOutcome, WorldEvent, line_of_play,
};
use crate::memory::{self, NewMemory};
use crate::store::error::StoreError;
use crate::store::paths::{column, count};

const ADD: &str =
    "INSERT INTO memory (table_id, event, part, branch, since, scene, turn, within, at, tier, text, names,
    grams, importance, audience, everyone, pinned, by_people)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, (SELECT max(turn) FROM turns WHERE table_id = ?1)), ?8, ?9, ?10, ?11,
    ?12, ?13, ?14, ?15, ?16, 0, ?17) RETURNING id";

/// Brings what is remembered up to date with one event that follows on those before.
pub(in crate::store) fn project(conn: &Connection, table: TableId, event: &Event) -> Result<(), StoreError> {
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
pub(super) fn path_to(conn: &Connection, table: TableId, branch: BranchId) -> Result<Vec<PathStep>, StoreError> {
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
pub(super) struct Spot {
    pub(super) branch: BranchId,
    pub(super) since: EventSeq,
    pub(super) scene: SceneNo,
    /// The newest turn then; none takes the newest there is.
    pub(super) turn: Option<i64>,
    /// The turn it goes with, if that is not answered.
    pub(super) within: Option<i64>,
    pub(super) at: Timestamp,
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
pub(super) fn add_at(
    conn: &Connection,
    table: TableId,
    id: MemoryId,
    spot: &Spot,
    made: &NewMemory,
) -> Result<i64, StoreError> {
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

pub(super) fn hide(conn: &Connection, table: TableId, memory: MemoryId) -> Result<(), StoreError> {
    mark(conn, table, memory, "UPDATE memory SET hidden = 1 WHERE table_id = ?1 AND event = ?2 AND part = ?3")
}

/// Puts what people say is right in a memory's place.
fn fix(conn: &Connection, table: TableId, event: &Event, wrong: MemoryId, text: &str) -> Result<(), StoreError> {
    replace(conn, table, event, wrong, 0, text, true)?;
    hide(conn, table, wrong)
}

/// Puts another text in a memory's place: where it lies, who may know it and that it is pinned stay. What people wrote
/// matters more, and replaces also what is hidden already; false if nothing was replaced.
pub(super) fn replace(
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
