//! What a door puts somewhere: a row for each message, written before it is sent, so that a crash neither loses
//! nor doubles it.
//! Sends nothing and does not know who would.

use rusqlite::Row;

use super::Store;
use super::error::StoreError;
use super::paths::{column, count};
use crate::domain::{PlaceId, Timestamp};

const PLAN: &str = "INSERT INTO outbox (place, subject, part, nonce, body, state, planned_at)
    VALUES (?1, ?2, ?3, ?4, ?5, 'planned', ?6) ON CONFLICT (place, subject, part) DO NOTHING";
const ONE: &str = "SELECT id, subject, part, nonce, body, state, message, planned_at FROM outbox
    WHERE place = ?1 AND subject = ?2 AND part = ?3";
const ABOUT: &str = "SELECT id, subject, part, nonce, body, state, message, planned_at FROM outbox
    WHERE place = ?1 AND subject = ?2 ORDER BY part";
const UNSENT: &str = "SELECT id, subject, part, nonce, body, state, message, planned_at FROM outbox
    WHERE place = ?1 AND state = 'planned' ORDER BY id LIMIT 1000";

const OF_KIND: &str = "SELECT id, subject, part, nonce, body, state, message, planned_at FROM outbox
    WHERE place = ?1 AND subject >= ?2 AND subject < ?2 || char(1114111) ORDER BY id";
const STANDING: &str = "SELECT id, subject, part, nonce, body, state, message, planned_at FROM outbox
    WHERE place = ?1 AND state = 'sent' AND substr(subject, 1, length(?2)) = ?2 ORDER BY id";

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Where to.
    pub place: PlaceId,
    /// What it is about; with `part` it is planned once, however often it is asked for.
    pub subject: String,
    /// Which of the messages about it.
    pub part: u32,
    /// Lets the receiver know a repetition. Unique.
    pub nonce: String,
    /// What it says, where that cannot be had from the log.
    pub body: Option<String>,
}

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Its row.
    pub id: i64,
    /// What it is about.
    pub subject: String,
    /// Which of the messages about it.
    pub part: u32,
    /// Lets the receiver know a repetition.
    pub nonce: String,
    /// What it says, where that cannot be had from the log.
    pub body: Option<String>,
    /// How far it is.
    pub state: ParcelState,
    /// When it was planned.
    pub planned_at: Timestamp,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParcelState {
    /// It may or may not have been taken by the receiver.
    Planned,
    /// The receiver took it and gave it this number.
    Sent(u64),
    /// It will not be sent, or it is gone.
    Dropped,
}

impl Store {
    /// Plans a message at `now`; what was planned before under the same subject and part stands.
    pub async fn plan_message(&self, planned: Planned, now: Timestamp) -> Result<Parcel, StoreError> {
        self.writer
            .run(move |tx| {
                let Planned { place, subject, part, nonce, body } = &planned;
                tx.prepare_cached(PLAN)?.execute((place.as_str(), subject, part, nonce, body, now.millis()))?;
                let mut statement = tx.prepare_cached(ONE)?;
                statement.query_one((place.as_str(), subject, part), |row| Ok(parcel(row)))?
            })
            .await
    }

    /// Notes that the receiver took the message and how it is called there.
    pub async fn message_sent(&self, id: i64, message: u64) -> Result<(), StoreError> {
        self.settle(id, "sent", Some(message)).await
    }

    /// Notes that the message will not be sent, or is gone.
    pub async fn message_dropped(&self, id: i64) -> Result<(), StoreError> {
        self.settle(id, "dropped", None).await
    }

    /// Notes that the message was never sent, or taken back as if it never had been: it may be planned anew.
    pub async fn message_unplanned(&self, id: i64) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id])?;
                Ok(())
            })
            .await
    }

    /// Notes what a planned message says now.
    pub async fn message_says(&self, id: i64, body: String) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.prepare_cached("UPDATE outbox SET body = ?2 WHERE id = ?1")?.execute((id, body))?;
                Ok(())
            })
            .await
    }

    async fn settle(&self, id: i64, state: &'static str, message: Option<u64>) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = ?2, message = coalesce(?3, message) WHERE id = ?1";
        self.writer
            .run(move |tx| {
                tx.prepare_cached(sql)?.execute((id, state, message.map(column)))?;
                Ok(())
            })
            .await
    }

    /// The messages about `subject`, in order of their parts.
    pub async fn messages_about(&self, place: &PlaceId, subject: String) -> Result<Vec<Parcel>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(ABOUT)?;
                let rows = statement.query_map((place.as_str(), subject), |row| Ok(parcel(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }

    /// The messages about subjects that begin with `prefix`, in the order in which they were planned.
    pub async fn messages_of_kind(&self, place: &PlaceId, prefix: &'static str) -> Result<Vec<Parcel>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(OF_KIND)?;
                let rows = statement.query_map((place.as_str(), prefix), |row| Ok(parcel(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }

    /// The messages of which it is not known whether the receiver took them, the oldest first.
    pub async fn unsent_messages(&self, place: &PlaceId) -> Result<Vec<Parcel>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(UNSENT)?;
                let rows = statement.query_map([place.as_str()], |row| Ok(parcel(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }

    /// The messages that stand and whose subjects begin so, the oldest first.
    pub async fn standing_messages(&self, place: &PlaceId, prefix: &'static str) -> Result<Vec<Parcel>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(STANDING)?;
                let rows = statement.query_map((place.as_str(), prefix), |row| Ok(parcel(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }

    /// Forgets messages that were settled and planned before `before`.
    pub async fn forget_messages(&self, before: Timestamp) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox WHERE state <> 'planned' AND planned_at < ?1";
        self.writer
            .run(move |tx| {
                tx.prepare_cached(sql)?.execute([before.millis()])?;
                Ok(())
            })
            .await
    }

    /// Whether the receiver's message `number` is one of ours by the outbox.
    pub async fn is_sent_message(&self, place: &PlaceId, number: u64) -> Result<bool, StoreError> {
        let place = place.clone();
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE place = ?1 AND message = ?2)";
        self.readers
            .run(move |conn| {
                Ok(conn.prepare_cached(sql)?.query_one((place.as_str(), column(number)), |row| row.get(0))?)
            })
            .await
    }
}

fn parcel(row: &Row<'_>) -> Result<Parcel, StoreError> {
    let message: Option<i64> = row.get(6)?;
    let state = match (row.get::<_, String>(5)?.as_str(), message) {
        ("planned", _) => ParcelState::Planned,
        ("sent", Some(message)) => ParcelState::Sent(count(message)),
        ("dropped", _) => ParcelState::Dropped,
        _ => return Err(StoreError::corrupt("a message of the outbox is in a state that does not exist")),
    };
    Ok(Parcel {
        id: row.get(0)?,
        subject: row.get(1)?,
        part: row.get(2)?,
        nonce: row.get(3)?,
        body: row.get(4)?,
        state,
        planned_at: Timestamp::from_millis(row.get(7)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::fresh;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn planned(part: u32, nonce: &str) -> Planned {
        let (place, subject) = (PlaceId::new("discord:7"), "turn:1".to_owned());
        Planned { place, subject, part, nonce: nonce.to_owned(), body: None }
    }

    #[tokio::test]
    async fn a_message_is_planned_once_and_found_again_until_it_is_sent() {
        let fresh = fresh().await;
        let place = PlaceId::new("discord:7");
        fresh.store.ensure_place(&place, fresh.table, 0, NOW).await.unwrap();
        let first = fresh.store.plan_message(planned(0, "a"), NOW).await.unwrap();
        let again = fresh.store.plan_message(planned(0, "b"), NOW).await.unwrap();
        assert_eq!(again, first, "the first plan stands, with its nonce");
        let second = fresh.store.plan_message(planned(1, "c"), NOW).await.unwrap();
        fresh.store.message_sent(first.id, 99).await.unwrap();
        assert_eq!(fresh.store.unsent_messages(&place).await.unwrap(), std::slice::from_ref(&second));
        fresh.store.message_dropped(second.id).await.unwrap();
        let states: Vec<_> = fresh.store.messages_about(&place, "turn:1".to_owned()).await.unwrap();
        assert_eq!(
            states.iter().map(|parcel| parcel.state).collect::<Vec<_>>(),
            [ParcelState::Sent(99), ParcelState::Dropped]
        );
        let standing: Vec<_> = fresh.store.standing_messages(&place, "turn:").await.unwrap();
        assert_eq!(
            standing.iter().map(|parcel| parcel.part).collect::<Vec<_>>(),
            [0],
            "what was dropped does not stand"
        );
        assert_eq!(fresh.store.standing_messages(&place, "tur:").await.unwrap(), []);
        assert!(fresh.store.is_sent_message(&place, 99).await.unwrap());
        assert!(!fresh.store.is_sent_message(&place, 98).await.unwrap());
        fresh.store.forget_messages(Timestamp::from_millis(NOW.millis() + 1)).await.unwrap();
        assert_eq!(fresh.store.messages_about(&place, "turn:1".to_owned()).await.unwrap(), []);
    }
}
