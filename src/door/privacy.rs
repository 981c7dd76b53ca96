//! What people are told about what is kept of them: the same words at every door.
//! It reads nothing itself.

use crate::privacy::{About, Receipt};

/// What erasing does, before it is done.
pub const WHAT_ERASING_DOES: &str = "Erasing cannot be taken back. At every table of this bot your name, your id, what you \
    wrote, your lines and veils, letters to you and files you attached are blanked. The events stay at their places, so that the others keep \
    their story. In what the game master told, your name, your words where they are repeated, and words that nobody but \
    you brought in are blanked; what it made of them in words of its own stays. Characters you play are free again.";

/// What is kept about somebody, in numbers.
pub fn kept(about: &[About]) -> String {
    if about.is_empty() {
        return "Nothing is kept about you here: you never sat down at a table of this bot.".to_owned();
    }
    let line = |at: &About| {
        let names = at.names.join(", ");
        let (lines, files) = (at.bounds.lines.len() + at.bounds.veils.len(), at.files.len());
        format!(
            "Table {}: you as \"{names}\", {} events of yours or for you, {lines} lines and veils, {files} attached files.",
            at.table,
            at.events.len()
        )
    };
    let tables: Vec<_> = about.iter().map(line).collect();
    format!("{}\nThe export has all of it, word for word.", tables.join("\n"))
}

/// That it was erased.
pub fn receipt(receipt: &Receipt) -> String {
    let Receipt { receipt: id, at, tables, events, files, logs } = receipt;
    let rest = Receipt::OUT_OF_REACH;
    format!(
        "Erased. Receipt {id}, {at}: {tables} tables, {events} events blanked, {files} attached files removed, {logs} log files \
        overwritten in places.\n{rest}"
    )
}

/// Everything of a person as a file.
pub fn export(about: &[About]) -> Vec<u8> {
    let about = serde_json::json!({ "talekeeper": "person", "tables": about });
    // Maps and texts always can be written.
    serde_json::to_vec_pretty(&about).unwrap_or_default()
}
