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
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    #[test]
    fn escape_sequences_go_whole() {
        for (text, left) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[?25;3 qx", "x"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://a\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{9d}0;title\u{9c}x", "x"),
            ("\u{1b}Pq#0\u{1b}\\x", "x"),
            ("\u{1b}_Ga=T\u{1b}\\x\u{9f}y\u{9c}", "x"),
            ("\u{1b}^a\u{1b}\\\u{1b}Xb\u{1b}\\\u{98}c\u{9c}\u{9e}d\u{9c}", ""),
            ("\u{1b}(Bx\u{1b}cy\u{1b}7z", "xyz"),
            ("\u{1b}\u{1b}[1mx", "x"),
            ("\u{1b}]0;never ended\nnext", "\nnext"),
            ("\u{1b}]0;a\u{1b}[2Jx", "x"),
            ("\u{1b}[3\nx\u{1b}é", "\nxé"),
            ("a\rb\u{8}c\u{7}d\u{7f}e\u{85}f\0", "abcdef"),
        ] {
            assert_eq!(terminal(text), left, "{text:?}");
        }
    }

    #[test]
    fn words_of_every_script_stay() {
        for text in ["a\tb\nc", "👩‍🚀🏽", "नमस्ते", "می‌خواهم", "‏שלום‎", "é"] {
            assert!(matches!(terminal(text), Cow::Borrowed(same) if same == text));
        }
        assert_eq!(terminal("a\u{202e}b\u{2066}c\u{2069}"), "abc");
    }

    #[test]
    fn a_sequence_cut_in_two_is_still_one() {
        let mut filter = TerminalFilter::default();
        let pieces = ["a\u{1b}", "[3", "1mb\u{1b}]0;ti", "tle\u{1b}", "\\c"];
        assert_eq!(pieces.map(|piece| filter.push(piece)).concat(), "abc");
    }

    #[test]
    fn what_players_write_reads_literally() {
        let text = "---\ntype: evil\n# I *run* ^e1\n- [[x]] ||y|| `z`\n1. <script>\n== ==a== %%b%% 50%\n\
                    @everyone <@1> <#2> <:a:3> &lt; ana@example.org\n```\n   code\\";
        insta::assert_snapshot!(markdown(text).replace(BREAK, "·"), @r"
        \---
        type: evil
        \# I \*run\* \^e1
        \- \[\[x\]\] \|\|y\|\| \`z\`
        1\. \<script\>
        \=\= \=\=a\=\= \%\%b\%\% 50%
        @·everyone \<·@1\> \<·\#2\> \<·:a:3\> \&lt; ana@example.org
        \`\`\`
        code\\
        ");
    }

    #[test]
    fn nothing_is_mentioned_and_what_only_looks_like_it_stays() {
        let text = "@here <@&1> <id:browse> <t:1:R> </table open:12> </div> </a:b> <3 a@b.example </:1>";
        assert_eq!(
            mentions(text).replace(BREAK, "·"),
            "@·here <·@&1> <·id:browse> <·t:1:R> <·/table open:12> </div> </a:b> <3 a@b.example </:1>"
        );
    }

    #[test]
    fn a_game_master_keeps_markdown_and_nothing_else() {
        let text =
            "# Gate\n**Mira:** *Go*, <@1>! <b onclick=x>now</b> ^e7\n\n`<kept>` <!-- x -->\n\n```\n<kept> ^e7\n@here";
        insta::assert_snapshot!(defang(text).replace(BREAK, "·"), @r"
        # Gate
        **Mira:** *Go*, <·@1>! &lt;b onclick=x>now&lt;/b> \^e7

        `<kept>` &lt;!-- x -->

        ```
        <kept> ^e7
        @·here
        ```
        ");
    }

    fn options() -> Options {
        Options::all() - Options::ENABLE_SMART_PUNCTUATION
    }

    /// Text that is likely to mean something to a reader of markdown.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "\n",
            "\n\n",
            " ",
            "    ",
            "\t",
            "a",
            "Z9",
            "1",
            ".",
            ")",
            "-",
            "---",
            "+++",
            "+",
            "*",
            "**",
            "_",
            "`",
            "```",
            "~~~",
            "~",
            "#",
            ">",
            "<",
            "<b>",
            "</p>",
            "<!--",
            "-->",
            "<script>",
            "<?",
            "[",
            "]",
            "[[x]]",
            "![",
            "](u)",
            "[x]: /u",
            "[^1]",
            "|",
            "||",
            "|-|",
            "=",
            "==",
            "%%",
            "^",
            " ^e1",
            "$",
            "$$",
            "&amp;",
            "&",
            "\\",
            ":",
            ": ",
            "!",
            "@everyone",
            "<@1>",
            "<:e:1>",
            "</stop:1>",
            "{#a}",
            "http://a.b",
            "é",
            "“",
            "\u{1b}[1m",
            "\u{a0}",
            "\r",
            ":::",
            "**Mira:** ",
            "> [!note]",
            "- [ ]",
            "_a_",
            "<pre>",
            "\n</pre>",
        ]);
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_a_player_writes_is_markup(text in prop_oneof![hostile(), any::<String>()]) {
            let mut shown = String::new();
            for event in Parser::new_ext(&markdown(&text), options()) {
                match event {
                    Event::Text(text) => shown.push_str(&text),
                    Event::SoftBreak | Event::End(TagEnd::Paragraph) => shown.push('\n'),
                    Event::Start(Tag::Paragraph) => {}
                    other => prop_assert!(false, "{other:?} in {:?}", markdown(&text)),
                }
            }
            let meant = terminal(&text).replace(BREAK, "");
            let meant: Vec<&str> = meant.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let shown = shown.replace(BREAK, "");
            prop_assert_eq!(shown.lines().collect::<Vec<_>>(), meant);
        }

        #[test]
        fn nothing_a_game_master_writes_is_html_or_open(text in prop_oneof![hostile(), any::<String>()]) {
            let safe = defang(&text);
            prop_assert!(html_starts(&safe).is_empty(), "{safe:?}");
            let after = format!("{safe}\n\nthe next paragraph");
            prop_assert_eq!(Parser::new(&after).last(), Some(Event::End(TagEnd::Paragraph)), "{:?}", safe);
            prop_assert!(!safe.contains("<@") && !safe.contains("@everyone") && !safe.contains("</stop:1>"));
        }

        #[test]
        fn pieces_are_cleaned_like_the_whole(text in "[\u{1b}\u{9b}\u{9d}\u{7}\\[\\]\\\\;0-9mPX_a-c\n\u{202e}é]{0,40}", cut in 1_usize..5) {
            let chars: Vec<char> = text.chars().collect();
            let mut filter = TerminalFilter::default();
            let pieces: String = chars.chunks(cut).map(|piece| filter.push(&piece.iter().collect::<String>())).collect();
            prop_assert_eq!(pieces, terminal(&text).into_owned());
        }

        #[test]
        fn nothing_a_terminal_acts_upon_is_left(text in any::<String>()) {
            let clean = terminal(&text);
            prop_assert!(!clean.chars().any(acts));
            prop_assert_eq!(terminal(&clean).into_owned(), clean.as_ref());
        }
    }
}
