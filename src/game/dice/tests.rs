use super::*;

#[test]
fn what_was_said_can_be_told_without_its_dice() {
    for (text, told) in [
        ("I climb [[1d20+5]] the wall [[2d6[fire]]].", "I climb the wall."),
        ("[[1d20]]", ""),
        ("See [[The Old Gate]]  twice.", "See [[The Old Gate]]  twice."),
    ] {
        assert_eq!(without_inline(text), told);
    }
}

#[test]
fn brackets_hold_rolls_and_other_things() {
    for (text, found) in [
        ("I climb [[1d20+5]]!", &["1d20+5"][..]),
        ("[[1d20+5 # climbing]] and [[2d6]]", &["1d20+5 # climbing", "2d6"]),
        ("[[2d6[fire]]]", &["2d6[fire]"]),
        ("[[adv 1d20]]", &["adv 1d20"]),
        ("See [[The Old Gate]] and [[dragons]].", &[]),
        ("[[2024]] [[1d20", &[]),
        ("[[a d20 lay there]]", &[]),
    ] {
        assert_eq!(inline(text).unwrap(), found, "{text}");
    }
    assert!(matches!(inline("[[4d6k3]]"), Err(Denied::Dice(why)) if why.contains("kh3")));
    assert_eq!(inline(&"[[d6]]".repeat(9)), Err(Denied::TooManyRolls { limit: 8 }));
}

#[test]
fn the_nonce_cannot_pass_for_another_part() {
    let seed = Seed::new([1; 32]);
    let cup = Cup {
        table: "t",
        scene: SceneNo::new(1),
        opened: EventSeq::new(1),
        branch: BranchId::new(0),
        n: 0,
        seed: &seed,
    };
    let wanted =
        Wanted { seat: None, notation: "1d20", shown: RollFor::Public, nonce: "1|2", action: None, answers: None };
    assert_eq!(throw(cup, &wanted, &|_| None).unwrap().nonce, "12");
}

fn seats() -> Vec<Seat> {
    let person = crate::domain::PersonId::new("test:ana");
    vec![Seat { id: SeatId::new(1), person, name: "Ana".to_owned(), role: crate::domain::Role::Player }]
}

fn reply(texts: &[&str]) -> Reply {
    let spans = texts.iter().map(|text| crate::domain::Span { speaker: None, text: (*text).to_owned() });
    Reply { spans: spans.collect() }
}

#[test]
fn a_reply_asks_on_a_line_of_its_own() {
    let mut asked = reply(&["The wall is slick.\n[roll: ana, 1d20+3, climbing, fast]", "[roll: anyone, 2d6]"]);
    let requests = requests(&mut asked, &seats());
    assert_eq!(asked, reply(&["The wall is slick."]));
    let wanted = [(Some(SeatId::new(1)), "1d20+3", "climbing, fast"), (None, "2d6", "")];
    let found: Vec<_> = requests.iter().map(|r| (r.seat, r.notation.as_str(), r.why.as_str())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_asks_for_nothing_stays() {
    for text in ["[roll: Ana, climbing]", "[roll: Ana]", "He says [roll: Ana, 1d6] aloud.", "[roll: Ana, 1d6"] {
        let mut said = reply(&[text]);
        assert_eq!(requests(&mut said, &seats()), [], "{text}");
        assert_eq!(said, reply(&[text]));
    }
    let mut only = reply(&["[roll: Ana, 1d6]"]);
    assert_eq!(requests(&mut only, &seats()).len(), 1);
    assert_eq!(only, reply(&["🎲"]));
}

#[test]
fn a_claimed_roll_is_marked() {
    for (text, marked) in [
        ("> 2d6: 3 + 4 = 7", true),
        ("You roll 1d20+5 = **18**!", true),
        ("Roll 1d20+5.", false),
        ("Add 2 = two.", false),
        ("Word2d = 3", false),
    ] {
        let mut told = reply(&[text]);
        mark_claims(&mut told);
        assert_eq!(told.spans[0].text.ends_with("*(told, not rolled)*"), marked, "{text}");
    }
}
