//! Turns a scene's markdown into HTML that is also XML: voices, players' actions and callouts get classes of their own.
//! It lets no HTML, link or picture of the text through; their words stay.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::format::escape;
use crate::format::fence::Fence;

/// The class of a player's action.
const ACTION: &str = "action";

/// Where the prose will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a page of all scenes, below a heading of the second level; a reader can unfold callouts.
    Page,
    /// In a chapter of a book, below a heading of the first level; nothing folds, not every reader could open it.
    Chapter,
}

/// Renders the body of a scene.
pub(crate) fn html(body: &str, place: Place) -> String {
    let text = without_block_ids(body);
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_WIKILINKS;
    let events: Vec<Event> = Parser::new_ext(&text, options).filter_map(|event| tame(event, place)).collect();
    let mut out = String::new();
    html::push_html(&mut out, Dresser { events, place, out: Vec::new(), quotes: Vec::new(), in_action: false }.dress());
    out
}

/// Without the ids at the ends of paragraphs, which only programs read.
pub(crate) fn without_block_ids(body: &str) -> String {
    let mut fence: Option<Fence> = None;
    let mut out = String::with_capacity(body.len());
    for line in body.lines() {
        match &fence {
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opened_by(line),
        }
        let end = escape::block_id(line).filter(|_| fence.is_none());
        out.push_str(end.map_or(line, |at| line[..at].trim_end()));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// Without the characters that XML cannot hold.
pub(crate) fn xml_safe(text: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(|&c| fits(c)).collect()
}

/// Takes out of an event what must not come from the text.
fn tame(event: Event<'_>, place: Place) -> Option<Event<'_>> {
    let words = |text: CowStr<'_>| CowStr::from(xml_safe(&text));
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Event::Text(words(text)),
        Event::Code(text) => Event::Code(words(text)),
        Event::Start(Tag::Link { .. } | Tag::Image { .. }) | Event::End(TagEnd::Link | TagEnd::Image) => return None,
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
        Event::Start(Tag::Heading { level, .. }) => {
            let level = below(level, place);
            Event::Start(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level, place))),
        other => other,
    })
}

/// The level of a heading within a scene, below the scene's own.
fn below(level: HeadingLevel, place: Place) -> HeadingLevel {
    let own = match place {
        Place::Page => 2,
        Place::Chapter => 1,
    };
    HeadingLevel::try_from(level as usize + own).unwrap_or(HeadingLevel::H6)
}

/// Gives paragraphs and callouts their classes.
struct Dresser<'a> {
    events: Vec<Event<'a>>,
    place: Place,
    out: Vec<Event<'a>>,
    /// How each open quote ends; none ends as a plain quote.
    quotes: Vec<Option<&'static str>>,
    /// Whether the paragraph is a player's action: each of its lines is one of theirs.
    in_action: bool,
}

impl<'a> Dresser<'a> {
    fn dress(mut self) -> std::vec::IntoIter<Event<'a>> {
        let mut at = 0;
        while at < self.events.len() {
            at = match &self.events[at] {
                Event::Start(Tag::BlockQuote(_)) => self.open_quote(at),
                Event::End(TagEnd::BlockQuote(kind)) => self.close_quote(*kind, at),
                Event::Start(Tag::Paragraph) => self.open_paragraph(at),
                Event::SoftBreak if self.in_action => {
                    self.out.push(Event::HardBreak);
                    at + 1
                }
                other => {
                    self.out.push(other.clone());
                    at + 1
                }
            };
        }
        self.out.into_iter()
    }

    fn raw(&mut self, html: impl Into<CowStr<'a>>) {
        self.out.push(Event::Html(html.into()));
    }

    fn open_paragraph(&mut self, at: usize) -> usize {
        let class = paragraph_class(&self.events[at + 1..]);
        self.in_action = class == Some(ACTION);
        match class {
            // A paragraph's end is the same whatever its class.
            Some(class) => self.raw(format!("<p class=\"{class}\">")),
            None => self.out.push(Event::Start(Tag::Paragraph)),
        }
        at + 1
    }

    fn open_quote(&mut self, at: usize) -> usize {
        let Some(callout) = Callout::read(&self.events[at + 1..]) else {
            self.quotes.push(None);
            self.out.push(self.events[at].clone());
            return at + 1;
        };
        let (kind, title) = (callout.kind, escaped(&callout.title));
        let folds = callout.folds && callout.body && self.place == Place::Page;
        let (open, close) = if folds {
            (format!("<details class=\"callout {kind}\">\n<summary>{title}</summary>\n"), "</details>\n")
        } else {
            (format!("<aside class=\"callout {kind}\">\n<p class=\"callout-title\">{title}</p>\n"), "</aside>\n")
        };
        self.raw(open);
        self.quotes.push(Some(close));
        if callout.body_in_paragraph {
            self.out.push(Event::Start(Tag::Paragraph));
        }
        at + 1 + callout.events
    }

    fn close_quote(&mut self, kind: Option<BlockQuoteKind>, at: usize) -> usize {
        match self.quotes.pop().flatten() {
            Some(close) => self.raw(close),
            None => self.out.push(Event::End(TagEnd::BlockQuote(kind))),
        }
        at + 1
    }
}

/// What a paragraph is, judged by how it begins: a player's action or a character's words.
fn paragraph_class(events: &[Event<'_>]) -> Option<&'static str> {
    let end = events.iter().position(|event| *event == Event::End(TagEnd::Paragraph))?;
    let ends_slanted = end > 0 && events[end - 1] == Event::End(TagEnd::Emphasis);
    if events.first() != Some(&Event::Start(Tag::Strong)) {
        return None;
    }
    let bold = events.iter().position(|event| *event == Event::End(TagEnd::Strong))?;
    let name: String = events[1..bold].iter().filter_map(words).collect();
    let slanted = events.get(bold + 2) == Some(&Event::Start(Tag::Emphasis)) && ends_slanted;
    match events.get(bold + 1) {
        Some(Event::Text(dash)) if dash.as_ref() == " — " && slanted => Some(ACTION),
        _ if name.ends_with(':') => Some("speech"),
        _ => None,
    }
}

fn words<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    }
}

/// The head of an Obsidian callout: `> [!kind]- Title`.
struct Callout {
    kind: String,
    title: String,
    folds: bool,
    /// Whether anything follows the title.
    body: bool,
    /// Whether what follows goes on in the paragraph of the title.
    body_in_paragraph: bool,
    /// How many events the head takes.
    events: usize,
}

impl Callout {
    /// Reads the head from what stands in a quote.
    fn read(events: &[Event<'_>]) -> Option<Self> {
        if events.first()? != &Event::Start(Tag::Paragraph) {
            return None;
        }
        let mut line = String::new();
        let mut depth = 0_i32;
        for (at, event) in events.iter().enumerate().skip(1) {
            match event {
                Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => {
                    let more = *event != Event::End(TagEnd::Paragraph);
                    let quote_ends = matches!(events.get(at + 1), Some(Event::End(TagEnd::BlockQuote(_))));
                    // Emphasis that goes on in the next line cannot be cut here.
                    return if depth == 0 { Self::parse(&line, more, more || !quote_ends, at + 1) } else { None };
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                other => line.push_str(words(other).unwrap_or_default()),
            }
        }
        None
    }

    fn parse(line: &str, body_in_paragraph: bool, body: bool, events: usize) -> Option<Self> {
        let (kind, rest) = line.strip_prefix("[!")?.split_once(']')?;
        let kind = kind.to_ascii_lowercase();
        if kind.is_empty() || kind.len() > 20 || !kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return None;
        }
        let title = rest.strip_prefix(['-', '+']);
        let folds = title.is_some();
        let title = title.unwrap_or(rest).trim();
        let title = if title.is_empty() { kind.clone() } else { title.to_owned() };
        Some(Self { kind, title, folds, body, body_in_paragraph, events })
    }
}

/// Text as it stands in HTML and XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn voices_actions_and_callouts_are_told_apart() {
        let body = "**Ana** — *I go.*\n*Slowly.*\n\n*Drip.* It drips. ^e3\n\n**Mira:** “Stop.”\n\n> [!dice]- 2d6\n> 3 + 4 = **7**\n\n> [!note] Mind <it>\n\n> said\n\n# Deeper\n\n[[Mira|her]] ^e4\n\n^e5";
        insta::assert_snapshot!(html(body, Place::Page), @r#"
        <p class="action"><strong>Ana</strong> — <em>I go.</em><br />
        <em>Slowly.</em></p>
        <p><em>Drip.</em> It drips.</p>
        <p class="speech"><strong>Mira:</strong> “Stop.”</p>
        <details class="callout dice">
        <summary>2d6</summary>
        <p>3 + 4 = <strong>7</strong></p>
        </details>
        <aside class="callout note">
        <p class="callout-title">Mind &lt;it&gt;</p>
        </aside>
        <blockquote>
        <p>said</p>
        </blockquote>
        <h3>Deeper</h3>
        <p>her</p>
        "#);
        insta::assert_snapshot!(html("> [!dice]- 2d6\n> 7\n>\n> - a\n\n# Deeper", Place::Chapter), @r#"
        <aside class="callout dice">
        <p class="callout-title">2d6</p>
        <p>7</p>
        <ul>
        <li>a</li>
        </ul>
        </aside>
        <h2>Deeper</h2>
        "#);
    }

    #[test]
    fn nothing_comes_through_that_acts() {
        let body = "<script>x</script>\n\na <b onclick=y>b</b> [c](javascript:d) ![e](https://f.example/g.png) <https://h.example> &#12;&#x1b;\n\n```js\"><i>\n<j>\n```\n\n![[k]]";
        insta::assert_snapshot!(html(body, Place::Page), @"
        <p>&lt;script&gt;x&lt;/script&gt;
        </p>
        <p>a &lt;b onclick=y&gt;b&lt;/b&gt; c e https://h.example </p>
        <pre><code>&lt;j&gt;
        </code></pre>
        <p>k</p>
        ");
    }

    #[test]
    fn ids_inside_code_stay() {
        assert_eq!(
            without_block_ids("a ^e1\n\n```\nb ^e2\n```\n\n^e3\n\nc \\^e4"),
            "a\n\n```\nb ^e2\n```\n\n\n\nc \\^e4"
        );
    }

    /// Whether tags are balanced and nothing but our own elements is there.
    fn well_formed(html: &str) -> Result<(), String> {
        let known = "p strong em del code pre blockquote ul ol li table thead tbody tr th td h3 h4 h5 h6 details summary aside br hr";
        let mut open = Vec::new();
        for piece in html.split('<').skip(1) {
            let tag = piece.split_once('>').ok_or("a bare <")?.0;
            let name = tag.trim_matches('/').split([' ', '/']).next().unwrap_or_default();
            if !known.split(' ').any(|known| known == name) {
                return Err(format!("<{tag}>"));
            }
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return Err(format!("unexpected <{tag}>"));
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        if open.is_empty() { Ok(()) } else { Err(format!("{open:?} left open")) }
    }

    proptest! {
        #[test]
        fn any_text_becomes_well_formed_html(pieces in prop::collection::vec(prop::sample::select(vec![
            "> ", "> [!dice]- ", "> [!x] *", "\n> ", "\n", "\n\n", "*", "**", "a", "**A** — *", "*\n\n*", "**M:** ", "- ", "1. ",
            "`", "```\n", "<b>", "</p>", "<!--", "&", "&#1;", "|a|\n|-|\n", "[[x]]", "![", "](y)", "~~", "# ", "---\n", "\u{c}", "\\",
        ]), 0..30)) {
            let out = html(&pieces.concat(), Place::Page);
            prop_assert_eq!(well_formed(&out), Ok(()), "{}", out);
            let unfit = ['\u{c}', '\u{1}'];
            prop_assert!(!out.contains(unfit));
        }
    }
}
