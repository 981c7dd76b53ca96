//! CommonMark's own examples, and what rivals' splitters broke on.

use super::reading::difference;
use super::script::{blank, units};
use super::{Limits, Split, split};

const EXAMPLES: &str = include_str!("../../../tests/fixtures/splitter/commonmark-0.31.txt");

fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXAMPLES.split("§§ ").skip(1).filter_map(|example| example.split_once('\n'))
}

/// Splits, and checks what is true of every split; gives what was said wrongly.
fn wrong(markdown: &str, limit: usize) -> Option<String> {
    let limits = Limits { units: limit, messages: 10_000, reserve: 0 };
    let parts = split(markdown, &limits);
    for message in &parts.messages {
        if units(message) > limit || blank(message) {
            return Some(format!("{} units of {limit}: {message:?}", units(message)));
        }
    }
    difference(markdown, &parts.messages).map(|why| format!("{why}\n{:#?}", parts.messages))
}

#[test]
fn every_commonmark_example_is_one_message_that_says_the_same() {
    assert_eq!(examples().count(), 652);
    for (number, example) in examples() {
        assert_eq!(wrong(example, 2000), None, "example {number}: {example:?}");
    }
}

#[test]
fn every_commonmark_example_can_be_cut_anywhere() {
    let mut bad = Vec::new();
    for (number, example) in examples() {
        for words in 28..44 {
            let markdown = format!("{}\n\n{example}", "word ".repeat(words));
            if let Some(why) = wrong(&markdown, 200) {
                bad.push(format!("example {number} after {words} words: {example:?}\n{why}"));
                break;
            }
        }
    }
    assert!(bad.is_empty(), "{} examples:\n{}", bad.len(), bad.join("\n\n"));
}

#[test]
fn the_commonmark_examples_in_one_document_are_split_and_read_back() {
    // Some leave a fence open, which would swallow all others.
    let fence = |example: &str| example.contains("```") || example.contains("~~~");
    let all: Vec<&str> = examples().map(|(_, example)| example).filter(|example| !fence(example)).collect();
    for limit in [200, 333, 2000] {
        assert_eq!(wrong(&all.join("\n\n"), limit), None);
    }
}

fn at(markdown: &str, units: usize) -> Vec<String> {
    split(markdown, &Limits { units, messages: 1000, reserve: 0 }).messages
}

#[test]
fn code_opens_again_with_its_info_string() {
    let code = "let hit = roll(20) + 5;\n".repeat(40);
    let markdown = format!("Look:\n\n````rust\n```\n{code}``` no end\n````\n\nDone.");
    let messages = at(&markdown, 500);
    assert!(messages.len() > 2);
    assert!(
        messages[1..messages.len() - 1]
            .iter()
            .all(|message| message.starts_with("````rust\n") && message.ends_with("\n````"))
    );
    assert_eq!(difference(&markdown, &messages), None);
}

#[test]
fn code_in_a_list_in_a_quote_opens_again_in_the_quote() {
    let code = "> >   echo the door is open\n".repeat(20);
    let markdown = format!("> > - ~~~~ sh\n{code}> >   ~~~~\n> > - next");
    let messages = at(&markdown, 300);
    assert!(messages[1].starts_with("> > ~~~~sh\n> > echo"), "{}", messages[1]);
    assert_eq!(wrong(&markdown, 300).filter(|why| !why.contains("became code sh")), None);
}

#[test]
fn a_line_that_is_no_fence_does_not_become_one_when_the_fence_moves_left() {
    let markdown = "   ```\n    ```\n   b\n   ```";
    assert_eq!(at(markdown, 2000), ["```\n    ```\nb\n```"]);
}

#[test]
fn an_info_string_of_300_characters_is_shortened() {
    let markdown = format!("```{} x\n{}```", "i".repeat(300), "code\n".repeat(200));
    assert_eq!(wrong(&markdown, 400).filter(|why| !why.contains("became code")), None);
    assert!(at(&markdown, 400).iter().all(|message| message.starts_with(&format!("```{}\n", "i".repeat(48)))));
}

#[test]
fn seventy_kibibytes_in_one_line_are_cut_into_full_messages() {
    for line in ["a".repeat(70 * 1024), "word ".repeat(14 * 1024), format!("```\n{}\n```", "x".repeat(70 * 1024))] {
        assert_eq!(wrong(&line, 2000), None);
        assert!(at(&line, 2000).len() <= 38);
        let parts = split(&line, &Limits::default());
        assert_eq!(parts.messages.len(), 8);
        assert!(parts.rest.is_some());
    }
}

#[test]
fn two_thousand_emoji_stay_whole() {
    let emoji = "👩‍❤️‍💋‍👨".repeat(2000);
    let messages = at(&emoji, 2000);
    assert!(messages.iter().all(|message| message.chars().count() % 8 == 0));
    assert_eq!(messages.concat(), emoji);
}

#[test]
fn a_hangul_wall_is_cut_between_syllables() {
    let wall = "가나다".repeat(3000);
    let messages = at(&wall, 2000);
    assert_eq!(messages.len(), 5);
    assert_eq!(messages.concat(), wall);
}

#[test]
fn japanese_is_cut_after_a_full_stop_and_never_before_one() {
    let text = "勇者は扉を開けた。そして、暗い部屋の中へ進んだ。".repeat(40);
    let messages = at(&text, 300);
    assert!(messages.iter().all(|message| message.ends_with('。')));
    let unbroken = "扉、。".repeat(300);
    assert!(at(&unbroken, 200).iter().all(|message| message.starts_with('扉')));
}

#[test]
fn a_link_longer_than_a_message_is_cut_and_a_shorter_one_is_not() {
    let long = format!("See https://example.org/{} now.", "p/".repeat(400));
    assert_eq!(at(&long, 500).len(), 2);
    let fits = format!("{} https://example.org/{} now.", "word ".repeat(30), "p/".repeat(180));
    assert!(at(&fits, 500)[1].starts_with("https://"));
    let masked = format!("{} [the map]({}) now", "word ".repeat(90), "https://example.org/map".repeat(4));
    assert!(at(&masked, 500)[1].starts_with("[the map]("));
}

#[test]
fn mentions_are_never_cut() {
    let text = "<@123456789012345678><:dragon:123456789012345678><t:1700000000:R>".repeat(60);
    for message in at(&text, 217) {
        assert!(message.starts_with('<') && message.ends_with('>'), "{message}");
    }
}

#[test]
fn a_spoiler_over_paragraphs_stays_hidden_in_every_message() {
    let secret = "The butler did it, with the candlestick. ".repeat(6);
    let markdown =
        format!("Ask no more. ||{secret}\n\n{secret}\n\n```\n{secret}\n```\n\n- {secret}\n- {secret}|| So it was.");
    for message in at(&markdown, 300) {
        assert_eq!(message.matches("||").count() % 2, 0, "{message}");
    }
    let messages = at("||He did it.\n\n- There.\n- Then.\n\n```\nWith this.\n```\n\nSo it was.|| Enough.", 2000);
    assert_eq!(messages.len(), 1);
    let messages = at(&markdown, 600);
    assert!(messages[0].ends_with("candlestick.||") && messages[1].starts_with("||\n```\nThe butler"), "{messages:#?}");
    assert!(messages[1].ends_with("candlestick.||") && messages[2].starts_with("- ||The butler"), "{messages:#?}");
}

#[test]
fn a_lone_bar_hides_nothing() {
    let text = format!("if a || b then. {}", "More of it. ".repeat(60));
    assert!(at(&text, 300).iter().skip(1).all(|message| !message.contains("||")));
}

#[test]
fn the_rest_of_a_paragraph_begins_no_list() {
    let text = format!("{}\\\n- no item, {}", "word ".repeat(45), "word ".repeat(30));
    assert_eq!(wrong(&text, 240), None);
}

#[test]
fn a_title_goes_with_what_it_stands_over() {
    let text = format!("{}\n\n## The vault\n\n{}", "Gold. ".repeat(45), "Silver. ".repeat(20));
    assert!(at(&text, 300)[1].starts_with("## The vault\n\nSilver."));
}

#[test]
fn what_fits_is_left_as_it_was_written() {
    let text = "# Hall\n\n> *\"Who goes there?\"*\n> asked the guard\n\n1. fight\n2. flee\n   - left\n   - right\n\n-# small print\n\n```rust\nfn main() {}\n```\n__under__ ||hidden|| <@1>";
    assert_eq!(at(text, 2000), [text]);
}

#[test]
fn a_message_that_is_not_the_last_leaves_room_for_the_summary() {
    let text = "A sentence of some length. ".repeat(400);
    let limits = Limits { units: 500, messages: 3, reserve: 100 };
    let Split { messages, rest } = split(&text, &limits);
    assert_eq!(messages.len(), 3);
    assert!(units(&messages[2]) <= 400);
    let said = units(&messages.concat()) + units(&rest.unwrap_or_default());
    assert!(said + 4 >= units(text.trim()));
}

#[test]
fn nothing_is_no_message() {
    for text in ["", " \n\n", "\u{200b}", "\r\n\r\n"] {
        assert_eq!(split(text, &Limits::default()), Split { messages: vec![], rest: None });
    }
}

#[test]
fn deep_nests_leave_room_for_what_is_in_them() {
    for markdown in [
        ">".repeat(3000),
        format!("{} deep {}", "> ".repeat(300), "word ".repeat(300)),
        "- ".repeat(700) + "x",
        "*".repeat(5000),
        "[".repeat(5000),
        "`".repeat(5000),
    ] {
        let messages = at(&markdown, 400);
        assert!(messages.iter().all(|message| units(message) <= 400));
    }
}
