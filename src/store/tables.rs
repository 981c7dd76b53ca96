//! The tables of this installation and what they are called.
//! Knows nothing of where a table is reached or what is played there.

use rusqlite::{OptionalExtension, Row};

use super::Store;
use super::error::StoreError;
use crate::domain::{TableId, TableName, Timestamp};

const COLUMNS: &str = "id, name, uid, created_at";

/// A table as this installation knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Its row here.
    pub id: TableId,
    /// Its name, unique here.
    pub name: TableName,
    /// A UUID (version 7) that stays with the table when it moves to another installation.
    pub uid: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// Gives the table of that name, making it at `now` when there is none.
    pub async fn ensure_table(&self, name: &TableName, now: Timestamp) -> Result<TableRow, StoreError> {
        let name = name.clone();
        let uid = uid(now);
        let insert = "INSERT INTO tables (name, uid, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
        let select = format!("SELECT {COLUMNS} FROM tables WHERE name = ?1");
        self.writer
            .run(move |tx| {
                tx.prepare_cached(insert)?.execute((name.as_str(), uid, now.millis()))?;
                tx.prepare_cached(&select)?.query_one([name.as_str()], |row| Ok(table(row)))?
            })
            .await
    }

    /// All tables, the oldest first.
    pub async fn tables(&self) -> Result<Vec<TableRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM tables ORDER BY id");
        self.readers
            .run(move |conn| {
                let mut statement = conn.prepare_cached(&select)?;
                let mut rows = statement.query([])?;
                let mut tables = Vec::new();
                while let Some(row) = rows.next()? {
                    tables.push(table(row)?);
                }
                Ok(tables)
            })
            .await
    }

    /// The table of that name, if there is one.
    pub async fn table_named(&self, name: &TableName) -> Result<Option<TableRow>, StoreError> {
        let name = name.clone();
        let select = format!("SELECT {COLUMNS} FROM tables WHERE name = ?1");
        self.readers
            .run(move |conn| {
                let found =
                    conn.prepare_cached(&select)?.query_one([name.as_str()], |row| Ok(table(row))).optional()?;
                found.transpose()
            })
            .await
    }
}

fn table(row: &Row<'_>) -> Result<TableRow, StoreError> {
    let name: String = row.get(1)?;
    Ok(TableRow {
        id: TableId::new(row.get(0)?),
        name: name.parse().map_err(|_| StoreError::corrupt("a table has a name that cannot be one"))?,
        uid: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
    })
}

/// A new id that sorts by `now`.
fn uid(now: Timestamp) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::fresh;

    #[tokio::test]
    async fn a_table_is_made_once() {
        let f = fresh().await;
        let again = f.store.ensure_table(&"crown".parse().unwrap(), Timestamp::from_millis(5)).await.unwrap();
        assert_eq!(again.id, f.table);
        assert_eq!(again.created_at, Timestamp::from_millis(1_700_000_000_000));
        let other = f.store.ensure_table(&"sea".parse().unwrap(), Timestamp::from_millis(5)).await.unwrap();
        assert_eq!(f.store.tables().await.unwrap(), vec![again, other.clone()]);
        assert_eq!(f.store.table_named(&"sea".parse().unwrap()).await.unwrap(), Some(other));
        assert_eq!(f.store.table_named(&"none".parse().unwrap()).await.unwrap(), None);
    }

    #[test]
    fn an_id_carries_its_time() {
        let id = uuid::Uuid::parse_str(&uid(Timestamp::from_millis(1_700_000_000_123))).unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_timestamp().unwrap().to_unix(), (1_700_000_000, 123_000_000));
    }
}
