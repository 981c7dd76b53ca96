//! The one exception to a log that is only appended to: events are blanked where they stand, and what was made of them is made anew.
//! Decides nothing about what is blanked; that is `crate::privacy`.

use std::time::Duration;

use rusqlite::{Connection, Transaction, params};
use serde_json::Value;

use super::Store;
use super::error::StoreError;
use super::{events, memory, projection, unfinished};
use crate::domain::{Event, PersonId, SourceId, TableId};
use crate::privacy::{Receipt, Traces, Unfinished};

/// How long a read of somebody else is waited for before the write-ahead log is emptied.
const READS: Duration = Duration::from_secs(30);

/// What is to be written in place of what stands in a table's log.
#[derive(Clone, Debug)]
pub struct Rewriting {
    /// Who is erased.
    pub person: PersonId,
    /// Events in place of those at their positions.
    pub changed: Vec<Event>,
    /// What is appended behind the log.
    pub closing: Vec<Event>,
    /// Where actions were heard that are not to be found any more.
    pub sources: Vec<SourceId>,
    /// What is looked for in everything else that belongs to the table.
    pub traces: Traces,
    /// What this makes of their erasing, to be gone on with.
    pub then: Unfinished,
}

impl Store {
    /// Rewrites a table's log and makes anew what follows from it, all or nothing. What stood there before is still in
    /// the file's free pages until [`Store::scrub`].
    ///
    /// # Errors
    /// `OutOfStep` when the log is not the one that was rewritten; `Full`.
    pub async fn rewrite(&self, table: TableId, rewriting: Rewriting) -> Result<(), StoreError> {
        self.writer.run(move |tx| rewrite(tx, table, &rewriting)).await
    }

    /// Forgets what doors noted about a person and how far their erasing had come, and notes the receipt. The file is to be
    /// scrubbed after this.
    pub async fn forget_notes(
        &self,
        person: PersonId,
        traces: Traces,
        receipt: Receipt,
        at: i64,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                unfinished::over(tx, &person, &receipt)?;
                each(tx, "SELECT name, value FROM notes", |name: String, value: String| {
                    if !unfinished::is_one(&name) && (traces.has_id(&name) || traces.has_id(&value)) {
                        tx.execute("DELETE FROM notes WHERE name = ?1", [name])?;
                    }
                    Ok(())
                })?;
                let sql = "INSERT INTO erasures (receipt, at, tables, events, files) VALUES (?1, ?2, ?3, ?4, ?5)";
                let number = |count| super::paths::column(count);
                tx.execute(
                    sql,
                    params![receipt.receipt, at, number(receipt.tables), number(receipt.events), number(receipt.files)],
                )?;
                Ok(())
            })
            .await
    }

    /// Writes the whole file anew without what was deleted or rewritten, and empties the write-ahead log. From then on nothing
    /// of those erased before is to be scrubbed.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        self.writer.run_alone(scrub).await
    }
}

fn rewrite(tx: &Transaction<'_>, table: TableId, rewriting: &Rewriting) -> Result<(), StoreError> {
    for event in &rewriting.changed {
        events::rewrite(tx, table, event)?;
    }
    for sql in [
        "DELETE FROM actions WHERE table_id = ?1",
        "DELETE FROM turns WHERE table_id = ?1",
        "DELETE FROM snapshots WHERE table_id = ?1",
    ] {
        tx.execute(sql, [table.get()])?;
    }
    memory::clear_of(tx, table)?;
    for event in events::collect(tx, events::AFTER, (table.get(), 0))? {
        projection::project(tx, table, &event)?;
    }
    events::append(tx, table, &rewriting.closing)?;
    memory::index_anew(tx)?;
    beside(tx, table, rewriting)?;
    unfinished::go_on(tx, &rewriting.person, rewriting.then.clone())
}

/// What was said in places, and what was asked for when the table was opened.
fn beside(tx: &Transaction<'_>, table: TableId, rewriting: &Rewriting) -> Result<(), StoreError> {
    let traces = &rewriting.traces;
    for source in &rewriting.sources {
        let sql = "DELETE FROM lines WHERE source = ?2 AND place IN (SELECT place FROM places WHERE table_id = ?1)";
        tx.execute(sql, (table.get(), source.as_str()))?;
    }
    let outbox = format!(
        "SELECT id || '', subject || char(10) || coalesce(body, '') FROM outbox
         WHERE place IN (SELECT place FROM places WHERE table_id = {})",
        table.get()
    );
    each(tx, &outbox, |id: String, row: String| {
        let (subject, body) = row.split_once('\n').unwrap_or((&row, ""));
        let theirs = rewriting.sources.iter().any(|source| {
            let number = source.as_str().rsplit(':').next().unwrap_or_default();
            subject.contains(source.as_str()) || subject.strip_prefix("heard:").is_some_and(|message| message == number)
        });
        if theirs {
            // What was on its way for something that is gone has nowhere to go.
            let sql = "UPDATE outbox SET subject = 'erased:' || id, body = NULL,
                state = CASE state WHEN 'planned' THEN 'dropped' ELSE state END WHERE id = ?1";
            tx.execute(sql, [id])?;
        } else if let Some(body) = blank_values(traces, body, &["text", "character"]) {
            tx.execute("UPDATE outbox SET body = ?2 WHERE id = ?1", (id, body))?;
        }
        Ok(())
    })?;
    let wishes = format!("SELECT table_id || '', wishes FROM opened_tables WHERE table_id = {}", table.get());
    each(tx, &wishes, |id: String, wishes: String| {
        if let Some(wishes) = blank_values(traces, &wishes, &["pitch", "tone"]) {
            tx.execute("UPDATE opened_tables SET wishes = ?2 WHERE table_id = ?1", (id, wishes))?;
        }
        Ok(())
    })
}

/// A row's JSON without the person in the values of these keys; none if they are not there. What the keys are called, and
/// what the program reads again, stays as it is.
fn blank_values(traces: &Traces, json: &str, keys: &[&str]) -> Option<String> {
    fn blank(traces: &Traces, value: &mut Value, keys: &[&str]) -> bool {
        let Some(fields) = value.as_object_mut() else { return false };
        fields.iter_mut().fold(false, |changed, (key, value)| {
            let blanked = value.as_str().filter(|_| keys.contains(&key.as_str())).and_then(|text| traces.blank(text));
            let found = blanked.is_some();
            if let Some(text) = blanked {
                *value = Value::String(text);
            }
            changed | found | blank(traces, value, keys)
        })
    }
    let mut value = serde_json::from_str(json).ok()?;
    blank(traces, &mut value, keys).then(|| value.to_string())
}

/// Reads all rows of two texts, then does something with each.
fn each(
    conn: &Connection,
    sql: &str,
    mut take: impl FnMut(String, String) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().try_for_each(|(one, other)| take(one, other))
}

fn scrub(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch("VACUUM")?;
    // The log is emptied only while nobody reads what is in it.
    conn.busy_timeout(READS)?;
    let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    conn.busy_timeout(super::schema::BUSY)?;
    match busy {
        0 => unfinished::scrubbed(conn),
        _ => Err(StoreError::Locked { pid: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_people_wrote_is_blanked_in_a_row_and_never_what_its_keys_are_called() {
        let mut traces = Traces::default();
        traces.said("I listen at the lighthouse, claude, and reply");
        let wishes = r#"{"listen_to_all":true,"pitch":"The lighthouse burns","provider":"claude","tone":null}"#;
        let blanked: Value = serde_json::from_str(&blank_values(&traces, wishes, &["pitch", "tone"]).unwrap()).unwrap();
        assert_eq!((&blanked["listen_to_all"], &blanked["provider"]), (&Value::Bool(true), &Value::from("claude")));
        assert!(!blanked["pitch"].as_str().unwrap().contains("lighthouse"));
        assert_eq!(blank_values(&traces, "voice", &["text"]), None);
        assert_eq!(blank_values(&traces, r#"{"reply_to":"7","text":"Nothing of theirs."}"#, &["text"]), None);
    }
}
