//! Notes the places where the message that is being written could end.
//!
//! It never chooses among them.

use unicode_segmentation::GraphemeCursor;

use super::choose::{Break, LOWEST, Level, Next};
use super::draft::{Base, Draft};
use super::ending::shared;
use super::outline::{Kind, Leaf, Row, Shape};
use super::script::{self, head, units};

impl Draft<'_> {
    fn note(&mut self, level: Level, kept: usize, units: usize, end: usize, next: Next) {
        let goes_on = match next {
            Next::Leaf(at) => self.outline.leaves[at].rows[0].body.start,
            Next::Within(_, byte) => byte,
        };
        if units <= self.limit && goes_on > self.carried && kept > 0 {
            self.written.breaks.push(Break { level, kept, units, end, next });
        }
    }

    /// Notes that the message could end before leaf `at`.
    pub(super) fn block_break(&mut self, at: usize) {
        let (before, after) = (&self.outline.leaves[at - 1], &self.outline.leaves[at]);
        let kept = self.written.out.trim_end().len();
        let units = self.written.units + units(&self.block_end(at));
        self.note(self.block_level(before, after), kept, units, before.end(), Next::Leaf(at));
    }

    fn block_level(&self, before: &Leaf, after: &Leaf) -> Level {
        let items = |chain: &[usize]| {
            chain.iter().filter(|id| matches!(self.outline.containers[**id].shape, Shape::Item(_))).count()
        };
        let inside = items(&before.chain[..shared(before, after)]);
        let rule = matches!(before.kind, Kind::Rule) || matches!(after.kind, Kind::Rule);
        if before.is_title() {
            Level::AfterTitle
        } else if inside == 0 && (rule || after.is_title()) {
            Level::Section
        } else if !matches!(after.kind, Kind::Text) && self.text[..before.end()].trim_end().ends_with(':') {
            Level::Clause
        } else if inside > 0 {
            Level::Inner
        } else if items(&before.chain) > 0 && items(&after.chain) > 0 {
            Level::Item
        } else {
            Level::Block
        }
    }

    /// Notes that the message could end between two lines of a paragraph.
    pub(super) fn row_break(&mut self, at: usize, before: &Row, after: &Row) {
        let leaf = &self.outline.leaves[at];
        let line = &self.text[before.body.clone()];
        let bare = without_break(line);
        let next = after.body.start + indent(&self.text[after.body.clone()]);
        let end = before.body.start + bare.len();
        let Some(closing) = self.closing(leaf, end, next) else { return };
        let level = match () {
            () if closing.in_code => Level::CodeWord,
            () if script::ends_sentence(bare) => Level::Line,
            () => Level::Clause,
        };
        let over = line.len() - bare.len();
        let total = self.written.units - over + units(&closing.text);
        self.note(level, self.written.out.len() - over, total, end, Next::Within(at, next));
    }

    /// Notes that the message could end between two lines of code.
    pub(super) fn code_break(&mut self, at: usize, before: &Row, after: &Row) {
        let blank = |row: &Row| self.text[row.body.clone()].trim().is_empty();
        let level = if blank(before) || blank(after) { Level::Line } else { Level::CodeLine };
        let total = self.written.units + units(&self.fence_end(&self.outline.leaves[at]));
        let next = Next::Within(at, after.body.start);
        self.note(level, self.written.out.len(), total, before.body.end, next);
    }

    /// Notes where a line of a paragraph can be cut.
    pub(super) fn word_breaks(&mut self, at: usize, row: &Row, base: Base) {
        let leaf = &self.outline.leaves[at];
        let body = &self.text[row.body.clone()];
        let mut total = base.units;
        let mut before: Option<char> = None;
        let mut chars = body.char_indices().peekable();
        while let Some((offset, ch)) = chars.next() {
            let (end, so_far, mut next) = (offset, total, offset);
            total += ch.len_utf16();
            if so_far > self.limit {
                return;
            }
            if ch.is_whitespace() {
                next += ch.len_utf8();
                while let Some((_, space)) = chars.next_if(|(_, ch)| ch.is_whitespace()) {
                    total += space.len_utf16();
                    next += space.len_utf8();
                }
            } else if !before.is_some_and(|before| breaks_between(body, offset, before, ch)) {
                before = Some(ch);
                continue;
            }
            before = Some(ch);
            if end > 0 && boundary(body, next) && so_far * 100 >= self.limit * LOWEST {
                let base = Base { kept: base.kept + end, units: so_far };
                self.word_break(at, leaf, base, row.body.start + end, row.body.start + next);
            }
        }
    }

    fn word_break(&mut self, at: usize, leaf: &Leaf, base: Base, end: usize, next: usize) {
        if self.outline.inlines.whole_at(end, next).is_some() {
            return;
        }
        let Some(closing) = self.closing(leaf, end, next) else { return };
        let (before, after) = (&self.text[..end], &self.text[next..]);
        let goes_on = end < next && after.starts_with(|ch: char| ch.is_ascii_lowercase());
        let level = match () {
            () if closing.in_code => Level::CodeWord,
            () if script::ends_sentence(before) && !goes_on => Level::Sentence,
            () if script::ends_clause(before) => Level::Clause,
            () => Level::Word,
        };
        self.note(level, base.kept, base.units + units(&closing.text), end, Next::Within(at, next));
    }

    /// Notes where a line of code can be cut: after a space, which stays.
    pub(super) fn code_words(&mut self, at: usize, row: &Row, base: Base) {
        let end = units(&self.fence_end(&self.outline.leaves[at]));
        let body = &self.text[row.body.clone()];
        let room = self.limit.saturating_sub(base.units + end);
        let line = &body[..head(body, room)];
        if let Some(space) = line.rfind(' ').filter(|space| line.len() < body.len() && space + 1 < body.len()) {
            let cut = row.body.start + space + 1;
            let total = base.units + units(&line[..=space]) + end;
            self.note(Level::CodeWord, base.kept + space + 1, total, cut, Next::Within(at, cut));
        }
    }
}

/// True if a line may break before the character at `offset` although no space is there.
fn breaks_between(body: &str, offset: usize, before: char, ch: char) -> bool {
    (script::unspaced(before) || script::unspaced(ch))
        && !script::never_first(ch)
        && !script::never_last(before)
        && !"\\*_~|`".contains(before)
        && boundary(body, offset)
}

/// True if `offset` is in the text and in no grapheme: a mark can be put on a space, too.
fn boundary(text: &str, offset: usize) -> bool {
    let plain = text.as_bytes().get(offset).is_some_and(u8::is_ascii_alphanumeric);
    plain || offset < text.len() && GraphemeCursor::new(offset, text.len(), true).is_boundary(text, 0).unwrap_or(false)
}

/// A line without what makes a hard break at its end: spaces, or a backslash.
fn without_break(line: &str) -> &str {
    let bare = line.trim_end();
    let slashes = bare.len() - bare.trim_end_matches('\\').len();
    if slashes % 2 == 1 { bare[..bare.len() - 1].trim_end() } else { bare }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
