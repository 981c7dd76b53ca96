//! Takes one message after the other from the front of a text that may still grow.
//!
//! It never takes a message that later text could change: whatever more is pushed, the same message would be taken.

use super::carry::{self, Carry, PLACEHOLDER};
use super::draft::{Draft, Drafted};
use super::outline::{self, Kind, Leaf, Outline, Shape, line_start};
use super::script::head;
use super::table::fenced;

/// One paragraph, table or spoiler is read ahead this many bytes per unit of the limit; what is longer is cut as if it
/// ended there.
const READ_AHEAD: usize = 16;
/// A spoiler's bars may be this many bytes per unit of the limit apart.
const REACH: usize = 8;
/// Text that is in messages already is let go when it is this long.
const LET_GO: usize = 64 * 1024;

/// The text that is not in a message yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Cutter {
    carry: Carry,
    text: String,
    /// How much of `text` is taken already, in bytes.
    taken: usize,
}

/// Whether more text may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Expected,
    Over,
}

/// What was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A message; more is left.
    Message(String),
    /// All that was left.
    Last(String),
    /// Nothing: more text could change it.
    Nothing,
}

/// A stretch of the text as it is read: what was carried over and what follows.
struct Window {
    doc: String,
    outline: Outline,
    ends: Ends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Where the text ends for good.
    Over,
    /// As far ahead as anything is read.
    TooFar,
    /// At the end of a line; what follows may go on with what stands there.
    Open,
}

enum Step {
    Taken(Taken),
    Rewritten,
    TooShort,
}

impl Cutter {
    pub(super) fn push(&mut self, text: &str) {
        if self.taken > LET_GO {
            self.text.drain(..self.taken);
            self.taken = 0;
        }
        self.text.push_str(text);
    }

    /// Bytes that are not in a message yet.
    pub(super) fn len(&self) -> usize {
        self.text.len() - self.taken
    }

    /// What is left, as markdown that stands alone.
    pub(super) fn rest(&self) -> String {
        let bars = if self.carry.hidden { "||\n\n" } else { "" };
        let open = self.carry.text.replacen(PLACEHOLDER, "\n", 1);
        format!("{bars}{open}{}", &self.text[self.taken..]).trim_end().to_owned()
    }

    /// A copy of what is left.
    pub(super) fn copy(&self) -> Self {
        Self { carry: self.carry.clone(), text: self.text[self.taken..].to_owned(), taken: 0 }
    }

    /// Takes a message of at most `limit` units.
    pub(super) fn take(&mut self, limit: usize, more: More) -> Taken {
        let mut size = head(&self.text[self.taken..], limit + limit / 2);
        loop {
            let step = match self.window(size, limit, more) {
                Some(window) => self.step(&window, limit),
                None => Step::TooShort,
            };
            match step {
                Step::Taken(taken) => return taken,
                Step::Rewritten => size = size.min(self.len()),
                Step::TooShort if size < self.len() => size = (size * 2).clamp(1, self.len()),
                Step::TooShort if more == More::Expected => return Taken::Nothing,
                Step::TooShort => return self.last_step(limit),
            }
        }
    }

    /// Everything at once: only text that shrinks, such as thousands of blank lines, is longer than anything is read ahead
    /// and yet fits.
    fn last_step(&mut self, limit: usize) -> Taken {
        loop {
            let doc = format!("{}{}", self.carry.text, &self.text[self.taken..]);
            let outline = outline::read(&doc, self.carry.text.len());
            if let Step::Taken(taken) = self.step(&Window { doc, outline, ends: Ends::Over }, limit) {
                return taken;
            }
        }
    }

    /// Reads about the next `size` bytes, up to the end of a line: half a line says little about what it will be.
    fn window(&self, size: usize, limit: usize, more: More) -> Option<Window> {
        let left = &self.text[self.taken..];
        let far = limit * READ_AHEAD;
        let (end, ends) = if size >= far {
            // Always the same places, however the text arrives.
            let mut end = far;
            while end * 2 <= size {
                end *= 2;
            }
            (end, Ends::TooFar)
        } else if size == left.len() && more == More::Over {
            (size, Ends::Over)
        } else {
            (left[..left.floor_char_boundary(size)].rfind('\n')? + 1, Ends::Open)
        };
        let doc = format!("{}{}", self.carry.text, &left[..left.floor_char_boundary(end)]);
        let outline = outline::read(&doc, self.carry.text.len());
        Some(Window { doc, outline, ends })
    }

    fn step(&mut self, window: &Window, limit: usize) -> Step {
        let until = window.spoilers_until();
        let reach = limit * REACH;
        let (spoilers, waiting) = window.outline.inlines.spoilers(self.carry.hidden, reach, until);
        let mut draft = Draft::new(&window.doc, &window.outline, &spoilers, limit);
        draft.carried = self.carry.text.len();
        draft.hidden = self.carry.hidden;
        match draft.write() {
            Drafted::Fits(message) if window.ends == Ends::Over => {
                self.taken = self.text.len();
                self.carry = Carry::default();
                Step::Taken(Taken::Last(message))
            }
            Drafted::Convert(at) if window.final_leaf(at) => {
                self.convert(window, at);
                Step::Rewritten
            }
            Drafted::Over { leaf, chosen, message } if window.settled(leaf, waiting, until, reach) => {
                let (carry, resume) = carry::carry(&window.doc, &window.outline, &spoilers, &chosen);
                self.taken += resume.saturating_sub(self.carry.text.len());
                self.carry = carry;
                Step::Taken(Taken::Message(message))
            }
            _ => Step::TooShort,
        }
    }

    /// Writes a table or indented code as a fenced code block where it stands.
    fn convert(&mut self, window: &Window, at: usize) {
        let leaf = &window.outline.leaves[at];
        let row = |row: &outline::Row| format!("{}{}", " ".repeat(row.pad), &window.doc[row.body.clone()]);
        let lines = match &leaf.kind {
            Kind::Table(table) => table.lines(),
            _ => leaf.rows.iter().map(row).collect(),
        };
        let indent: String = leaf.chain.iter().map(|id| indent(&window.outline.containers[*id].shape)).collect();
        let line = line_start(&window.doc, leaf.rows[0].body.start);
        let (place, _) = window.outline.strip(&window.doc, line, &leaf.chain);
        let carried = self.carry.text.len();
        let (start, spaces) = place.before_tab();
        let block = format!("{}{}", " ".repeat(spaces), fenced(&lines, &indent));
        let start = self.taken + start.saturating_sub(carried);
        let end = self.taken + leaf.end() - carried;
        self.text.replace_range(start..end, &block);
    }
}

fn indent(shape: &Shape) -> String {
    match shape {
        Shape::Quote => "> ".to_owned(),
        Shape::Item(mark) => " ".repeat(mark.len()),
    }
}

impl Window {
    /// True if no later text can add to the leaf or make it another.
    fn final_leaf(&self, at: usize) -> bool {
        let leaf = &self.outline.leaves[at];
        let single_line = matches!(leaf.kind, Kind::Title(_) | Kind::Rule);
        // A blank line ends all but code and an item without text.
        let blank_ends = !matches!(leaf.kind, Kind::Indented | Kind::Fenced(_) | Kind::Empty);
        self.ends != Ends::Open
            || single_line
            || at + 1 < self.outline.leaves.len()
            || blank_ends && self.blank_follows(leaf)
    }

    fn blank_follows(&self, leaf: &Leaf) -> bool {
        let mut lines = self.doc[leaf.end()..].split('\n').skip(1);
        lines.next().is_some_and(|line| line.trim().is_empty()) && lines.next().is_some()
    }

    /// True if a message that is full at leaf `at` stays as it is. A line of code is final as soon as it is a line.
    fn settled(&self, at: usize, waiting: Option<usize>, until: usize, reach: usize) -> bool {
        let leaf = &self.outline.leaves[at];
        let spoiler_open = waiting.is_some_and(|bar| bar <= leaf.end() && until < bar + reach);
        let code = matches!(leaf.kind, Kind::Fenced(_));
        self.ends != Ends::Open || (code || self.final_leaf(at)) && !spoiler_open
    }

    /// Bars behind this are not certain to be bars.
    fn spoilers_until(&self) -> usize {
        match self.outline.leaves.last() {
            Some(leaf) if leaf.is_inline() && !self.final_leaf(self.outline.leaves.len() - 1) => {
                leaf.rows[0].body.start
            }
            _ => self.doc.len(),
        }
    }
}
