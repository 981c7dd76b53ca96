//! Writes the next message from an outline, and remembers on the way where it could end.
//!
//! It never reads markdown itself, and never looks further than one message.

use unicode_segmentation::GraphemeCursor;

use super::choose::{self, Break, LOWEST, Level, Next};
use super::inline::{Cut, Mark, Span};
use super::outline::{Fence, Kind, Leaf, Outline, Row, Shape};
use super::script::{self, head, units};

/// Marks of containers, or of emphasis around a cut, may take this part of a message; deeper ones are left out.
const SHARE: usize = 4;

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
    pub(super) limit: usize,
    /// List marks stand at the very left: a message loses the spaces it begins with, and one mark alone must not move.
    flush: bool,
    written: Written,
}

/// The message so far.
#[derive(Default)]
struct Written {
    out: String,
    units: usize,
    /// Containers whose mark is in it.
    marked: Vec<bool>,
    breaks: Vec<Break>,
}

/// A row that is being cut: what of the message stands before its body.
#[derive(Clone, Copy)]
struct Base {
    kept: usize,
    units: usize,
}

/// What closes a message at a cut inside a leaf.
struct Closing {
    text: String,
    in_code: bool,
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
        Self { text, outline, spoilers, carried: 0, hidden: false, limit, flush, written }
    }

    /// Writes until the message is full or the text ends.
    pub(super) fn write(mut self) -> Drafted {
        for at in 0..self.outline.leaves.len() {
            let leaf = &self.outline.leaves[at];
            if at > 0 {
                self.block_break(at);
            }
            if matches!(leaf.kind, Kind::Table(_) | Kind::Indented) {
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

    fn choose(&mut self, at: usize, row: &Row, base: Base) -> Break {
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
    fn block_break(&mut self, at: usize) {
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

    /// Closes a spoiler that goes on in the leaf `at`.
    fn block_end(&self, at: usize) -> String {
        let (before, after) = (&self.outline.leaves[at - 1], &self.outline.leaves[at]);
        if !hidden(self.spoilers, before.end(), after.rows[0].body.start) {
            return String::new();
        }
        if before.is_inline() { "||".to_owned() } else { format!("\n{}||", self.quotes(&before.chain)) }
    }

    /// Closes a fence, and a spoiler around it.
    fn fence_end(&self, leaf: &Leaf) -> String {
        let Kind::Fenced(fence) = &leaf.kind else { return String::new() };
        let mut end = format!("\n{}{}", self.indent(&leaf.chain), fence.closer);
        if hidden(self.spoilers, leaf.rows[0].body.start, leaf.end()) {
            end.push_str(&format!("\n{}||", self.quotes(&leaf.chain)));
        }
        end
    }

    /// Notes that the message could end between two lines of a paragraph.
    fn row_break(&mut self, at: usize, before: &Row, after: &Row) {
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
    fn code_break(&mut self, at: usize, before: &Row, after: &Row) {
        let blank = |row: &Row| self.text[row.body.clone()].trim().is_empty();
        let level = if blank(before) || blank(after) { Level::Line } else { Level::CodeLine };
        let total = self.written.units + units(&self.fence_end(&self.outline.leaves[at]));
        let next = Next::Within(at, after.body.start);
        self.note(level, self.written.out.len(), total, before.body.end, next);
    }

    /// Notes where a line of a paragraph can be cut.
    fn word_breaks(&mut self, at: usize, row: &Row, base: Base) {
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
    fn code_words(&mut self, at: usize, row: &Row, base: Base) {
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

    /// What closes the emphasis, code and spoilers a cut goes through; nothing if it may not go there.
    fn closing(&self, leaf: &Leaf, end: usize, next: usize) -> Option<Closing> {
        // At the end of a title, `#` would be taken for its decoration.
        if matches!(leaf.kind, Kind::Title(_)) && self.text[..end].ends_with('#') {
            return None;
        }
        let through = through(self.outline, self.spoilers, leaf, end, next)?;
        let mut closing = Closing { text: String::new(), in_code: false };
        for span in through.iter().rev() {
            if span.kind == Mark::Code {
                closing.in_code = true;
                closing.text.push_str(if self.text[..end].ends_with('`') { " " } else { "" });
            }
            closing.text.push_str(span.mark(self.text));
        }
        (closing.text.len() <= self.limit / SHARE).then_some(closing)
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
    fn indent(&self, chain: &[usize]) -> String {
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
    fn quotes(&self, chain: &[usize]) -> String {
        let quote = |id: &&usize| self.outline.containers[**id].shape == Shape::Quote;
        "> ".repeat(chain.iter().filter(quote).count().min(self.limit / SHARE / 2))
    }
}

/// How many containers two leaves share.
pub(super) fn shared(before: &Leaf, after: &Leaf) -> usize {
    before.chain.iter().zip(&after.chain).take_while(|(before, after)| before == after).count()
}

/// True if a spoiler goes from before `end` to behind `next`.
pub(super) fn hidden(spoilers: &[Span], end: usize, next: usize) -> bool {
    spoilers.iter().any(|span| span.cut(end, next) == Cut::Through)
}

/// The spans a cut goes through, outermost first; nothing if it would leave an empty one.
pub(super) fn through<'a>(
    outline: &'a Outline,
    spoilers: &'a [Span],
    leaf: &Leaf,
    end: usize,
    next: usize,
) -> Option<Vec<&'a Span>> {
    let mut found = Vec::new();
    for span in spoilers.iter().chain(outline.spans(leaf)) {
        match span.cut(end, next) {
            Cut::Beside => {}
            Cut::Through => found.push(span),
            Cut::Mark => return None,
        }
    }
    found.sort_by_key(|span| span.range.start);
    Some(found)
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
