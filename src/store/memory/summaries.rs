//! Sessions and summaries: where one is over, what it is summed up from, and what takes the place of what was made without
//! a model. Everything here is made of what everyone at the table knows.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::deriving::{Spot, add_at, hide, path_to, replace};
use super::{BEATS_OF_SCENE, presence};
use crate::domain::{BranchId, Event, EventSeq, MemoryId, PathStep, SceneNo, SummaryOutcome, TableId, Tier, Timestamp};
use crate::memory::{self, Line, NewMemory, ToSumUp};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::paths::{bounds, column, count};

/// The last beat before an event, with when its turn ended: a correction of it came later.
const LAST_BEAT: &str = "SELECT branch, since, scene, turn, at FROM memory
    WHERE table_id = ?1 AND tier = 'beat' AND branch = ?2 AND since <= ?3 ORDER BY since DESC, at LIMIT 1";

const LAST_SESSION: &str = "SELECT since FROM memory
    WHERE table_id = ?1 AND tier = 'session' AND branch = ?2 AND since <= ?3 ORDER BY since DESC LIMIT 1";

const LAST_ARC: &str = "SELECT text FROM memory
    WHERE table_id = ?1 AND tier = 'arc' AND branch = ?2 AND since <= ?3 AND NOT hidden ORDER BY since DESC LIMIT 1";

const OF_SESSION: &str = "SELECT tier, scene, text, importance, since, part FROM memory
    WHERE table_id = ?1 AND tier IN ('scene', 'beat') AND branch = ?2 AND since > ?3 AND since <= ?4
    AND everyone AND NOT hidden ORDER BY since, part";

const SPOT: &str = "SELECT branch, since, scene, turn, at FROM memory WHERE table_id = ?1 AND event = ?2 AND part = ?3";

const TITLE: &str = "SELECT title FROM memory_scene WHERE table_id = ?1 AND scene = ?2";

const TIER: &str = "SELECT tier FROM memory WHERE table_id = ?1 AND event = ?2 AND part = ?3 AND NOT hidden";

impl Store {
    /// What a provider would sum up in place of this memory; none where it is no scene or session in short, or is one no more.
    pub async fn to_sum_up(&self, table: TableId, of: MemoryId) -> Result<Option<ToSumUp>, StoreError> {
        self.readers.run(move |conn| to_sum_up(conn, table, of)).await
    }
}

fn to_sum_up(conn: &Connection, table: TableId, of: MemoryId) -> Result<Option<ToSumUp>, StoreError> {
    let key = (table.get(), column(of.event.get()), of.part);
    let tier: Option<String> = conn.prepare_cached(TIER)?.query_one(key, |row| row.get(0)).optional()?;
    let Some(spot) = spot(conn, SPOT, key)? else { return Ok(None) };
    let path = upto(path_to(conn, table, spot.branch)?, spot.since);
    Ok(match tier.as_deref() {
        Some("scene") => {
            let key = (table.get(), spot.scene.get());
            let title = conn.prepare_cached(TITLE)?.query_one(key, |row| row.get(0)).optional()?;
            let lines = scene_lines(conn, table, spot.scene, &path)?;
            Some(ToSumUp { tier: Tier::Scene, title, lines, arc: None })
        }
        Some("session") => {
            let before = upto(path, EventSeq::new(spot.since.get().saturating_sub(1)));
            let arc = newest(conn, LAST_ARC, table, &before)?;
            let path = upto(path_to(conn, table, spot.branch)?, spot.since);
            Some(ToSumUp { tier: Tier::Session, title: None, lines: session_lines(conn, table, &path, &before)?, arc })
        }
        _ => None,
    })
}

/// Remembers a session that is over when the next one begins. It lies where its last turn ended, so that nothing that is
/// taken back of the next one takes it along.
pub(super) fn end_session(conn: &Connection, table: TableId, opened: &Event) -> Result<(), StoreError> {
    let path = path_to(conn, table, opened.branch)?;
    let mut last = None;
    for step in path.iter().rev() {
        let (branch, upto) = bounds(*step);
        last = spot(conn, LAST_BEAT, (table.get(), branch, upto))?;
        if last.is_some() {
            break;
        }
    }
    let Some(spot) = last.filter(|spot| memory::session_is_over(spot.at, opened.at)) else { return Ok(()) };
    let known: Option<i64> = newest(conn, LAST_SESSION, table, &path)?;
    if known.is_some_and(|known| known >= column(spot.since.get())) {
        return Ok(());
    }
    let lines = session_lines(conn, table, &path, &path)?;
    let arc: Option<String> = newest(conn, LAST_ARC, table, &path)?;
    let made = [memory::session_summary(&lines), memory::arc_summary(arc.as_deref(), &lines)];
    for (part, made) in (0..).zip(made.iter().flatten()) {
        add_at(conn, table, MemoryId { event: opened.seq, part }, &spot, made)?;
    }
    Ok(())
}

/// What a provider made takes the place of what was made without one, unless people have put that right or forgotten it.
pub(super) fn take_in(
    conn: &Connection,
    table: TableId,
    event: &Event,
    of: MemoryId,
    outcome: &SummaryOutcome,
) -> Result<(), StoreError> {
    let SummaryOutcome::Written { text, arc, notes } = outcome else { return Ok(()) };
    let Some(spot) = spot(conn, SPOT, (table.get(), column(of.event.get()), of.part))? else { return Ok(()) };
    let texts = [Some(text), arc.as_ref()];
    for (part, text) in (0..).zip(texts).filter_map(|(part, text)| Some((part, text?))) {
        let old = MemoryId { part: of.part + part, ..of };
        if replace(conn, table, event, old, part, text, false)? {
            hide(conn, table, old)?;
        }
    }
    for (part, note) in (2..).zip(notes) {
        let made = NewMemory::noted(note.tier, &note.text);
        let noted = add_at(conn, table, MemoryId { event: event.seq, part }, &spot, &made)?;
        presence::copied(conn, table, of, noted)?;
    }
    Ok(())
}

/// The beats of a scene that everyone knows.
pub(super) fn scene_lines(
    conn: &Connection,
    table: TableId,
    scene: SceneNo,
    path: &[PathStep],
) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    let mut statement = conn.prepare_cached(BEATS_OF_SCENE)?;
    for (branch, upto) in path.iter().copied().map(bounds) {
        let values = (table.get(), scene.get(), branch, upto);
        let line = |row: &Row<'_>| Ok(Line { tier: Tier::Beat, scene, text: row.get(0)?, importance: row.get(1)? });
        for row in statement.query_map(values, line)? {
            lines.push(row?);
        }
    }
    Ok(lines)
}

/// What everyone knows of the session that goes on at the end of `path`; the one before it ends on `before`.
fn session_lines(
    conn: &Connection,
    table: TableId,
    path: &[PathStep],
    before: &[PathStep],
) -> Result<Vec<Line>, StoreError> {
    let after: i64 = newest(conn, LAST_SESSION, table, before)?.unwrap_or(0);
    let mut lines = Vec::new();
    let mut statement = conn.prepare_cached(OF_SESSION)?;
    for (branch, upto) in path.iter().copied().map(bounds) {
        let line = |row: &Row<'_>| {
            let tier: String = row.get(0)?;
            let tier = if tier == "scene" { Tier::Scene } else { Tier::Beat };
            Ok(Line { tier, scene: SceneNo::new(row.get(1)?), text: row.get(2)?, importance: row.get(3)? })
        };
        for row in statement.query_map((table.get(), branch, after, upto), line)? {
            lines.push(row?);
        }
    }
    Ok(memory::session_lines(lines))
}

/// The newest of what a query finds along a line of play.
fn newest<T: rusqlite::types::FromSql>(
    conn: &Connection,
    sql: &str,
    table: TableId,
    path: &[PathStep],
) -> Result<Option<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    for step in path.iter().rev() {
        let (branch, upto) = bounds(*step);
        let found = statement.query_one(params![table.get(), branch, upto], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A line of play as far as an event.
fn upto(path: Vec<PathStep>, last: EventSeq) -> Vec<PathStep> {
    let cut = |step: PathStep| PathStep { upto: Some(step.upto.map_or(last, |upto| upto.min(last))), ..step };
    path.into_iter().map(cut).collect()
}

fn spot(conn: &Connection, sql: &str, values: impl Params) -> Result<Option<Spot>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(Spot {
            branch: BranchId::new(row.get(0)?),
            since: EventSeq::new(count(row.get(1)?)),
            scene: SceneNo::new(row.get(2)?),
            turn: row.get(3)?,
            within: None,
            at: Timestamp::from_millis(row.get(4)?),
        })
    };
    Ok(conn.prepare_cached(sql)?.query_one(values, read).optional()?)
}
