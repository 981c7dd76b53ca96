//! Makes text from people and models harmless: for a terminal, and for a markdown file that others read.
//! It never judges words; it takes out or escapes what programs would act upon.

use std::borrow::Cow;

use super::fence::Fence;

/// An invisible character that keeps a mention from being one.
const BREAK: char = '\u{200b}';

/// Takes out everything a terminal would act upon: escape sequences whole, control characters other than line feed
/// and tab, and the characters that turn the direction of text around. Joiners of emoji and scripts stay.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(TerminalFilter::default().push(text))
}

/// [`terminal`] for a stream: copes with a sequence that is cut between two pieces.
#[derive(Clone, Debug, Default)]
pub struct TerminalFilter {
    place: Place,
}

/// Where in an escape sequence (ECMA-48) the text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate character.
    Intermediate,
    /// Within CSI.
    Control,
    /// Within OSC, DCS, SOS, PM or APC: until BEL or ST. A line feed ends it too, so that an unfinished one swallows
    /// no more than its line.
    Payload,
}

impl TerminalFilter {
    /// Takes the next piece and gives back what is harmless of it.
    pub fn push(&mut self, text: &str) -> String {
        text.chars().filter(|&c| self.shows(c)).collect()
    }

    /// Steps over one character; true when it is to be shown.
    fn shows(&mut self, c: char) -> bool {
        let (next, shown) = match (self.place, c) {
            (Place::Payload, '\u{7}' | '\u{18}' | '\u{1a}' | '\u{9c}') => (Place::Text, false),
            (_, '\u{1b}') => (Place::Escape, false),
            (Place::Payload, '\n') => (Place::Text, true),
            (Place::Payload, _) => (Place::Payload, false),
            (_, '\u{9b}') | (Place::Escape, '[') => (Place::Control, false),
            (_, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') | (Place::Escape, 'P' | 'X' | ']' | '^' | '_') => {
                (Place::Payload, false)
            }
            (Place::Escape | Place::Intermediate, ' '..='/') => (Place::Intermediate, false),
            (Place::Escape | Place::Intermediate, '0'..='~') => (Place::Text, false),
            (Place::Control, ' '..='?') => (Place::Control, false),
            (Place::Control, '@'..='~') => (Place::Text, false),
            _ => (Place::Text, !acts(c)),
        };
        self.place = next;
        shown
    }
}

/// Whether a terminal acts upon a character instead of showing it.
fn acts(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    control || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes text so that markdown shows it letter by letter: no emphasis, code, link, list, heading, quote, HTML,
/// block id, wikilink or mention comes of it. Lines stay lines, without blanks at their ends.
pub fn markdown(text: &str) -> String {
    let safe = terminal(text);
    safe.lines().map(|line| markdown_line(line.trim())).collect::<Vec<_>>().join("\n")
}

fn markdown_line(line: &str) -> String {
    let line = break_mentions(line);
    let mut out = String::with_capacity(line.len() + 8);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    for (at, c) in line.char_indices() {
        let leads = at == 0 && matches!(c, '+' | '-' | '=' | ':');
        let counts = at == digits && digits > 0 && matches!(c, '.' | ')');
        // Highlights and comments begin with a doubled character; a single one reads better bare.
        let doubled = matches!(c, '=' | '%') && (line[..at].ends_with(c) || line[at + 1..].starts_with(c));
        if leads || counts || doubled || "\\`*_~[]<>|#^$&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Makes text of whoever wrote it fit for a message that stays markdown: nobody and nothing is mentioned by it, and
/// nothing in it acts upon whoever shows it.
pub fn mentions(text: &str) -> String {
    break_mentions(&terminal(text)).into_owned()
}

/// Breaks Discord's mentions, also those of channels and commands, custom emoji and timestamps with an invisible
/// character.
fn break_mentions(text: &str) -> Cow<'_, str> {
    if !text.contains(['@', '<']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        out.push(c);
        let rest = &text[at + c.len_utf8()..];
        let begins = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let angle = || ["@", "#", ":", "a:", "t:", "id:"].iter().any(|mark| begins(mark));
        if (c == '@' && (begins("everyone") || begins("here"))) || (c == '<' && (angle() || is_command(rest))) {
            out.push(BREAK);
        }
    }
    Cow::Owned(out)
}

/// Whether what follows a `<` makes a button of it that offers a command: `/name:id>`. A closing tag has no id.
fn is_command(rest: &str) -> bool {
    let inside = rest.strip_prefix('/').and_then(|rest| rest.split_once('>')).map(|(inside, _)| inside);
    inside
        .and_then(|inside| inside.rsplit_once(':'))
        .is_some_and(|(name, id)| !name.is_empty() && !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Makes a game master's markdown safe to stand in a file: it stays markdown, but mentions are broken, HTML is text,
/// a line's end is no block id, and an open code fence is closed.
pub fn defang(text: &str) -> String {
    let safe = terminal(text);
    let whole = escape_html(&break_mentions(&safe));
    let mut out = String::with_capacity(whole.len() + 8);
    let mut fence: Option<Fence> = None;
    for line in whole.lines() {
        match &fence {
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opened_by(line),
        }
        match block_id(line).filter(|_| fence.is_none()) {
            Some(at) => out.extend([&line[..at], "\\", &line[at..]]),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    if let Some(open) = fence {
        out.push_str(&open.closing());
    }
    out.trim_end().to_owned()
}

/// Where a line's block id (`^e1042` at its end) begins, if it has one.
pub(crate) fn block_id(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let at = line.rfind('^')?;
    let id = &line[at + 1..];
    let named = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let apart = at == 0 || line[..at].ends_with([' ', '\t']);
    (named && apart).then_some(at)
}

/// Turns HTML into text. Escaping one tag can uncover the next, so it looks again until nothing is left.
fn escape_html(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let tags = html_starts(&text);
        if tags.is_empty() {
            return text;
        }
        for at in tags.into_iter().rev() {
            text.replace_range(at..=at, "&lt;");
        }
    }
    text.replace('<', "&lt;")
}

/// Where a markdown reader sees the `<` of a tag, comment or declaration, in order.
fn html_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    for (event, range) in pulldown_cmark::Parser::new(text).into_offset_iter() {
        if matches!(event, pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_)) {
            starts.extend(text[range.clone()].match_indices('<').map(|(at, _)| range.start + at));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

#[cfg(test)]
mod tests;
