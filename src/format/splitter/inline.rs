//! What runs inside a paragraph: emphasis and spoilers, which a cut closes and reopens, and what no cut goes through.
//!
//! It never decides where to cut.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};

/// Something that opens and closes around text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: Mark,
    /// From the first byte of the opening mark to the last of the closing one.
    pub(super) range: Range<usize>,
    /// Length of each mark. A spoiler carried over from an earlier message has an opening mark of none.
    open: usize,
    close: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Emphasis,
    Code,
    Spoiler,
}

impl Span {
    /// The mark as written.
    pub(super) fn mark<'a>(&self, text: &'a str) -> &'a str {
        match self.kind {
            Mark::Spoiler => "||",
            _ => &text[self.range.start..self.range.start + self.open],
        }
    }

    /// What a cut from `end` to `next` does to it.
    pub(super) fn cut(&self, end: usize, next: usize) -> Cut {
        if self.range.end <= end || self.range.start >= next {
            return Cut::Beside;
        }
        let inner = self.range.start + self.open..self.range.end - self.close;
        if (self.open == 0 || inner.start < end) && next < inner.end {
            return Cut::Through;
        }
        Cut::Mark
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Beside,
    /// There is something of it on both sides: it can be closed and reopened.
    Through,
    /// It would leave a mark with nothing in it, or cut a mark.
    Mark,
}

#[derive(Debug, Default)]
pub(super) struct Inlines {
    /// In order of where they begin; a leaf's stand together.
    pub(super) spans: Vec<Span>,
    /// Links, mentions, entities: never cut, if they fit a message at all. In order, not nested.
    pub(super) whole: Vec<Range<usize>>,
    /// Where `||` stands in running text.
    bars: Vec<usize>,
}

impl Inlines {
    /// Takes note of an inline event that is not a beginning or an end.
    pub(super) fn event(&mut self, text: &str, event: &Event<'_>, range: Range<usize>) {
        let written = &text[range.clone()];
        match event {
            Event::Code(_) => {
                let ticks = written.len() - written.trim_start_matches('`').len();
                self.spans.push(Span { kind: Mark::Code, range, open: ticks, close: ticks });
            }
            Event::Text(shown) if shown.len() != written.len() => self.whole.push(range),
            Event::Text(_) => self.find_bars(text, range),
            Event::InlineHtml(_) | Event::Html(_) => self.whole.push(range),
            _ => {}
        }
    }

    /// Takes note of the beginning of emphasis, a link or an image.
    pub(super) fn start(&mut self, text: &str, tag: &Tag<'_>, range: Range<usize>) {
        let length = match tag {
            Tag::Emphasis => 1,
            Tag::Strong => 2,
            Tag::Strikethrough if text[range.clone()].starts_with("~~") => 2,
            Tag::Strikethrough => 1,
            _ => return self.whole.push(range),
        };
        self.spans.push(Span { kind: Mark::Emphasis, range, open: length, close: length });
    }

    /// Two or three bars in a row are a mark; the fourth would make it the end of one spoiler and the start of the next.
    fn find_bars(&mut self, text: &str, range: Range<usize>) {
        let written = &text.as_bytes()[range.clone()];
        let mut at = 0;
        while let Some(found) = written[at..].iter().position(|byte| *byte == b'|') {
            at += found;
            let run = written[at..].iter().take_while(|byte| **byte == b'|').count();
            let escaped = at == 0 && range.start > 0 && text.as_bytes()[range.start - 1] == b'\\';
            let (from, run_left) = if escaped { (at + 1, run - 1) } else { (at, run) };
            if matches!(run_left, 2 | 3) {
                self.bars.push(range.start + from);
            }
            at += run;
        }
    }

    pub(super) fn arrange(&mut self) {
        self.whole.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        self.whole.retain(|range| {
            let outer = range.end > end;
            end = end.max(range.end);
            outer
        });
    }

    /// Pairs the bars before `until`: with `open`, the first closes a spoiler from an earlier message. A bar whose partner
    /// is further away than `reach` bytes is only a bar. Also returns the bar that still waits for its partner.
    pub(super) fn spoilers(&self, open: bool, reach: usize, until: usize) -> (Vec<Span>, Option<usize>) {
        let mut pairs = Vec::new();
        let mut bars = self.bars.iter().copied().take_while(|bar| *bar < until).peekable();
        if open {
            let end = bars.next().map_or(usize::MAX, |bar| bar + 2);
            pairs.push(Span { kind: Mark::Spoiler, range: 0..end, open: 0, close: 2.min(end) });
        }
        while let Some(bar) = bars.next() {
            match bars.peek() {
                None => return (pairs, Some(bar)),
                Some(partner) if partner - bar <= reach => {
                    pairs.push(Span { kind: Mark::Spoiler, range: bar..partner + 2, open: 2, close: 2 });
                    bars.next();
                }
                Some(_) => {}
            }
        }
        (pairs, None)
    }

    /// The whole thing that a cut from `end` to `next` would go through.
    pub(super) fn whole_at(&self, end: usize, next: usize) -> Option<&Range<usize>> {
        let after = self.whole.partition_point(|range| range.start < next);
        let range = self.whole[..after].last()?;
        (range.end > end).then_some(range)
    }
}
