//! A database that stands still at a certain write, so that a test can kill whoever writes at just that point.

use rusqlite::Connection;

/// Whoever inserts into `table` from now on never comes to an end.
pub fn hold_at(database: &Connection, table: &str) {
    let endless = "CREATE VIEW endless AS
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT n FROM number;";
    let held = format!("CREATE TRIGGER held BEFORE INSERT ON {table} BEGIN SELECT count(*) FROM endless; END;");
    database.execute_batch(&format!("{endless} {held}")).unwrap();
}

/// Everything is as before.
pub fn let_go(database: &Connection) {
    database.execute_batch("DROP TRIGGER held; DROP VIEW endless;").unwrap();
}
