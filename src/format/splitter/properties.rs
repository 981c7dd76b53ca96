//! Properties of the splitter over made-up documents and over noise.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::reading::{difference, letters};
use super::script::{blank, units};
use super::{Limits, Split, Streaming, split};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => "[a-zA-Z]{1,9}",
        2 => "[a-z]{2,7}[.!?,;:]",
        2 => Just("漢字と仮名。".to_owned()),
        1 => Just("「逃げろ！」と叫んだ、".to_owned()),
        2 => Just("던전의 문이 열렸다.".to_owned()),
        1 => Just("👨‍👩‍👧‍👦🏳️‍🌈".to_owned()),
        1 => "<@[1-9]{3,9}>",
        1 => Just("<:dragon_2:42>".to_owned()),
        1 => Just("<t:1700000000:R>".to_owned()),
        1 => Just("https://example.org/a_b/c".to_owned()),
        1 => Just("&amp; \\* e\u{301}".to_owned()),
        1 => Just("- 2020. # >".to_owned()),
        1 => Just("[the map](https://x.y/map_1)".to_owned()),
        1 => Just("`let a = b`".to_owned()),
        1 => Just("`` a `tick` ``".to_owned()),
    ]
}

fn words(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..most).prop_map(|words| words.join(" "))
}

fn plain(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec("[a-zA-Z]{1,9}", 1..most).prop_map(|words| words.join(" "))
}

fn inline() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => words(12),
        1 => plain(60).prop_map(|text| format!("**{text}**")),
        1 => plain(60).prop_map(|text| format!("*{text}*")),
        1 => plain(40).prop_map(|text| format!("~~{text}~~")),
        1 => plain(60).prop_map(|text| format!("||{text}||")),
        1 => (plain(30), plain(30), plain(30)).prop_map(|(a, b, c)| format!("**{a} *{b}* {c}**")),
        1 => (plain(30), plain(30), plain(30)).prop_map(|(a, b, c)| format!("||{a} **{b}** {c}||")),
        1 => (plain(30), plain(30), plain(30)).prop_map(|(a, b, c)| format!("_{a} ||{b}|| {c}_")),
        1 => plain(50).prop_map(|text| format!("`{text}`")),
    ]
}

fn paragraph() -> impl Strategy<Value = String> {
    let space = prop_oneof![8 => Just(" "), 1 => Just("\n"), 1 => Just("\\\n")];
    prop::collection::vec((inline(), space), 1..8).prop_map(|parts| {
        let mut text = String::new();
        for (number, (part, space)) in parts.iter().enumerate() {
            if number > 0 {
                text.push_str(space);
            }
            text.push_str(part);
        }
        // A paragraph must not begin, anywhere, like another block: that is tried elsewhere.
        let lines = text
            .lines()
            .map(|line| if line.starts_with(['-', '#', '>']) { format!("x{line}") } else { line.to_owned() });
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn code() -> impl Strategy<Value = String> {
    let fence = prop_oneof![4 => Just("```"), 1 => Just("`````"), 1 => Just("~~~")];
    let line = prop_oneof![
        6 => "[a-z(){};= ]{0,50}",
        1 => Just(String::new()),
        1 => Just("``` not the end".to_owned()),
        1 => Just("~~ ** || `".to_owned()),
        1 => Just("\tindented".to_owned()),
        1 => "[a-z]{1,300}",
    ];
    (fence, prop_oneof![Just(""), Just("rust"), Just("js title")], prop::collection::vec(line, 1..14)).prop_map(
        |(fence, info, lines)| {
            let lines = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
            format!("{fence}{info}\n{lines}\nend\n{fence}")
        },
    )
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => paragraph(),
        2 => code(),
        1 => (1..4_usize, words(9)).prop_map(|(level, text)| format!("{} {text}", "#".repeat(level))),
        1 => Just("***".to_owned()),
    ]
}

fn prefixed(block: &str, first: &str, rest: &str) -> String {
    let lines = block.lines().enumerate().map(|(number, line)| {
        let prefix = if number == 0 { first } else { rest };
        format!("{prefix}{line}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn block() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let blocks = prop::collection::vec(inner, 1..4);
        prop_oneof![
            blocks.clone().prop_map(|blocks| prefixed(&blocks.join("\n\n"), "> ", "> ")),
            (blocks.clone(), any::<bool>()).prop_map(|(blocks, loose)| {
                let items = blocks.iter().map(|block| prefixed(block, "- ", "  "));
                items.collect::<Vec<_>>().join(if loose { "\n\n" } else { "\n" })
            }),
            (blocks.clone(), 1..120_usize).prop_map(|(blocks, start)| {
                let items = blocks.iter().enumerate().map(|(number, block)| {
                    let mark = format!("{}. ", start + number);
                    prefixed(block, &mark, &" ".repeat(mark.len()))
                });
                items.collect::<Vec<_>>().join("\n")
            }),
            blocks.prop_map(|blocks| prefixed(&blocks.join("\n\n"), "* ", "  ")),
        ]
    })
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(block(), 1..7).prop_map(|blocks| blocks.join("\n\n"))
}

/// What a model in trouble, or a person with bad intentions, writes.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ \\n*_~|`<>#\\[\\]()!&\\\\.:0-9a-c-]{0,60}",
        1 => "\\PC{0,30}",
        1 => Just("\n\n".to_owned()),
        1 => Just("```\n".to_owned()),
        1 => Just("    code\n".to_owned()),
        1 => Just("| a | b |\n|---|---|\n| 1 | ".to_owned()),
        1 => Just("\n> - 1. ".to_owned()),
        1 => Just("<!-- <script>\n".to_owned()),
        1 => Just("\n[a]: /b\n".to_owned()),
        1 => "[a-z ]{0,200}",
        1 => Just("한".repeat(90)),
        1 => Just("\t".to_owned()),
        1 => Just("\r\n".to_owned()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    (200..420_usize).prop_map(|units| Limits { units, messages: 1000, reserve: 0 })
}

fn sound(markdown: &str, limits: Limits) -> Result<Split, TestCaseError> {
    let parts = split(markdown, &limits);
    for message in &parts.messages {
        prop_assert!(units(message) <= limits.units, "{} units: {message:?}", units(message));
        prop_assert!(!blank(message));
        prop_assert_eq!(message.trim(), message);
    }
    Ok(parts)
}

/// Streams `markdown` in pieces of the given sizes and checks that what is finished stays.
fn streamed(markdown: &str, limits: Limits, sizes: &[usize]) -> Result<Split, TestCaseError> {
    let mut stream = Streaming::new(limits);
    let mut finished: Vec<String> = Vec::new();
    let mut left = markdown;
    for size in sizes.iter().cycle() {
        if left.is_empty() {
            break;
        }
        let (piece, rest) = left.split_at(left.floor_char_boundary((*size).max(4)));
        left = rest;
        stream.push(piece);
        prop_assert!(stream.finished().starts_with(&finished));
        finished = stream.finished().to_vec();
        prop_assert!(units(&stream.live()) <= limits.units);
    }
    let parts = stream.finish();
    prop_assert!(parts.messages.starts_with(&finished));
    Ok(parts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_say_what_the_document_says(markdown in document(), limits in limits()) {
        let parts = sound(&markdown, limits)?;
        prop_assert_eq!(difference(&markdown, &parts.messages), None, "{:#?}", parts.messages);
    }

    #[test]
    fn what_fits_is_one_message(markdown in document()) {
        let parts = split(&markdown, &Limits { units: 200_000, ..Limits::default() });
        prop_assert_eq!(parts.messages.len(), 1);
        prop_assert_eq!(difference(&markdown, &parts.messages), None);
    }

    #[test]
    fn noise_is_cut_within_the_limit_and_nothing_is_lost(markdown in noise(), limits in limits()) {
        let parts = sound(&markdown, limits)?;
        // Tables say more as code (addresses) and less (their rule); a fence says its info again.
        if !markdown.contains('|') && !markdown.contains('`') && !markdown.contains('~') {
            let said: String = parts.messages.iter().map(|message| letters(message)).collect();
            prop_assert_eq!(said, letters(&markdown));
        }
    }

    #[test]
    fn however_a_text_arrives_it_is_split_the_same_way(
        markdown in prop_oneof![document(), noise()],
        limits in limits(),
        sizes in prop::collection::vec(1..300_usize, 1..8),
    ) {
        prop_assert_eq!(streamed(&markdown, limits, &sizes)?, split(&markdown, &limits));
    }

    #[test]
    fn a_rest_is_what_did_not_fit(markdown in document(), messages in 1..4_usize) {
        let limits = Limits { units: 300, messages, reserve: 60 };
        let parts = split(&markdown, &limits);
        prop_assert!(parts.messages.len() <= messages);
        if let Some(rest) = &parts.rest {
            prop_assert!(units(&parts.messages[messages - 1]) <= 240);
            prop_assert!(!blank(rest));
        }
    }

    #[test]
    fn prose_fills_its_messages(markdown in prop::collection::vec(words(60), 1..12)) {
        let markdown = markdown.join("\n\n").replace("- 2020. # >", "now");
        let limits = Limits { units: 400, messages: 1000, reserve: 0 };
        let parts = sound(&markdown, limits)?;
        // Every message but the last is half full at least.
        prop_assert!(parts.messages.len() <= units(&markdown).div_ceil(limits.units / 2).max(1));
    }

    #[test]
    fn no_grapheme_is_cut(text in "(\\PC|👨‍👩‍👧|e\u{301}|각|🇩🇪){100,900}") {
        let text: String = text.chars().filter(|ch| ch.is_alphabetic() || !ch.is_ascii()).collect();
        let limits = Limits { units: 200, messages: 1000, reserve: 0 };
        let parts = sound(&text, limits)?;
        let visible = |text: &str| text.graphemes(true).filter(|part| !part.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let said: Vec<String> = parts.messages.iter().flat_map(|message| visible(message)).collect();
        prop_assert_eq!(said, visible(&text));
    }
}
