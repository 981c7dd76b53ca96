//! The parser's view of a text, turned into what can be cut: leaf blocks, their lines, and the containers around them.
//!
//! It never copies text: everything is a range of the text it was read from.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use super::inline::{Inlines, Span};
use super::lens;
use super::place::Place;
use super::script::{head, units};
use super::table::Table;

/// Longer info strings are shortened to their first word: they come back in every message the fence goes through.
const LONGEST_INFO: usize = 48;

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

/// The parser's options: what Discord shows of GitHub's extensions, and tables, which it does not.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// Reads `text`, whose first `carried` bytes reopen what earlier messages left open.
pub(super) fn read(text: &str, carried: usize) -> Outline {
    let reading = lens::read(text);
    let mut walk =
        Walk { text, carried, outline: Outline::default(), chain: Vec::new(), lists: Vec::new(), open: None };
    walk.outline.inlines.whole = reading.whole;
    for (event, range) in Parser::new_ext(&reading.text, options()).into_offset_iter() {
        walk.event(event, range);
    }
    walk.close();
    walk.outline.inlines.arrange();
    walk.outline
}

/// A leaf whose end is not seen yet.
struct Open {
    kind: Kind,
    range: Range<usize>,
    spans: usize,
    /// Tight list items hold text without a paragraph around it; it ends where anything else begins.
    implied: bool,
}

struct Walk<'a> {
    text: &'a str,
    carried: usize,
    outline: Outline,
    chain: Vec<usize>,
    /// For every open container, how many leaves there were when it began.
    lists: Vec<usize>,
    open: Option<Open>,
}

impl Walk<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if let Some(Open { kind: Kind::Table(table), .. }) = &mut self.open {
            if table.event(self.text, &event, range) {
                return;
            }
            return self.close();
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Rule => self.leaf(Kind::Rule, range),
            Event::Text(_) if self.in_code() => {}
            event => {
                self.inline(range.clone());
                self.outline.inlines.event(self.text, &event, range);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin(Kind::Text, range, false),
            Tag::Heading { level, .. } => self.begin(self.title(level, range.start), range, false),
            Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(_)) => {
                let fence = self.fence(&range);
                self.begin(Kind::Fenced(fence), range, false);
            }
            Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented) => self.begin(Kind::Indented, range, false),
            Tag::Table(align) => self.begin(Kind::Table(Table::new(align)), range, false),
            Tag::BlockQuote(_) => self.enter(Shape::Quote, range.start),
            Tag::Item => self.enter_item(range.start),
            Tag::List(_) => self.close(),
            tag => {
                self.inline(range.clone());
                self.outline.inlines.start(self.text, &tag, range);
            }
        }
    }

    fn end(&mut self, tag: pulldown_cmark::TagEnd, range: Range<usize>) {
        use pulldown_cmark::TagEnd;
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock => self.close(),
            TagEnd::Item => {
                self.close();
                if self.lists.last() == Some(&self.outline.leaves.len()) {
                    let mark = self.text[range.start..].find(char::is_whitespace).unwrap_or(0);
                    self.leaf(Kind::Empty, range.start..range.start + mark);
                }
                self.leave();
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.leave();
            }
            _ => {}
        }
    }

    fn in_code(&self) -> bool {
        matches!(self.open, Some(Open { kind: Kind::Fenced(_) | Kind::Indented, .. }))
    }

    fn title(&self, level: HeadingLevel, start: usize) -> Kind {
        if self.text[start..].starts_with('#') {
            return Kind::Title(format!("{} ", "#".repeat(level as usize)));
        }
        Kind::Underlined
    }

    fn fence(&self, range: &Range<usize>) -> Fence {
        let line = self.text[range.clone()].lines().next().unwrap_or_default();
        let mark = line.chars().next().unwrap_or('`');
        let run = &line[..line.len() - line.trim_start_matches(mark).len()];
        let info = line[run.len()..].trim();
        let word = info.split_whitespace().next().unwrap_or_default();
        let info = if units(info) > LONGEST_INFO { &word[..head(word, LONGEST_INFO)] } else { info };
        let line_start = line_start(self.text, range.start);
        // Its own indentation, at most three columns, without that of the containers.
        let (place, _) = self.strip(line_start, &self.chain);
        let indent = place.indent(self.text).min(3);
        Fence { opener: format!("{run}{info}"), closer: run.to_owned(), indent, closed: false }
    }

    fn begin(&mut self, kind: Kind, range: Range<usize>, implied: bool) {
        self.close();
        self.open = Some(Open { kind, range, spans: self.outline.inlines.spans.len(), implied });
    }

    /// Makes sure that inline content has a leaf to be in.
    fn inline(&mut self, range: Range<usize>) {
        match &mut self.open {
            Some(open) if open.implied => open.range.end = open.range.end.max(range.end),
            Some(_) => {}
            None => self.begin(Kind::Text, range, true),
        }
    }

    fn leaf(&mut self, kind: Kind, range: Range<usize>) {
        self.begin(kind, range, false);
        self.close();
    }

    fn enter(&mut self, shape: Shape, start: usize) {
        self.close();
        let line = line_start(self.text, start);
        self.chain.push(self.outline.containers.len());
        self.outline.containers.push(Container { shape, carried: start < self.carried, line });
        self.lists.push(self.outline.leaves.len());
    }

    fn enter_item(&mut self, start: usize) {
        self.close();
        let (mut place, _) = self.strip(line_start(self.text, start), &self.chain);
        let mark = place.item(self.text).unwrap_or_else(|| "- ".to_owned());
        self.enter(Shape::Item(mark), start);
    }

    fn leave(&mut self) {
        self.chain.pop();
        self.lists.pop();
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        // A placeholder: what carries it over is not said again.
        if open.range.end <= self.carried && matches!(open.kind, Kind::Title(_)) {
            return;
        }
        let rows = self.rows(&open);
        let blanks = self.blanks(&open);
        let spans = open.spans..self.outline.inlines.spans.len();
        let mut leaf = Leaf { kind: open.kind, chain: self.chain.clone(), rows, spans, blanks };
        if let (Kind::Fenced(fence), [_, .., last]) = (&mut leaf.kind, leaf.rows.as_slice()) {
            let (place, _) = self.strip(line_start(self.text, last.body.start), &self.chain);
            fence.closed = place.indent(self.text) < 4 && fence.is_closed_by(&self.text[last.body.clone()]);
        }
        self.outline.leaves.push(leaf);
    }

    fn rows(&self, open: &Open) -> Vec<Row> {
        let inside = self.text[open.range.clone()].trim_end();
        let end = open.range.start + inside.len();
        let mut rows = Vec::new();
        let mut at = line_start(self.text, open.range.start);
        loop {
            let line_end = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
            let (mut place, depth) = self.strip(at, &self.chain);
            match &open.kind {
                Kind::Indented => place.skip(self.text, 4),
                Kind::Fenced(fence) => place.skip(self.text, fence.indent),
                _ => {}
            }
            rows.push(Row { body: place.byte.min(line_end)..line_end, pad: place.owed, depth });
            at = line_end + 1;
            if at >= end {
                return rows;
            }
        }
    }

    /// Blank source lines between the leaf before and this one, or the mark of the first container around it that is new.
    fn blanks(&self, open: &Open) -> usize {
        let Some(before) = self.outline.leaves.last() else { return 0 };
        let end = before.end();
        let new = self.chain.iter().map(|id| self.outline.containers[*id].line).find(|line| *line > end);
        let start = line_start(self.text, open.range.start).min(new.unwrap_or(usize::MAX));
        let lines = self.text.get(end..start).map_or(0, |gap| gap.bytes().filter(|byte| *byte == b'\n').count());
        lines.saturating_sub(1)
    }

    /// Reads the marks of `chain` on the line that starts at `line`. Returns where they end and how many are there.
    fn strip(&self, line: usize, chain: &[usize]) -> (Place, usize) {
        self.outline.strip(self.text, line, chain)
    }
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
