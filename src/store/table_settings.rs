//! What hosts set at a table while the program runs, over what the configuration says.
//! Does not know which settings there are; names and values are words to it.

use rusqlite::OptionalExtension;

use super::Store;
use super::error::StoreError;
use crate::domain::{TableId, Timestamp};

const SET: &str = "INSERT INTO table_settings (table_id, name, value, set_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (table_id, name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at";
const ALL: &str = "SELECT name, value FROM table_settings WHERE table_id = ?1 ORDER BY name";
const WHEN: &str = "SELECT set_at FROM table_settings WHERE table_id = ?1 AND name = ?2";

impl Store {
    /// Sets something at a table at `now`, in place of what was set before.
    pub async fn set_at_table(
        &self,
        table: TableId,
        name: &'static str,
        value: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                tx.prepare_cached(SET)?.execute((table.get(), name, value, now.millis()))?;
                Ok(())
            })
            .await
    }

    /// When something was set at a table last, if ever.
    pub async fn set_when(&self, table: TableId, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(WHEN)?;
                let when = statement.query_one((table.get(), name), |row| row.get(0)).optional()?;
                Ok(when.map(Timestamp::from_millis))
            })
            .await
    }

    /// What is set at a table: names and values.
    pub async fn settings_of(&self, table: TableId) -> Result<Vec<(String, String)>, StoreError> {
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(ALL)?;
                let rows = statement.query_map([table.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::fresh;

    #[tokio::test]
    async fn the_last_word_counts_and_is_the_tables_own() {
        let f = fresh().await;
        let now = Timestamp::from_millis(1);
        let other = f.store.ensure_table(&"other".parse().unwrap(), now).await.unwrap().id;
        f.store.set_at_table(f.table, "listen", "all", now).await.unwrap();
        f.store.set_at_table(f.table, "listen", "mention", now).await.unwrap();
        assert_eq!(f.store.settings_of(f.table).await.unwrap(), [("listen".to_owned(), "mention".to_owned())]);
        assert_eq!(f.store.settings_of(other).await.unwrap(), []);
        let when = async |table| f.store.set_when(table, "listen").await.unwrap();
        assert_eq!((when(f.table).await, when(other).await), (Some(now), None));
    }
}
