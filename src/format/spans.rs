//! Reads a game master's markdown: the title on its first line, and who speaks in which paragraph.
//! It never drops a word and never decides how a voice is shown.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::escape;
use super::fence::Fence;
use crate::domain::{Reply, Span};

/// The longest title that is kept, in characters.
pub const TITLE_CHARS: usize = 80;
/// A first line longer than this many bytes is no title, whatever it begins with.
const TITLE_LINE_BYTES: usize = 400;
/// The longest name of a speaker, in characters.
const NAME_CHARS: usize = 40;

/// How a reply is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// A story: `# Title` on the first line names the scene, `**Name:**` begins a character's paragraph.
    Narrative,
    /// Work on files: the text is one span as it stands.
    Plain,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReply {
    /// The scene's title, if the text began with one.
    pub title: Option<String>,
    /// Who says what.
    pub reply: Reply,
}

/// Reads `text` as a reply. Reading `reply.to_markdown()` again gives the same reply.
pub fn read(text: &str, reading: Reading) -> ReadReply {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (title, body) = match reading {
        Reading::Narrative => split_title(&text),
        Reading::Plain => (None, text),
    };
    let mut spans = Spans::default();
    match reading {
        Reading::Narrative => spans.read(&body),
        Reading::Plain => spans.narration.push_str(&body),
    }
    ReadReply { title, reply: spans.finish() }
}

/// Hides a title line from a stream of text, also while it is still coming.
///
/// For doors that show text as it arrives: [`read`] takes the title out of the whole text at the end.
#[derive(Debug, Default)]
pub struct TitleGate {
    held: String,
    open: bool,
    skip_blank: bool,
}

impl TitleGate {
    /// Takes the next piece of the text and gives back what may be shown now.
    pub fn push(&mut self, delta: &str) -> String {
        if self.open {
            return self.past_title(delta);
        }
        self.held.push_str(delta);
        let start = self.held.trim_start();
        let Some((line, rest)) = start.split_once('\n') else {
            let maybe = start.is_empty() || start == "#" || (is_heading(start) && start.len() <= TITLE_LINE_BYTES);
            return if maybe { String::new() } else { self.finish() };
        };
        if title_of(first_line_with_indent(&self.held, line)).is_none() {
            return self.finish();
        }
        let rest = rest.to_owned();
        self.held.clear();
        self.open = true;
        self.skip_blank = true;
        self.past_title(&rest)
    }

    /// Ends the stream: what was held back and turned out to be no title.
    pub fn finish(&mut self) -> String {
        self.open = true;
        let held = std::mem::take(&mut self.held);
        if split_title(&held).0.is_some() { String::new() } else { held }
    }

    /// Swallows the blank lines between a title and the text.
    fn past_title(&mut self, delta: &str) -> String {
        let visible = if self.skip_blank { delta.trim_start_matches(['\n', '\r']) } else { delta };
        self.skip_blank &= visible.is_empty();
        visible.to_owned()
    }
}

/// The line as it stands in `text`, with the blanks before it that belong to it.
fn first_line_with_indent<'a>(text: &'a str, line: &str) -> &'a str {
    let blank = text.len() - text.trim_start().len();
    let start = text[..blank].rfind('\n').map_or(0, |newline| newline + 1);
    &text[start..blank + line.len()]
}

/// Takes the title off the text. What follows can begin with a second heading; it is escaped so that it stays text.
fn split_title(text: &str) -> (Option<String>, String) {
    let start = text.trim_start();
    let line = start.split('\n').next().unwrap_or_default();
    let Some(title) = title_of(first_line_with_indent(text, line)) else {
        return (None, text.to_owned());
    };
    let rest = start[line.len()..].to_owned();
    let second = rest.trim_start();
    let line = second.split('\n').next().unwrap_or_default();
    if title_of(first_line_with_indent(&rest, line)).is_some() {
        return (Some(title), format!("\\{second}"));
    }
    (Some(title), rest)
}

fn is_heading(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// The title a line states: a first-level heading with something in it.
fn title_of(line: &str) -> Option<String> {
    let heading = line.trim_start_matches(' ');
    if line.len() - heading.len() > 3 || line.len() > TITLE_LINE_BYTES || !is_heading(heading) {
        return None;
    }
    let text = heading[1..].trim();
    let bare = text.trim_end_matches('#');
    let closed = bare.is_empty() || bare.ends_with([' ', '\t']);
    clean_title(if closed { bare } else { text })
}

/// Makes a title fit for listings: one line without emphasis, at most [`TITLE_CHARS`] characters.
///
/// None when nothing is left of it.
pub fn clean_title(text: &str) -> Option<String> {
    let shown = escape::terminal(text);
    let plain: String = shown.chars().filter(|c| !matches!(c, '*' | '_' | '`' | '\\')).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut title = String::new();
    let mut chars = 0;
    for cluster in words.graphemes(true) {
        chars += cluster.chars().count();
        if chars > TITLE_CHARS {
            break;
        }
        title.push_str(cluster);
    }
    let title = title.trim_end();
    (!title.is_empty()).then(|| title.to_owned())
}

/// The spans read so far and the stretch of narration that is still growing.
#[derive(Default)]
struct Spans {
    done: Vec<Span>,
    narration: String,
}

/// A character's paragraph while its lines come in.
struct Speech<'a> {
    speaker: &'a str,
    /// The first line as it was written, in case nothing is said and it is narration after all.
    first: &'a str,
    text: String,
}

impl Spans {
    fn read(&mut self, text: &str) {
        let mut fence: Option<Fence> = None;
        let mut speech: Option<Speech> = None;
        // Inside a list or a quote a line that begins with a name belongs to the list or the quote.
        let mut nested = false;
        for line in text.split('\n') {
            let blank = line.trim().is_empty();
            let opened = if fence.is_none() { Fence::opened_by(line) } else { None };
            if blank || opened.is_some() {
                self.end_speech(speech.take());
                nested = false;
            }
            if let Some(open) = &fence {
                let closed = open.closed_by(line);
                self.narrate(line);
                if closed {
                    fence = None;
                }
            } else if opened.is_some() {
                fence = opened;
                self.narrate(line);
            } else if let Some((speaker, rest)) = spoken(line).filter(|_| !nested) {
                self.end_speech(speech.take());
                nested = opens_nested(rest);
                speech = Some(Speech { speaker, first: line, text: rest.to_owned() });
            } else if let Some(speech) = &mut speech {
                nested |= opens_nested(line);
                speech.text.push('\n');
                speech.text.push_str(line);
            } else {
                nested |= opens_nested(line);
                self.narrate(line);
            }
        }
        self.end_speech(speech);
    }

    fn narrate(&mut self, line: &str) {
        self.narration.push_str(line);
        self.narration.push('\n');
    }

    fn end_speech(&mut self, speech: Option<Speech>) {
        let Some(speech) = speech else { return };
        let text = speech.text.trim();
        if text.is_empty() {
            self.narrate(speech.first);
            return;
        }
        self.end_narration();
        self.done.push(Span { speaker: Some(speech.speaker.to_owned()), text: text.to_owned() });
    }

    fn end_narration(&mut self) {
        let text = trim_blank_lines(&self.narration);
        if !text.is_empty() {
            self.done.push(Span { speaker: None, text: text.to_owned() });
        }
        self.narration.clear();
    }

    fn finish(mut self) -> Reply {
        self.end_narration();
        Reply { spans: self.done }
    }
}

/// Without blank lines at either end. The first line keeps its indentation: it may be code.
fn trim_blank_lines(text: &str) -> &str {
    let text = text.trim_end();
    let blank = text.len() - text.trim_start().len();
    let start = text[..blank].rfind('\n').map_or(0, |newline| newline + 1);
    &text[start..]
}

/// Splits `**Name:** words` and `**Name**: words` into name and words.
fn spoken(line: &str) -> Option<(&str, &str)> {
    let (bold, rest) = line.strip_prefix("**")?.split_once("**")?;
    let (name, rest) = match bold.strip_suffix([':', '：']) {
        Some(name) => (name, rest),
        None => (bold, rest.strip_prefix([':', '：'])?),
    };
    is_name(name).then(|| (name, rest.trim_start()))
}

/// Whether this can be the name of a speaker: 1 to 40 letters, marks, digits, spaces and `'-.`, a letter among them.
fn is_name(name: &str) -> bool {
    // A combining mark has no meaning without the letter it stands on, so a name is judged by what people see as
    // one character: the first decides, what belongs to it may be any mark or joiner.
    let fits = |cluster: &str| {
        let mut chars = cluster.chars();
        let first = chars.next().is_some_and(|c| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-' | '.'));
        first && chars.all(|c| !c.is_control() && !c.is_ascii())
    };
    name.chars().count() <= NAME_CHARS
        && name.trim() == name
        && name.chars().any(char::is_alphabetic)
        && name.graphemes(true).all(fits)
}

/// Whether a line is an item of a list or a line of a quote.
fn opens_nested(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = |marks: &[char], at: usize| {
        let mark = line[at..].strip_prefix(marks);
        mark.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    line.starts_with('>') || after(&['-', '+', '*'], 0) || (digits > 0 && after(&['.', ')'], digits))
}

#[cfg(test)]
mod tests;
