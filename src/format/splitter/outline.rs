//! What can be cut: leaf blocks, their lines, and the containers around them.
//!
//! It never copies text: what is not a mark is a range of the text it was read from.

use std::ops::Range;

use super::inline::{Inlines, Span};
use super::place::Place;
use super::table::Table;

/// A block quote or a list item.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) shape: Shape,
    /// It began in an earlier message and stands in the text only so that the parser sees it.
    pub(super) carried: bool,
    /// Where the line with its mark begins.
    pub(super) line: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Quote,
    /// The mark as written, with the spaces around it: as wide as its content is indented.
    Item(String),
}

/// A block that contains no blocks.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) kind: Kind,
    /// The containers around it, outermost first.
    pub(super) chain: Vec<usize>,
    pub(super) rows: Vec<Row>,
    /// Which of the outline's spans are in it.
    pub(super) spans: Range<usize>,
    /// Blank lines before it, not counting those above the first block.
    pub(super) blanks: usize,
}

#[derive(Debug)]
pub(super) enum Kind {
    Text,
    /// `## title`, with `## ` as its data.
    Title(String),
    /// A title whose last row is the line under it.
    Underlined,
    Fenced(Fence),
    Indented,
    Table(Table),
    Rule,
    /// A list item with nothing in it.
    Empty,
}

#[derive(Debug, Clone)]
pub(super) struct Fence {
    pub(super) opener: String,
    pub(super) closer: String,
    /// Columns it stands to the right. As many are no part of its lines; messages are written without.
    pub(super) indent: usize,
    /// Its last row is the closing fence.
    pub(super) closed: bool,
}

/// One line of a leaf.
#[derive(Debug)]
pub(super) struct Row {
    /// What is left of the line after its containers' marks, without the line feed.
    pub(super) body: Range<usize>,
    /// Spaces before the body that came out of a tab.
    pub(super) pad: usize,
    /// How many of the leaf's containers are marked on this line; a lazy line leaves some out.
    pub(super) depth: usize,
}

impl Fence {
    /// True if `line` closes it, but for its indentation: as long a run or longer, nothing after it.
    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        let mark = self.closer.chars().next().unwrap_or('`');
        line.len() >= self.closer.len() && line.chars().all(|ch| ch == mark)
    }
}

impl Leaf {
    /// True if emphasis, links and spoilers live in it.
    pub(super) fn is_inline(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Title(_) | Kind::Underlined)
    }

    pub(super) fn is_title(&self) -> bool {
        matches!(self.kind, Kind::Title(_) | Kind::Underlined)
    }

    pub(super) fn end(&self) -> usize {
        self.rows.last().map_or(0, |row| row.body.end)
    }
}

#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) containers: Vec<Container>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) inlines: Inlines,
}

impl Outline {
    /// Reads the marks of `chain` on the line that starts at `line`. Returns where they end and how many are there.
    pub(super) fn strip(&self, text: &str, line: usize, chain: &[usize]) -> (Place, usize) {
        let mut place = Place::line_start(line);
        for (depth, id) in chain.iter().enumerate() {
            let container = &self.containers[*id];
            let found = match &container.shape {
                Shape::Quote => place.quote(text),
                Shape::Item(_) if container.line == line => place.item(text).is_some(),
                Shape::Item(mark) => {
                    let inside = place.indent(text) >= mark.len() || place.at_blank(text);
                    if inside {
                        place.skip(text, mark.len());
                    }
                    inside
                }
            };
            if !found {
                return (place, depth);
            }
        }
        (place, chain.len())
    }

    /// The spans of a leaf, outermost first.
    pub(super) fn spans(&self, leaf: &Leaf) -> &[Span] {
        &self.inlines.spans[leaf.spans.clone()]
    }
}

/// Where the line that `at` stands in begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |feed| feed + 1)
}
