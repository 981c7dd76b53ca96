//! Tables that were opened by people while the program ran, and where.
//! Does not know what they asked for; that is text to it.

use rusqlite::Row;

use super::Store;
use super::error::StoreError;
use crate::domain::{PlaceId, TableId, TableName, Timestamp};

const OPEN: &str = "INSERT INTO opened_tables (table_id, place, wishes, opened_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (table_id) DO UPDATE
    SET place = excluded.place, wishes = excluded.wishes, opened_at = excluded.opened_at, closed_at = NULL";
const CLOSE: &str = "UPDATE opened_tables SET closed_at = ?2 WHERE place = ?1 AND closed_at IS NULL";
const ALL: &str = "SELECT t.name, o.table_id, o.place, o.wishes FROM opened_tables o JOIN tables t ON t.id = o.table_id
    WHERE o.closed_at IS NULL ORDER BY o.opened_at, o.table_id";

/// A table that somebody opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTable {
    /// Its name.
    pub name: TableName,
    /// Its id.
    pub table: TableId,
    /// Where it is reached.
    pub place: PlaceId,
    /// What whoever opened it asked for, as JSON.
    pub wishes: String,
}

impl Store {
    /// Notes at `now` that a table is open at a place, with these wishes. A place has one open table at most.
    pub async fn open_table(
        &self,
        table: TableId,
        place: &PlaceId,
        wishes: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let place = place.clone();
        self.writer
            .run(move |tx| {
                tx.prepare_cached(OPEN)?.execute((table.get(), place.as_str(), wishes, now.millis()))?;
                Ok(())
            })
            .await
    }

    /// Notes at `now` that no table is open at a place any more; whether there was one.
    pub async fn close_table(&self, place: &PlaceId, now: Timestamp) -> Result<bool, StoreError> {
        let place = place.clone();
        self.writer.run(move |tx| Ok(tx.prepare_cached(CLOSE)?.execute((place.as_str(), now.millis()))? > 0)).await
    }

    /// The tables that are open, the oldest first.
    pub async fn opened_tables(&self) -> Result<Vec<OpenedTable>, StoreError> {
        self.readers
            .run(|conn| {
                let mut statement = conn.prepare_cached(ALL)?;
                let rows = statement.query_map([], |row| Ok(opened(row)))?;
                rows.map(|row| row?).collect()
            })
            .await
    }
}

fn opened(row: &Row<'_>) -> Result<OpenedTable, StoreError> {
    let name: String = row.get(0)?;
    Ok(OpenedTable {
        name: name.parse().map_err(|_| StoreError::corrupt("a table has a name that cannot be one"))?,
        table: TableId::new(row.get(1)?),
        place: PlaceId::new(row.get::<_, String>(2)?),
        wishes: row.get(3)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::fresh;

    #[tokio::test]
    async fn a_place_has_one_open_table_and_it_can_be_opened_again() {
        let fresh = fresh().await;
        let (place, now) = (PlaceId::new("discord:7"), Timestamp::from_millis(1));
        fresh.store.open_table(fresh.table, &place, "{}".to_owned(), now).await.unwrap();
        let other = fresh.store.ensure_table(&"other".parse().unwrap(), now).await.unwrap().id;
        assert!(fresh.store.open_table(other, &place, "{}".to_owned(), now).await.is_err());
        assert!(fresh.store.close_table(&place, now).await.unwrap());
        assert!(!fresh.store.close_table(&place, now).await.unwrap());
        fresh.store.open_table(fresh.table, &place, "{\"pitch\":\"x\"}".to_owned(), now).await.unwrap();
        let open = fresh.store.opened_tables().await.unwrap();
        assert_eq!(open.iter().map(|open| open.wishes.as_str()).collect::<Vec<_>>(), ["{\"pitch\":\"x\"}"]);
    }
}
