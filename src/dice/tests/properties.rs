use proptest::prelude::*;

use super::super::proof::{Seed, Throw, holds, throw};
use super::super::{MAX_DICE, Notation, plain, written};

/// Notations that can be read.
fn notation() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        (0_u32..40).prop_map(|n| n.to_string()),
        (0_u32..6, 1_u32..21).prop_map(|(count, sides)| format!("{count}d{sides}")),
        Just("d%".to_owned()),
        Just("4dF".to_owned()),
        Just("@str".to_owned()),
        (1_u32..6, operators()).prop_map(|(count, operators)| format!("{count}d6{operators}")),
    ];
    let tree = atom.prop_recursive(4, 24, 4, |inner| {
        let sign = prop::sample::select(vec!["+", "-", "*", "/", "//", "%", "==", ">", "<=", " + "]);
        let set = prop::sample::select(vec!["", "kh1", "pl1", "k>3", "cs>=2", "ms4"]);
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(a, sign, b)| format!("{a}{sign}{b}")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("({a})[fire]")),
            (prop::collection::vec(inner, 1..4), set).prop_map(|(all, set)| format!("({},){set}", all.join(","))),
        ]
    });
    (tree, prop::sample::select(vec!["", " # a note", " for luck"])).prop_map(|(tree, note)| format!("{tree}{note}"))
}

fn operators() -> impl Strategy<Value = String> {
    let one = prop::sample::select(vec![
        "kh2", "kl1", "pl1", "ph1", "rr1", "ro<3", "ra>4", "e6", "eo5", "mi2", "ma5", "cs>=4", "cf<=1", "k=3", "ms3",
    ]);
    prop::collection::vec(one, 0..3).prop_map(|all| all.concat())
}

/// Text made of the letters that mean something.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "d",
        "d6",
        "1",
        "20",
        "(",
        ")",
        "{",
        "}",
        ",",
        "[",
        "]",
        "k",
        "h",
        "kh1",
        "e1",
        "rr",
        "ro",
        "mi",
        "cs",
        ">",
        "=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "x",
        "6x(",
        "@",
        "#",
        " ",
        ".",
        "F",
        "adv",
        "foundry:",
        "maiden:",
        "é",
        "\u{202e}",
        "999999999",
        "!",
        ";",
        "|",
        "~~",
        "\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

const SEED: [u8; 32] = [7; 32];

fn record(notation: &str) -> Throw<'_> {
    Throw { table: "t", scene: 1, branch: 0, n: 0, notation, nonce: "1" }
}

proptest! {
    #[test]
    fn what_is_well_written_is_understood(text in notation()) {
        prop_assert!(text.parse::<Notation>().is_ok() || text.chars().count() > 512, "{text}");
    }

    #[test]
    fn a_throw_can_be_drawn_again_and_stays_in_its_limits(text in prop_oneof![notation(), noise(), any::<String>()]) {
        let seed = Seed::new(SEED);
        if let Ok((outcome, drawn)) = throw(&seed, &record(&text), &|_| Some(2)) {
            prop_assert!(drawn.len() <= MAX_DICE as usize);
            prop_assert!(drawn.iter().all(|(sides, face)| (1..=*sides).contains(face)));
            prop_assert!(holds(&seed, &record(&text), &outcome.names, &drawn, &outcome.totals()));
            prop_assert!(!holds(&seed, &record(&text), &outcome.names, &drawn, &[]));
        }
    }

    #[test]
    fn a_fault_points_into_the_text(text in prop_oneof![noise(), any::<String>()]) {
        if let Err(fault) = text.parse::<Notation>() {
            prop_assert!(fault.at >= 1 && fault.at <= text.chars().count().min(513) + 1, "{fault:?}");
            prop_assert!(fault.to_string().chars().count() < 300);
        }
    }

    #[test]
    fn what_is_written_out_is_no_markup_but_ours(text in prop_oneof![notation(), noise()], label in any::<String>()) {
        let text = format!("{text} # {label}");
        if let Ok((outcome, _)) = throw(&Seed::new(SEED), &record(&text), &|_| Some(2)) {
            let shown = written(&outcome);
            for event in pulldown_cmark::Parser::new_ext(&shown, pulldown_cmark::Options::ENABLE_STRIKETHROUGH) {
                use pulldown_cmark::{Event, Tag, TagEnd};
                let ours = match &event {
                    Event::Text(_) | Event::SoftBreak => true,
                    Event::Start(tag) => matches!(tag, Tag::Paragraph | Tag::Strong | Tag::Strikethrough | Tag::List(_) | Tag::Item),
                    Event::End(tag) => matches!(tag, TagEnd::Paragraph | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::List(_) | TagEnd::Item),
                    _ => false,
                };
                prop_assert!(ours, "{event:?} in {shown:?}");
            }
            prop_assert!(!shown.contains("@everyone") && !shown.contains("<@"));
            prop_assert!(!plain(&outcome).chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
