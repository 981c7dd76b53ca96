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
