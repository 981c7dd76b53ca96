//! What the next message begins with so that what was cut goes on: marks of containers, a fence, emphasis.
//!
//! It never writes to the message that ends; that one closes for itself.

use super::choose::{Break, Next};
use super::draft::{hidden, shared, through};
use super::inline::{Mark, Span};
use super::outline::{Kind, Leaf, Outline, Shape, line_start};
use super::place;

/// A title without text: it is as wide as nothing, ends with its line, and joins nothing.
pub(super) const PLACEHOLDER: &str = "#\n";

/// What is put before the text that is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Carry {
    /// Markdown that reopens what is open. Marks of list items stand in it for the parser's sake; people saw them before.
    /// A [`PLACEHOLDER`] holds marks up on a line of their own, so that the next line may be indented as it likes.
    pub(super) text: String,
    /// A spoiler goes on, and `text` does not reopen it.
    pub(super) hidden: bool,
}

/// What reopens what `chosen` cuts, and the byte where the text goes on.
pub(super) fn carry(text: &str, outline: &Outline, spoilers: &[Span], chosen: &Break) -> (Carry, usize) {
    match chosen.next {
        Next::Leaf(at) => before_leaf(text, outline, spoilers, at),
        Next::Within(at, next) => {
            let leaf = &outline.leaves[at];
            if leaf.is_inline() {
                return within_line(text, outline, spoilers, leaf, chosen.end, next);
            }
            (within_code(text, outline, spoilers, leaf, next), next)
        }
    }
}

fn before_leaf(text: &str, outline: &Outline, spoilers: &[Span], at: usize) -> (Carry, usize) {
    let (before, after) = (&outline.leaves[at - 1], &outline.leaves[at]);
    let common = &after.chain[..shared(before, after)];
    let body = after.rows[0].body.start;
    let new = after.chain[common.len()..].iter().map(|id| outline.containers[*id].line).min();
    let line = line_start(text, body).min(new.unwrap_or(usize::MAX));
    (Carry { text: held(outline, common), hidden: hidden(spoilers, before.end(), body) }, line)
}

/// The marks of containers on a line of their own.
fn held(outline: &Outline, chain: &[usize]) -> String {
    if chain.is_empty() { String::new() } else { marks(outline, chain) + PLACEHOLDER }
}

fn within_code(text: &str, outline: &Outline, spoilers: &[Span], leaf: &Leaf, next: usize) -> Carry {
    let Kind::Fenced(fence) = &leaf.kind else { return Carry::default() };
    let shape = |id: &usize| match &outline.containers[*id].shape {
        Shape::Quote => "> ".to_owned(),
        Shape::Item(mark) => " ".repeat(mark.len()),
    };
    // The fence's own indentation is taken away from each line, and from this one nothing else.
    let prefix = leaf.chain.iter().map(shape).collect::<String>() + &" ".repeat(fence.indent);
    let mut open = format!("{}{prefix}{}\n{prefix}", held(outline, &leaf.chain), fence.opener);
    let row = leaf.rows.iter().find(|row| row.body.start == next && line_start(text, next) != next);
    open.push_str(&" ".repeat(row.map_or(0, |row| row.pad)));
    Carry { text: open, hidden: hidden(spoilers, leaf.rows[0].body.start, leaf.end()) }
}

fn within_line(
    text: &str,
    outline: &Outline,
    spoilers: &[Span],
    leaf: &Leaf,
    end: usize,
    next: usize,
) -> (Carry, usize) {
    let mut open = marks(outline, &leaf.chain);
    if let Kind::Title(prefix) = &leaf.kind {
        open.push_str(prefix);
    }
    let spans = through(outline, spoilers, leaf, end, next).unwrap_or_default();
    for span in &spans {
        open.push_str(span.mark(text));
        if span.kind == Mark::Code && text[next..].starts_with('`') {
            open.push(' ');
        }
    }
    let rest = text[next..].split('\n').next().unwrap_or_default();
    let mut resume = next;
    if let (true, Some(escape)) = (spans.is_empty(), begins_block(rest)) {
        open.push_str(&rest[..escape]);
        open.push('\\');
        resume += escape;
    }
    (Carry { text: open, hidden: false }, resume)
}

/// The marks of containers, as on the line where each began.
fn marks(outline: &Outline, chain: &[usize]) -> String {
    let mark = |id: &usize| match &outline.containers[*id].shape {
        Shape::Quote => "> ",
        Shape::Item(mark) => mark.as_str(),
    };
    chain.iter().map(mark).collect()
}

/// Where a backslash keeps `line`, the rest of a paragraph, from beginning a block of another kind in its new place.
fn begins_block(line: &str) -> Option<usize> {
    let word = line.split([' ', '\t']).next().unwrap_or_default();
    let only = |mark: char| line.chars().all(|ch| ch == mark || ch == ' ') && line.matches(mark).count() > 2;
    let title = word == "-#" || (1..=6).contains(&word.len()) && word.bytes().all(|byte| byte == b'#');
    let fence = line.starts_with("~~~") || line.starts_with("```") && !line.trim_start_matches('`').contains('`');
    if title || fence || line.starts_with('>') || ['-', '*', '_'].into_iter().any(only) {
        return Some(0);
    }
    // A mark at the end of its line begins an empty item.
    place::mark(line).map(|length| length - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_begin_a_block_is_escaped_where_it_helps() {
        for line in ["- a", "> a", "# a", "-# a", "* * *", "```rust", "~~~", "-", "+ "] {
            assert_eq!(begins_block(line), Some(0), "{line}");
        }
        assert_eq!(begins_block("2020. Next"), Some(4));
        for line in ["a", "-a", "*a* b", "#a", "```a``` b", "2020.", "~~a~~", "**", "1.5 m"] {
            let expected = (line == "2020.").then_some(4);
            assert_eq!(begins_block(line), expected, "{line}");
        }
    }
}
