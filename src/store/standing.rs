//! How much waits and runs at this moment, and whether the thread that writes answers: for operators.
//! Never says at which table or whose it is.

use super::Store;
use super::error::StoreError;
use super::paths::count;

/// All of them are looked up by partial indexes that hold few rows at any time.
const STANDING: &str = "SELECT (SELECT count(*) FROM tables),
    (SELECT count(*) FROM actions INDEXED BY actions_unfinished WHERE state IN ('waiting', 'taken') AND state = 'waiting'),
    (SELECT count(*) FROM turns INDEXED BY turns_unfinished WHERE ended_seq IS NULL),
    (SELECT count(*) FROM outbox INDEXED BY outbox_planned WHERE state = 'planned')";

/// What waits and runs, over all tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Tables there are.
    pub tables: u64,
    /// Actions that no turn has taken yet.
    pub actions_waiting: u64,
    /// Turns that have not ended.
    pub turns_running: u64,
    /// Messages that were planned and are not known to stand.
    pub outbox: u64,
}

impl Store {
    /// What waits and runs.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        self.readers
            .run(|conn| {
                let number = |row: &rusqlite::Row<'_>, index| row.get::<_, i64>(index).map(count);
                let read = |row: &rusqlite::Row<'_>| {
                    Ok(Standing {
                        tables: number(row, 0)?,
                        actions_waiting: number(row, 1)?,
                        turns_running: number(row, 2)?,
                        outbox: number(row, 3)?,
                    })
                };
                Ok(conn.prepare_cached(STANDING)?.query_one([], read)?)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PlaceId, Timestamp};
    use crate::store::Planned;
    use crate::store::testing::{Scribe, fresh};

    #[tokio::test]
    async fn what_waits_is_counted_until_it_is_taken() {
        let f = fresh().await;
        let now = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(f.store.standing().await.unwrap(), Standing { tables: 1, ..Standing::default() });
        let mut scribe = Scribe::new();
        f.store.append(f.table, vec![scribe.say("a"), scribe.say("b")]).await.unwrap();
        let place = PlaceId::new("discord:7");
        f.store.ensure_place(&place, f.table, 0, now).await.unwrap();
        let planned = Planned { place, subject: "turn:1".into(), part: 0, nonce: "n".into(), body: None };
        let parcel = f.store.plan_message(planned, now).await.unwrap();
        let waiting = Standing { tables: 1, actions_waiting: 2, turns_running: 0, outbox: 1 };
        assert_eq!(f.store.standing().await.unwrap(), waiting);
        f.store.message_sent(parcel.id, 9).await.unwrap();
        assert_eq!(f.store.standing().await.unwrap(), Standing { outbox: 0, ..waiting });
    }

    #[tokio::test]
    async fn a_writer_that_is_gone_does_not_answer() {
        let f = fresh().await;
        f.store.answers().await.unwrap();
        let other = f.store.clone();
        f.store.close().await;
        assert!(other.answers().await.is_err());
    }
}
