use proptest::prelude::*;

use super::*;

fn told(text: &str) -> String {
    let read = read(text, Reading::Narrative);
    let title = read.title.map(|title| format!("title: {title}\n")).unwrap_or_default();
    let spans = read.reply.spans.iter().map(|span| format!("{:?}: {:?}", span.speaker.as_deref(), span.text));
    title + &spans.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_reply_falls_into_narration_and_voices() {
    let text = "# The *Drowned* Stair #\n\nWater drips.\n\nIt is cold.\n\n**Mira:** You came.\nAt last.\n\n**Old Tomas**: Hm.\n\nSilence.";
    insta::assert_snapshot!(told(text), @r#"
        title: The Drowned Stair
        None: "Water drips.\n\nIt is cold."
        Some("Mira"): "You came.\nAt last."
        Some("Old Tomas"): "Hm."
        None: "Silence."
        "#);
}

#[test]
fn voices_may_follow_each_other_without_a_blank_line() {
    insta::assert_snapshot!(told("Two wait.\n**Mira:** One.\n**Tomas:** Two."), @r#"
        None: "Two wait."
        Some("Mira"): "One."
        Some("Tomas"): "Two."
        "#);
}

#[test]
fn fences_lists_and_quotes_have_no_voices() {
    for text in [
        "```\n\n**Mira:** x\n```",
        "~~~~\n**Mira:** x\n~~~\n\n**Mira:** y",
        "- one\n**Mira:** x",
        "> one\n**Mira:** x",
        "3) one\n**Mira:** x",
        "  **Mira:** x",
    ] {
        let reply = read(text, Reading::Narrative).reply;
        assert_eq!(reply.spans, vec![Span { speaker: None, text: text.to_owned() }], "{text:?}");
    }
}

#[test]
fn only_names_speak() {
    for good in ["Mira", "Jean-Luc O’Brien", "Dr. Ä", "मीरा", "E\u{301}lise", "7 of 9", &"x".repeat(40)] {
        assert_eq!(spoken(&format!("**{good}:** hi")), Some((good, "hi")));
    }
    for bad in ["", " Mira", "Mira ", "a_b", "a@b", "<@1>", "7", "[x]", "a\u{202e}b", "a\tb", &"x".repeat(41)] {
        assert_eq!(spoken(&format!("**{bad}:** hi")), None, "{bad:?}");
    }
    assert_eq!(spoken("**Mira** hi"), None);
    assert_eq!(spoken("**ミラ：** はい"), Some(("ミラ", "はい")));
}

#[test]
fn a_name_that_says_nothing_is_narration() {
    insta::assert_snapshot!(told("**Mira:**\n\nHello.\n\n**Mira:**\n**Tomas:**\nYes?"), @r#"
        None: "**Mira:**\n\nHello.\n\n**Mira:**"
        Some("Tomas"): "Yes?"
        "#);
}

#[test]
fn only_a_first_line_of_the_first_level_is_a_title() {
    for text in ["## Two", "#hash", "#", "# **", "    # code", "x\n# late", &format!("# {}", "x".repeat(400))] {
        assert_eq!(read(text, Reading::Narrative).title, None, "{text:?}");
    }
    assert_eq!(read("\n\n # C#", Reading::Narrative).title.as_deref(), Some("C#"));
    assert_eq!(read("# T\n# U\nx", Reading::Narrative).reply.spans[0].text, "\\# U\nx");
    let long = read(&format!("# {}", "ab ".repeat(60)), Reading::Narrative).title.unwrap();
    assert!(long.chars().count() <= TITLE_CHARS, "{long}");
}

#[test]
fn a_plain_reading_finds_nothing() {
    let read = read("# T\n\n**Mira:** x\n", Reading::Plain);
    let text = "# T\n\n**Mira:** x".to_owned();
    assert_eq!(read, ReadReply { title: None, reply: Reply { spans: vec![Span { speaker: None, text }] } });
}

fn streamed(pieces: &[&str]) -> String {
    let mut gate = TitleGate::default();
    let mut shown: String = pieces.iter().map(|piece| gate.push(piece)).collect();
    shown += &gate.finish();
    shown
}

#[test]
fn a_title_is_never_seen_while_it_comes() {
    assert_eq!(streamed(&["#", " The Sta", "ir\n", "\n", "Water"]), "Water");
    assert_eq!(streamed(&["\n", "# The Stair"]), "");
    assert_eq!(streamed(&["#", "# Two\n", "x"]), "## Two\nx");
    assert_eq!(streamed(&["#", "hash"]), "#hash");
    assert_eq!(streamed(&["#"]), "#");
    assert_eq!(streamed(&["# **\n", "x"]), "# **\nx");
    assert_eq!(streamed(&["Water\n", "# x\n"]), "Water\n# x\n");
    assert_eq!(TitleGate::default().push("Wa"), "Wa");
}

/// Text that is likely to hold what the reader looks for.
fn markdownish() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        " ",
        "    ",
        "\r\n",
        "\r",
        "\t",
        "\u{2028}",
        "**Mira:** ",
        "**Mira:** ",
        "**Tom**: ",
        "**Tom**: ",
        "**Mira:**",
        "# ",
        "# ",
        "#",
        "- ",
        "> ",
        "```",
        "```",
        "~~~",
        "1. ",
        "word",
        "word",
        "**",
        ":",
        "\\",
        "é",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// What must not be lost: everything but white space and the marks that show who speaks.
fn kept(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '：' | '\\')).collect()
}

proptest! {
    #[test]
    fn reading_what_was_read_changes_nothing(text in prop_oneof![markdownish(), any::<String>()]) {
        let once = read(&text, Reading::Narrative).reply;
        let twice = read(&once.to_markdown(), Reading::Narrative);
        prop_assert_eq!(twice, ReadReply { title: None, reply: once });
    }

    #[test]
    fn nothing_is_lost(text in prop_oneof![markdownish(), any::<String>()]) {
        let read = read(&text, Reading::Narrative);
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        let body = match &read.title {
            Some(_) => unix.trim_start().split_once('\n').map_or("", |(_, rest)| rest),
            None => &unix,
        };
        prop_assert_eq!(kept(&read.reply.to_markdown()), kept(body));
    }

    #[test]
    fn the_gate_shows_what_the_reader_keeps(text in markdownish(), cut in 1_usize..5) {
        let chars: Vec<char> = text.replace('\r', "\n").chars().collect();
        let pieces: Vec<String> = chars.chunks(cut).map(|piece| piece.iter().collect()).collect();
        let shown = streamed(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
        let read = read(&chars.iter().collect::<String>(), Reading::Narrative);
        prop_assert_eq!(kept(&shown), kept(&read.reply.to_markdown()));
    }
}
