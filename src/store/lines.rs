//! Lines that stand in a place in a character's name: which action each is, and which message of the person it replaced.
//! Who wrote an action is in `actions`; here is only where it stands.

use rusqlite::{OptionalExtension, Row};

use super::Store;
use super::error::StoreError;
use super::paths::{column, count};
use crate::domain::{PlaceId, SourceId};

const SAID: &str =
    "INSERT INTO lines (place, message, original, source, doubled) VALUES (?1, ?2, ?3, ?4, ?3 IS NOT NULL)
    ON CONFLICT DO NOTHING";
const SENT: &str = "UPDATE outbox SET state = 'sent', message = ?2 WHERE id = ?1";
const AT: &str = "SELECT message, original, source FROM lines WHERE place = ?1 AND message = ?2";
const OF: &str = "SELECT message, original, source FROM lines WHERE place = ?1 AND original = ?2";
const DOUBLED: &str =
    "SELECT message, original, source FROM lines WHERE place = ?1 AND doubled = 1 ORDER BY message LIMIT 200";
const SINGLE: &str = "UPDATE lines SET doubled = 0 WHERE place = ?1 AND message = ?2";

/// A line in a character's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The message that says it.
    pub message: u64,
    /// The message that the person wrote, if they wrote one.
    pub original: Option<u64>,
    /// Where the action was heard.
    pub source: SourceId,
}

impl Store {
    /// Notes that the receiver took a planned message, and that it is a line in a character's name: both or neither.
    pub async fn line_said(&self, parcel: i64, place: &PlaceId, line: Line) -> Result<(), StoreError> {
        let place = place.clone();
        self.writer
            .run(move |tx| {
                let (message, original) = (column(line.message), line.original.map(column));
                tx.prepare_cached(SENT)?.execute((parcel, message))?;
                tx.prepare_cached(SAID)?.execute((place.as_str(), message, original, line.source.as_str()))?;
                Ok(())
            })
            .await
    }

    /// Notes that the person's own message is gone, or will stay.
    pub async fn line_single(&self, place: &PlaceId, message: u64) -> Result<(), StoreError> {
        let place = place.clone();
        self.writer
            .run(move |tx| {
                tx.prepare_cached(SINGLE)?.execute((place.as_str(), column(message)))?;
                Ok(())
            })
            .await
    }

    /// The line that this message says.
    pub async fn line_at(&self, place: &PlaceId, message: u64) -> Result<Option<Line>, StoreError> {
        self.one_line(AT, place, message).await
    }

    /// The line that stands in the place of this message of a person.
    pub async fn line_of(&self, place: &PlaceId, original: u64) -> Result<Option<Line>, StoreError> {
        self.one_line(OF, place, original).await
    }

    async fn one_line(&self, sql: &'static str, place: &PlaceId, number: u64) -> Result<Option<Line>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(sql)?;
                Ok(statement.query_one((place.as_str(), column(number)), line).optional()?)
            })
            .await
    }

    /// Lines whose person's own message has yet to be removed, the oldest first.
    pub async fn doubled_lines(&self, place: &PlaceId) -> Result<Vec<Line>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(DOUBLED)?;
                let rows = statement.query_map([place.as_str()], line)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    let (message, original): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
    let source: String = row.get(2)?;
    Ok(Line { message: count(message), original: original.map(count), source: SourceId::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::store::testing::fresh;
    use crate::store::{ParcelState, Planned};

    #[tokio::test]
    async fn a_line_is_known_by_both_messages_and_doubled_until_one_is_gone() {
        let fresh = fresh().await;
        let (place, now) = (PlaceId::new("discord:7"), Timestamp::from_millis(1));
        fresh.store.ensure_place(&place, fresh.table, 0, now).await.unwrap();
        let (subject, nonce) = ("as:5".to_owned(), "n".to_owned());
        let planned = Planned { place: place.clone(), subject, part: 0, nonce, body: None };
        let parcel = fresh.store.plan_message(planned, now).await.unwrap();
        let line = Line { message: 9, original: Some(5), source: SourceId::new("discord:5") };
        fresh.store.line_said(parcel.id, &place, line.clone()).await.unwrap();
        let states = fresh.store.messages_about(&place, "as:5".to_owned()).await.unwrap();
        assert_eq!(states[0].state, ParcelState::Sent(9));
        assert_eq!(fresh.store.line_at(&place, 9).await.unwrap(), Some(line.clone()));
        assert_eq!(fresh.store.line_of(&place, 5).await.unwrap(), Some(line.clone()));
        assert_eq!(fresh.store.line_at(&place, 5).await.unwrap(), None);
        assert_eq!(fresh.store.doubled_lines(&place).await.unwrap(), [line]);
        fresh.store.line_single(&place, 9).await.unwrap();
        assert_eq!(fresh.store.doubled_lines(&place).await.unwrap(), []);
    }
}
