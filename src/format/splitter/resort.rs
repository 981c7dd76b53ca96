//! Decides where a full message ends: at a good break, or where it hurts least.
//!
//! It never ends a message inside something whole that would fit one of its own.

use unicode_segmentation::GraphemeCursor;

use super::choose::{self, Break, Level, Next};
use super::draft::{Base, Draft};
use super::outline::{Kind, Leaf, Row};
use super::script::{head, units};

impl Draft<'_> {
    pub(super) fn choose(&mut self, at: usize, row: &Row, base: Base) -> Break {
        let leaf = &self.outline.leaves[at];
        if let (Kind::Fenced(_), true) = (&leaf.kind, row.body.start != leaf.rows[0].body.start) {
            self.code_words(at, row, base);
        }
        let breaks = &self.written.breaks;
        if let Some(good) = choose::good(breaks, self.limit) {
            return good.clone();
        }
        let half = |found: &Break| found.units * 2 >= self.limit;
        if let Some(found) = choose::last(breaks, Level::CodeWord).filter(|found| half(found)) {
            return found.clone();
        }
        let between = self.cut_word(at, row, base, Level::Grapheme);
        if let Some(found) = between.clone().filter(half) {
            return found;
        }
        let inside = self.cut_word(at, row, base, Level::Inside);
        let hopeless = inside.as_ref().is_some_and(|found| self.longer_than_a_message(found.end));
        let rest = if hopeless { [inside, None, between] } else { [choose::any(breaks).cloned(), between, inside] };
        let code_word = choose::last(breaks, Level::CodeWord).cloned();
        rest.into_iter().flatten().next().or(code_word).unwrap_or_else(|| self.cut_anywhere(at, row, base))
    }

    fn longer_than_a_message(&self, at: usize) -> bool {
        let whole = self.outline.inlines.whole_at(at, at);
        whole.is_some_and(|range| units(&self.text[range.clone()]) > self.limit)
    }

    /// The last place in a row between two graphemes where the message could end.
    fn cut_word(&self, at: usize, row: &Row, base: Base, level: Level) -> Option<Break> {
        let leaf = &self.outline.leaves[at];
        if matches!(leaf.kind, Kind::Fenced(_)) && row.body.start == leaf.rows[0].body.start {
            return None;
        }
        let body = &self.text[row.body.clone()];
        let most = head(body, self.limit.saturating_sub(base.units));
        let mut cursor = GraphemeCursor::new(most, body.len(), true);
        let mut offset =
            if cursor.is_boundary(body, 0).ok()? { most } else { cursor.prev_boundary(body, 0).ok()?? };
        while offset > 0 {
            let cut = row.body.start + offset;
            if cut <= self.carried {
                return None;
            }
            let total = base.units + units(&body[..offset]);
            if offset < body.len()
                && let Some(closing) = self.word_end(leaf, cut, level)
                && total + closing <= self.limit
            {
                let next = Next::Within(at, cut);
                return Some(Break { level, kept: base.kept + offset, units: total + closing, end: cut, next });
            }
            offset = cursor.prev_boundary(body, 0).ok()??;
        }
        None
    }

    /// Units that close the message at a cut in the middle of a word, if it may be cut there.
    fn word_end(&self, leaf: &Leaf, cut: usize, level: Level) -> Option<usize> {
        if !leaf.is_inline() {
            return Some(units(&self.fence_end(leaf)));
        }
        let bare = |ch: char| ch.is_whitespace() || ch == '\\';
        if self.text[..cut].ends_with(bare) || self.text[cut..].starts_with(char::is_whitespace) {
            return None;
        }
        let closing = self.closing(leaf, cut, cut)?;
        let whole = closing.in_code || self.outline.inlines.whole_at(cut, cut).is_some();
        (level == Level::Inside || !whole).then(|| units(&closing.text))
    }

    /// When nothing else is left: what fits, be it half a grapheme.
    fn cut_anywhere(&self, at: usize, row: &Row, base: Base) -> Break {
        let leaf = &self.outline.leaves[at];
        let body = &self.text[row.body.clone()];
        let skip = self.carried.saturating_sub(row.body.start).min(body.len());
        let room = self.limit.saturating_sub(base.units + units(&self.fence_end(leaf)));
        let one = body[skip..].chars().next().map_or(0, char::len_utf8);
        let offset = head(body, room).max(skip + one);
        let cut = row.body.start + offset;
        Break {
            level: Level::Inside,
            kept: base.kept + offset,
            units: self.limit,
            end: cut,
            next: Next::Within(at, cut),
        }
    }
}
