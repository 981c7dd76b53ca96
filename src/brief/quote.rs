//! Quoting: what people and models wrote becomes lines that cannot be mistaken for anything else. PURE.
//! It never drops a word of an action.

use super::files;
use crate::domain::Said;

/// Begins every quoted line. No text can leave its quote, because each of its lines gets one.
const MARK: &str = "| ";

/// Marks what only one seat and the game master know.
const SECRET: &str = " · in secret";

/// A whisper between seats, which the game master overhears.
pub(super) fn whisper(out: &mut String, from: &str, to: &str, text: &str) {
    out.push_str(&format!("[{from} · to {to}{SECRET}]\n"));
    block(out, text);
    out.push('\n');
}

/// The actions of a turn, each under its seat.
pub(super) fn actions(out: &mut String, said: &[Said]) {
    for said in said {
        let secret = if said.audience.is_table() { "" } else { SECRET };
        let who = match &said.character {
            Some(character) => format!("{} · played by {}", name(character), name(&said.name)),
            None => name(&said.name),
        };
        out.push_str(&format!("[seat {} · {who}{secret}]\n", said.seat));
        block(out, &said.text);
        for file in &said.files {
            files::heading(out, file);
        }
        out.push('\n');
    }
}

/// A reply of the game master.
pub(super) fn reply(out: &mut String, text: &str) {
    out.push_str("[game master]\n");
    block(out, text);
    out.push('\n');
}

/// Quotes a text line by line, whatever ends its lines.
pub(super) fn block(out: &mut String, text: &str) {
    let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    for line in text.replace("\r\n", "\n").split(ends) {
        out.push_str(MARK);
        out.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
        out.push('\n');
    }
}

/// A name as it stands in a heading: one line, no brackets, at most 40 characters.
pub(super) fn name(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, '[' | ']' | '·' | '|'));
    one_line(&kept.collect::<String>(), 40)
}

/// A text on one line of at most `limit` characters.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    let flat: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let flat = flat.join(" ");
    if flat.chars().count() <= limit {
        return flat;
    }
    flat.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// The beginning and the end of a text, together about `limit` bytes.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let half = limit / 2;
    let head = text.floor_char_boundary(half);
    let tail = text.ceil_char_boundary(text.len() - half);
    format!("{}\n[…]\n{}", &text[..head], &text[tail..])
}
