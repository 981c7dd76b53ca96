//! Where tables are reached, and how far each place was heard and shown; and a door's few notes to itself.
//! Does not know what a place is or how to reach it.

use rusqlite::{OptionalExtension, Row};

use super::Store;
use super::error::StoreError;
use super::paths::{column, count};
use crate::domain::{PlaceId, TableId, Timestamp, TurnNo};

// A place that changes its table begins at that table's present; what was played there before is not shown anew.
const ENSURE: &str = "INSERT INTO places (place, table_id, heard_upto, shown_upto, opened_at)
    VALUES (?1, ?2, ?3, coalesce((SELECT max(turn) FROM turns WHERE table_id = ?2 AND ended_seq IS NOT NULL), 0), ?4)
    ON CONFLICT (place) DO UPDATE
    SET table_id = excluded.table_id, shown_upto = excluded.shown_upto, opened_at = excluded.opened_at
    WHERE table_id <> excluded.table_id";
const PLACE: &str = "SELECT place, table_id, heard_upto, shown_upto, opened_at FROM places WHERE place = ?1";

/// A place where a table is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// Which.
    pub place: PlaceId,
    /// Whose.
    pub table: TableId,
    /// The door's number of the newest message there that was dealt with.
    pub heard_upto: u64,
    /// The newest turn whose end stands there.
    pub shown_upto: TurnNo,
    /// When its table was first reached there.
    pub opened_at: Timestamp,
}

impl Store {
    /// Gives the place, making it at `now` when there is none: then everything after `heard_upto` is unheard and
    /// every turn that has ended counts as shown.
    pub async fn ensure_place(
        &self,
        place: &PlaceId,
        table: TableId,
        heard_upto: u64,
        now: Timestamp,
    ) -> Result<PlaceRow, StoreError> {
        let place = place.clone();
        self.writer
            .run(move |tx| {
                let values = (place.as_str(), table.get(), column(heard_upto), now.millis());
                tx.prepare_cached(ENSURE)?.execute(values)?;
                Ok(tx.prepare_cached(PLACE)?.query_one([place.as_str()], row)?)
            })
            .await
    }

    /// The place, if anything was ever noted of it.
    pub async fn place(&self, place: &PlaceId) -> Result<Option<PlaceRow>, StoreError> {
        let place = place.clone();
        self.readers.run(move |conn| Ok(conn.prepare_cached(PLACE)?.query_one([place.as_str()], row).optional()?)).await
    }

    /// Notes that everything up to message `number` was dealt with. Never goes back.
    pub async fn heard_upto(&self, place: &PlaceId, number: u64) -> Result<(), StoreError> {
        self.forward(place, number, "UPDATE places SET heard_upto = ?2 WHERE place = ?1 AND heard_upto < ?2").await
    }

    /// Notes that the ends of all turns up to `turn` stand there. Never goes back.
    pub async fn shown_upto(&self, place: &PlaceId, turn: TurnNo) -> Result<(), StoreError> {
        self.forward(place, turn.get(), "UPDATE places SET shown_upto = ?2 WHERE place = ?1 AND shown_upto < ?2").await
    }

    async fn forward(&self, place: &PlaceId, number: u64, sql: &'static str) -> Result<(), StoreError> {
        let place = place.clone();
        self.writer
            .run(move |tx| {
                tx.prepare_cached(sql)?.execute((place.as_str(), column(number)))?;
                Ok(())
            })
            .await
    }

    /// What a door noted under `name`.
    pub async fn note(&self, name: impl Into<String>) -> Result<Option<String>, StoreError> {
        let name = name.into();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached("SELECT value FROM notes WHERE name = ?1")?;
                Ok(statement.query_one([name], |row| row.get(0)).optional()?)
            })
            .await
    }

    /// Notes something under `name` unless something stands there, and gives what stands there then.
    pub async fn note_once(&self, name: &'static str, value: String) -> Result<String, StoreError> {
        self.writer
            .run(move |tx| {
                let sql = "INSERT INTO notes (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
                tx.prepare_cached(sql)?.execute((name, value))?;
                let mut statement = tx.prepare_cached("SELECT value FROM notes WHERE name = ?1")?;
                Ok(statement.query_one([name], |row| row.get(0))?)
            })
            .await
    }

    /// Notes something under `name`, in place of what stood there.
    pub async fn set_note(&self, name: impl Into<String>, value: String) -> Result<(), StoreError> {
        let name = name.into();
        let sql = "INSERT INTO notes (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
        self.writer
            .run(move |tx| {
                tx.prepare_cached(sql)?.execute((name, value))?;
                Ok(())
            })
            .await
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<PlaceRow> {
    Ok(PlaceRow {
        place: PlaceId::new(row.get::<_, String>(0)?),
        table: TableId::new(row.get(1)?),
        heard_upto: count(row.get(2)?),
        shown_upto: TurnNo::new(count(row.get(3)?)),
        opened_at: Timestamp::from_millis(row.get(4)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Scribe, answered, fresh};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[tokio::test]
    async fn a_place_begins_at_the_present_and_never_goes_back() {
        let fresh = fresh().await;
        let mut scribe = Scribe::new();
        let events = vec![scribe.say("I look."), scribe.open_turn(1, &[1]), scribe.end_turn(1, answered())];
        fresh.store.append(fresh.table, events).await.unwrap();
        let place = PlaceId::new("discord:7");
        let begun = fresh.store.ensure_place(&place, fresh.table, 100, NOW).await.unwrap();
        assert_eq!((begun.heard_upto, begun.shown_upto), (100, TurnNo::new(1)));
        fresh.store.heard_upto(&place, 140).await.unwrap();
        fresh.store.heard_upto(&place, 120).await.unwrap();
        fresh.store.shown_upto(&place, TurnNo::new(3)).await.unwrap();
        let kept = fresh.store.ensure_place(&place, fresh.table, 500, NOW).await.unwrap();
        assert_eq!((kept.heard_upto, kept.shown_upto), (140, TurnNo::new(3)));
    }

    #[tokio::test]
    async fn the_ends_that_were_not_shown_are_found() {
        let fresh = fresh().await;
        let mut scribe = Scribe::new();
        let mut events = Vec::new();
        for turn in 1..=3 {
            let said = scribe.say("I look.");
            let action = said.seq.get();
            events.extend([said, scribe.open_turn(turn, &[action])]);
            if turn < 3 {
                events.push(scribe.end_turn(turn, answered()));
            }
        }
        fresh.store.append(fresh.table, events).await.unwrap();
        let ends = fresh.store.turn_ends_after(fresh.table, TurnNo::new(1), 10).await.unwrap();
        assert_eq!(ends.len(), 1, "turn 1 was shown and turn 3 runs");
        assert_eq!(fresh.store.turn_ends_after(fresh.table, TurnNo::new(0), 1).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_note_is_replaced() {
        let fresh = fresh().await;
        assert_eq!(fresh.store.note("commands").await.unwrap(), None);
        for value in ["a", "b"] {
            fresh.store.set_note("commands", value.to_owned()).await.unwrap();
        }
        assert_eq!(fresh.store.note("commands").await.unwrap().as_deref(), Some("b"));
    }
}
