//! Writes the next message from an outline, and remembers on the way where it could end.
//!
//! It never reads markdown itself, and never looks further than one message.

use super::choose::{Break, LOWEST, Next};
use super::ending::shared;
use super::inline::Span;
use super::outline::{Fence, Kind, Leaf, Outline, Shape, line_start};
use super::script::units;

/// Marks of containers, or of emphasis around a cut, may take this part of a message; deeper ones are left out.
pub(super) const SHARE: usize = 4;

/// What came of it.
pub(super) enum Drafted {
    /// All of the text is in one message.
    Fits(String),
    /// This leaf must become a code block first.
    Convert(usize),
    /// The message ends before this leaf does, or with one before it.
    Over { leaf: usize, chosen: Break, message: String },
}

/// A text, how it is read, and how much of it may go into one message.
pub(super) struct Draft<'a> {
    pub(super) text: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) spoilers: &'a [Span],
    /// Bytes at the beginning that reopen what an earlier message closed.
    pub(super) carried: usize,
    /// A spoiler from an earlier message goes on, and `text` does not say so.
    pub(super) hidden: bool,
    /// On lines that begin up to this byte, tables and indented code are written as they stand.
    pub(super) as_is: Option<usize>,
    pub(super) limit: usize,
    /// List marks stand at the very left: a message loses the spaces it begins with, and one mark alone must not move.
    flush: bool,
    pub(super) written: Written,
}

/// The message so far.
#[derive(Default)]
pub(super) struct Written {
    pub(super) out: String,
    pub(super) units: usize,
    /// Containers whose mark is in it.
    marked: Vec<bool>,
    /// Where it could end, in order.
    pub(super) breaks: Vec<Break>,
}

/// A row that is being cut: what of the message stands before its body.
#[derive(Clone, Copy)]
pub(super) struct Base {
    /// Bytes.
    pub(super) kept: usize,
    pub(super) units: usize,
}

impl<'a> Draft<'a> {
    pub(super) fn new(text: &'a str, outline: &'a Outline, spoilers: &'a [Span], limit: usize) -> Self {
        let written = Written { marked: vec![false; outline.containers.len()], ..Written::default() };
        let containers =
            outline.leaves.first().into_iter().flat_map(|leaf| &leaf.chain).map(|id| &outline.containers[*id]);
        let first = containers
            .map(|container| (&container.shape, container.carried))
            .find(|(shape, carried)| !carried || **shape == Shape::Quote);
        let flush = matches!(first, Some((Shape::Item(mark), _)) if mark.starts_with(' '));
        Self { text, outline, spoilers, carried: 0, hidden: false, as_is: None, limit, flush, written }
    }

    /// Writes until the message is full or the text ends.
    pub(super) fn write(mut self) -> Drafted {
        for at in 0..self.outline.leaves.len() {
            let leaf = &self.outline.leaves[at];
            if at > 0 {
                self.block_break(at);
            }
            let shown = self.as_is.is_some_and(|end| line_start(self.text, leaf.rows[0].body.start) <= end);
            if matches!(leaf.kind, Kind::Table(_) | Kind::Indented) && !shown {
                return Drafted::Convert(at);
            }
            let over = self.between(at).or_else(|| match &leaf.kind {
                Kind::Fenced(fence) => self.fenced(at, fence),
                _ => self.rows(at),
            });
            if let Some((row, base)) = over {
                let chosen = self.choose(at, &leaf.rows[row], base);
                let message = self.message(&chosen);
                return Drafted::Over { leaf: at, chosen, message };
            }
        }
        Drafted::Fits(self.written.out.trim().to_owned())
    }

    fn push(&mut self, text: &str) {
        self.written.out.push_str(text);
        self.written.units += units(text);
    }

    fn full(&self) -> bool {
        self.written.units > self.limit
    }

    fn base(&self) -> Base {
        Base { kept: self.written.out.len(), units: self.written.units }
    }

    /// Blank lines before a leaf, and the bars of a spoiler that comes from an earlier message.
    fn between(&mut self, at: usize) -> Option<(usize, Base)> {
        let leaf = &self.outline.leaves[at];
        if at > 0 {
            let before = &self.outline.leaves[at - 1];
            let shared = shared(before, leaf);
            for _ in 0..leaf.blanks.min(2).max(usize::from(self.runs_into(before))) {
                let prefix = self.prefix(&before.chain[..shared]);
                self.push("\n");
                self.push(prefix.trim_end());
            }
        } else if self.hidden && !leaf.is_inline() {
            let prefix = self.quotes(&leaf.chain);
            self.push(&prefix);
            self.push(if matches!(leaf.kind, Kind::Rule) { "||\n" } else { "||" });
        }
        self.full().then(|| (0, self.base()))
    }

    /// True if `leaf` is text whose list marks stand in an earlier message: without a blank line, what follows would join it.
    fn runs_into(&self, leaf: &Leaf) -> bool {
        let item = |id: &&usize| matches!(self.outline.containers[**id].shape, Shape::Item(_));
        let last = leaf.chain.iter().rev().find(item);
        leaf.is_inline() && last.is_some_and(|id| self.outline.containers[*id].carried)
    }

    fn new_row(&mut self, chain: &[usize]) {
        if !self.written.out.is_empty() {
            self.push("\n");
        }
        let prefix = self.prefix(chain);
        self.push(&prefix);
    }

    /// Rows of anything but code.
    fn rows(&mut self, at: usize) -> Option<(usize, Base)> {
        let leaf = &self.outline.leaves[at];
        for (number, row) in leaf.rows.iter().enumerate() {
            let line_below = matches!(leaf.kind, Kind::Underlined) && number + 1 == leaf.rows.len();
            if number > 0 && !line_below {
                self.row_break(at, &leaf.rows[number - 1], row);
            }
            self.new_row(&leaf.chain[..row.depth]);
            if self.hidden && at == 0 && number == 0 && leaf.is_inline() {
                self.push("||");
            }
            self.push(&" ".repeat(if number == 0 { 0 } else { row.pad }));
            let base = self.base();
            self.push(&self.text[row.body.clone()]);
            if leaf.is_inline() && !line_below && self.written.units * 100 >= self.limit * LOWEST {
                self.word_breaks(at, row, base);
            }
            if self.full() {
                return Some((number, base));
            }
        }
        None
    }

    /// Rows of a fenced code block; it is closed even if its author forgot. A row fits only if the fence can be closed after it.
    fn fenced(&mut self, at: usize, fence: &Fence) -> Option<(usize, Base)> {
        let leaf = &self.outline.leaves[at];
        let last = leaf.rows.len() - usize::from(fence.closed);
        let end = units(&self.fence_end(leaf));
        for (number, row) in leaf.rows[..last].iter().enumerate() {
            if number > 1 {
                self.code_break(at, &leaf.rows[number - 1], row);
            }
            self.new_row(&leaf.chain);
            // Four spaces keep a line from closing a fence; without the fence's own it may have fewer.
            let would_close = fence.indent > 0 && fence.is_closed_by(&self.text[row.body.clone()]);
            let pad = if would_close { fence.indent + row.pad } else { row.pad };
            self.push(&" ".repeat(if number == 0 { 0 } else { pad }));
            let base = self.base();
            self.push(if number == 0 { &fence.opener } else { &self.text[row.body.clone()] });
            if self.written.units + end > self.limit {
                return Some((number, base));
            }
        }
        self.new_row(&leaf.chain);
        self.push(&fence.closer);
        None
    }

    /// The text of the message that ends at `chosen`.
    fn message(&self, chosen: &Break) -> String {
        let kept = &self.written.out[..chosen.kept];
        let closing = match chosen.next {
            Next::Leaf(at) => self.block_end(at),
            Next::Within(at, next) => {
                let leaf = &self.outline.leaves[at];
                if leaf.is_inline() {
                    self.closing(leaf, chosen.end, next).map(|closing| closing.text).unwrap_or_default()
                } else {
                    self.fence_end(leaf)
                }
            }
        };
        format!("{kept}{closing}").trim().to_owned()
    }

    /// What stands before a row's body: a mark for every container that needs one.
    fn prefix(&mut self, chain: &[usize]) -> String {
        let (prefix, shown) = self.marks(chain, &self.written.marked);
        for id in &chain[..shown] {
            self.written.marked[*id] = true;
        }
        prefix
    }

    /// The same for a row that begins no item.
    pub(super) fn indent(&self, chain: &[usize]) -> String {
        self.marks(chain, &vec![true; self.outline.containers.len()]).0
    }

    /// The marks of `chain`, and of how many of it: deep nests must leave room for what is in them.
    fn marks(&self, chain: &[usize], marked: &[bool]) -> (String, usize) {
        let mut marks = String::new();
        for (depth, id) in chain.iter().enumerate() {
            let container = &self.outline.containers[*id];
            let more = match &container.shape {
                Shape::Quote => "> ",
                Shape::Item(_) if container.carried => "",
                Shape::Item(mark) => {
                    let mark = if self.flush { mark.trim_start() } else { mark };
                    if marked[*id] { &" ".repeat(mark.len()) } else { mark }
                }
            };
            if marks.len() + more.len() > self.limit / SHARE {
                return (marks, depth);
            }
            marks.push_str(more);
        }
        (marks, chain.len())
    }

    /// Only the quotes among the containers.
    pub(super) fn quotes(&self, chain: &[usize]) -> String {
        let quote = |id: &&usize| self.outline.containers[**id].shape == Shape::Quote;
        "> ".repeat(chain.iter().filter(quote).count().min(self.limit / SHARE / 2))
    }
}
