//! Test support: reads messages back and compares what they say with the document they were split from.
//!
//! It shares only the lens with the splitter: blocks, marks and text come from the parser's events.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{lens, walk};

/// What a reader sees of one block without blocks inside.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// `p`, `h2`, `code rust`, `rule`, `item`.
    kind: String,
    /// Quotes and items around it; every item has a number of its own.
    path: Vec<Around>,
    /// What is written, each character with how it is set.
    text: Vec<(char, u8)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Quote,
    Item(usize),
}

const EMPHASIS: u8 = 1;
const STRONG: u8 = 2;
const STRUCK: u8 = 4;
const CODE: u8 = 8;
const LINK: u8 = 16;
const SPOILER: u8 = 32;

#[derive(Default)]
struct Reader {
    leaves: Vec<Read>,
    path: Vec<Around>,
    items: usize,
    /// Leaves there were when each open container began.
    begun: Vec<usize>,
    open: bool,
    style: u8,
    links: Vec<String>,
}

/// Reads `text` block by block.
pub(super) fn read(text: &str) -> Vec<Read> {
    let lens = lens::read(text).text;
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(&lens, walk::options()).into_offset_iter() {
        reader.event(event, &text[range]);
    }
    for leaf in &mut reader.leaves {
        if !leaf.kind.starts_with("code") {
            leaf.text = tidy(&leaf.text);
        }
    }
    reader.leaves
}

/// White space as one space, none at the ends.
fn tidy(text: &[(char, u8)]) -> Vec<(char, u8)> {
    let mut tidy: Vec<(char, u8)> = Vec::new();
    for &(ch, style) in text {
        let ch = if ch.is_whitespace() { ' ' } else { ch };
        // How a space is set nobody sees, and a cut takes it away.
        let style = if ch == ' ' { 0 } else { style };
        if ch != ' ' || tidy.last().is_some_and(|last| last.0 != ' ') {
            tidy.push((ch, style));
        }
    }
    if tidy.last().is_some_and(|last| last.0 == ' ') {
        tidy.pop();
    }
    tidy
}

impl Reader {
    fn event(&mut self, event: Event<'_>, written: &str) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Rule => {
                self.leaf("rule");
                self.open = false;
            }
            Event::Code(shown) => {
                let inner = written.trim_matches('`');
                let shown = if inner.len() == shown.len() { inner } else { &shown };
                self.say(shown, CODE);
            }
            Event::SoftBreak | Event::HardBreak => self.say(" ", 0),
            Event::Text(shown) => self.say(if shown.len() == written.len() { written } else { &shown }, 0),
            _ => self.say(written, 0),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.leaf("p"),
            Tag::Heading { level, .. } => self.leaf(&format!("h{}", level as usize)),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => self.leaf(&format!("code {}", info.trim())),
            Tag::CodeBlock(CodeBlockKind::Indented) => self.leaf("code "),
            Tag::BlockQuote(_) => self.enter(Around::Quote),
            Tag::Item => {
                self.items += 1;
                self.enter(Around::Item(self.items));
            }
            Tag::List(_) => self.open = false,
            Tag::Emphasis => self.style |= EMPHASIS,
            Tag::Strong => self.style |= STRONG,
            Tag::Strikethrough => self.style |= STRUCK,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.style |= LINK;
                self.links.push(dest_url.to_string());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock => self.open = false,
            TagEnd::BlockQuote(_) => self.leave(),
            TagEnd::Item => {
                if self.begun.last() == Some(&self.leaves.len()) {
                    self.leaf("item");
                }
                self.leave();
            }
            // Nested emphasis of one kind is read as one: nobody sees more.
            TagEnd::Emphasis => self.style &= !EMPHASIS,
            TagEnd::Strong => self.style &= !STRONG,
            TagEnd::Strikethrough => self.style &= !STRUCK,
            TagEnd::Link | TagEnd::Image => {
                let address = self.links.pop().unwrap_or_default();
                self.say(&address, 0);
                self.style &= !LINK;
            }
            _ => {}
        }
    }

    fn enter(&mut self, around: Around) {
        self.open = false;
        self.path.push(around);
        self.begun.push(self.leaves.len());
    }

    fn leave(&mut self) {
        self.open = false;
        self.path.pop();
        self.begun.pop();
    }

    fn leaf(&mut self, kind: &str) {
        self.leaves.push(Read { kind: kind.to_owned(), path: self.path.clone(), text: Vec::new() });
        self.open = true;
    }

    /// Takes what is shown. Bars change how it is set instead.
    fn say(&mut self, shown: &str, style: u8) {
        if !self.open {
            self.leaf("p");
        }
        let leaf = self.leaves.last_mut().expect("a leaf was begun above");
        if leaf.kind.starts_with("code") || style == CODE {
            leaf.text.extend(shown.chars().map(|ch| (ch, self.style | style)));
            return;
        }
        for (number, part) in shown.split("||").enumerate() {
            if number > 0 {
                self.style ^= SPOILER;
            }
            leaf.text.extend(part.chars().map(|ch| (ch, self.style)));
        }
    }
}

/// Says where `messages`, read one after the other, differ from `document`; what the splitter's documentation excuses is
/// no difference.
pub(super) fn difference(document: &str, messages: &[String]) -> Option<String> {
    let whole = read(document);
    let mut seen: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut done) = (0, 0);
    for (number, message) in messages.iter().enumerate() {
        let mut pieces = read(message);
        // Bars on a line of their own hold a spoiler around code.
        pieces.retain(|piece| piece.kind != "p" || !piece.text.is_empty());
        for (place, piece) in pieces.iter().enumerate() {
            while whole.get(at).is_some_and(|leaf| leaf.kind == "p" && leaf.text.is_empty()) {
                at += 1;
            }
            let Some(leaf) = whole.get(at) else { return Some(format!("message {number} says more: {piece:?}")) };
            let last = place + 1 == pieces.len();
            if let Some(why) = differs(leaf, piece, done, number, &mut seen) {
                return Some(format!("message {number}, block {place}: {why}\n{leaf:?}\n{piece:?}"));
            }
            match follow(leaf, piece, done, last) {
                Err(why) => return Some(format!("message {number}, block {place}: {why}")),
                Ok(Some(so_far)) => done = so_far,
                Ok(None) => (at, done) = (at + 1, 0),
            }
        }
    }
    let missing = whole[at.min(whole.len())..].iter().find(|leaf| leaf.kind != "p" || !leaf.text.is_empty());
    missing.map(|leaf| format!("not said, from {done}: {leaf:?}"))
}

/// Compares kind and containers. An item whose mark stands in an earlier message is none in a later one.
fn differs(leaf: &Read, piece: &Read, done: usize, message: usize, seen: &mut Vec<(usize, usize)>) -> Option<String> {
    let underlined = leaf.kind.starts_with('h') && (piece.kind == "p" || done > 0);
    let shortened = leaf.kind.len() > 48 && piece.kind.starts_with("code");
    if leaf.kind != piece.kind && !underlined && !shortened {
        return Some(format!("{} became {}", leaf.kind, piece.kind));
    }
    let mut expected = Vec::new();
    for around in &leaf.path {
        if let Around::Item(item) = around {
            if !seen.iter().any(|(known, _)| known == item) {
                seen.push((*item, message));
            }
            if seen.iter().any(|(known, first)| known == item && *first < message) {
                continue;
            }
        }
        expected.push(matches!(around, Around::Quote));
    }
    let found: Vec<bool> = piece.path.iter().map(|around| matches!(around, Around::Quote)).collect();
    (expected != found).then(|| format!("containers (true is a quote): {expected:?} became {found:?}"))
}

/// Compares text from `done` on. Gives how much is done, or nothing if the leaf is complete.
fn follow(leaf: &Read, piece: &Read, done: usize, last: bool) -> Result<Option<usize>, String> {
    let code = leaf.kind.starts_with("code");
    let mut left = &leaf.text[done..];
    if !code && left.first().is_some_and(|first| first.0 == ' ') {
        left = &left[1..];
    }
    let mut text = piece.text.as_slice();
    // The line feed that closes a piece of code may stand inside a line that was longer than a message.
    if code && !left.starts_with(text) && text.last().is_some_and(|end| end.0 == '\n') {
        text = &text[..text.len() - 1];
    }
    if !left.starts_with(text) {
        let same = left.iter().zip(text).take_while(|(left, right)| left == right).count();
        let near = |text: &[(char, u8)]| text[same.min(text.len())..].iter().take(40).copied().collect::<Vec<_>>();
        return Err(format!("after {}: {:?} became {:?}", done + same, near(left), near(text)));
    }
    let so_far = leaf.text.len() - left.len() + text.len();
    let rest = &leaf.text[so_far..];
    let complete = rest.is_empty() || code && rest.iter().all(|(ch, _)| *ch == '\n');
    match (complete, last) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(so_far)),
        (false, false) => Err(format!("not all of it is said: {leaf:?}")),
    }
}

/// Everything visible, without white space and without the characters marks are made of.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_whitespace() && !"*_~|`>#\\-+=".contains(*ch)).collect()
}
