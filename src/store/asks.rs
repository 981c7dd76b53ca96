//! Messages with a question in them, as a door's outbox holds them: part 0 asks, part 1 is the outcome.
//! It knows neither what is asked nor who answers.

use super::Store;
use super::error::StoreError;
use super::paths::count;
use crate::domain::PlaceId;

/// Questions that stand somewhere, or may, and whose outcome does not stand there yet. Subjects are compared by their bytes, as
/// the index has them.
const OPEN: &str = "SELECT q.subject, q.message, q.body,
        (SELECT o.body FROM outbox o WHERE o.place = q.place AND o.subject = q.subject AND o.part = 1)
    FROM outbox q
    WHERE q.place = ?1 AND q.subject >= ?2 AND q.subject < ?2 || char(1114111) AND q.part = 0 AND q.state <> 'dropped'
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.place = q.place AND o.subject = q.subject AND o.part = 1
            AND o.state <> 'planned')
    ORDER BY q.id LIMIT 1000";

/// A question that stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMessage {
    /// What it is about.
    pub subject: String,
    /// What the receiver calls it; none if it may or may not have taken it.
    pub message: Option<u64>,
    /// What it says.
    pub body: Option<String>,
    /// What it is to say in the end, if that is known.
    pub outcome: Option<String>,
}

impl Store {
    /// The questions about subjects that begin with `prefix` whose outcome does not stand there yet, the oldest first.
    pub async fn open_messages(&self, place: &PlaceId, prefix: &'static str) -> Result<Vec<OpenMessage>, StoreError> {
        let place = place.clone();
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(OPEN)?;
                let rows = statement.query_map((place.as_str(), prefix), |row| {
                    Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?, row.get(3)?))
                })?;
                let open = |row: rusqlite::Result<_>| {
                    let (subject, message, body, outcome): (String, Option<i64>, _, _) = row?;
                    Ok(OpenMessage { subject, message: message.map(count), body, outcome })
                };
                rows.map(open).collect()
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::store::Planned;
    use crate::store::testing::fresh;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[tokio::test]
    async fn a_question_is_open_until_its_outcome_stands() {
        let fresh = fresh().await;
        let place = PlaceId::new("discord:7");
        fresh.store.ensure_place(&place, fresh.table, 0, NOW).await.unwrap();
        let plan = |subject: &str, part: u32| {
            let (subject, nonce) = (subject.to_owned(), format!("{subject}{part}"));
            let planned = Planned { place: place.clone(), subject, part, nonce, body: Some("text".to_owned()) };
            fresh.store.plan_message(planned, NOW)
        };
        let turn = plan("turn:1", 0).await.unwrap();
        fresh.store.message_sent(turn.id, 1).await.unwrap();
        let question = plan("ask:4", 0).await.unwrap();
        assert_eq!(fresh.store.open_messages(&place, "ask:").await.unwrap()[0].message, None, "it may stand there");
        fresh.store.message_sent(question.id, 99).await.unwrap();
        let open = fresh.store.open_messages(&place, "ask:").await.unwrap();
        assert_eq!(
            open.iter().map(|open| (open.message, open.outcome.as_deref())).collect::<Vec<_>>(),
            [(Some(99), None)]
        );
        let outcome = plan("ask:4", 1).await.unwrap();
        let open = fresh.store.open_messages(&place, "ask:").await.unwrap();
        assert_eq!(open[0].outcome.as_deref(), Some("text"));
        fresh.store.message_sent(outcome.id, 99).await.unwrap();
        assert_eq!(fresh.store.open_messages(&place, "ask:").await.unwrap(), []);
    }
}
