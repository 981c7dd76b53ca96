use proptest::prelude::*;

use super::*;
use crate::format::spans::{self, Reading};

fn mira(said: &str) -> Guarded {
    Guarded { names: vec!["Mira Vance".to_owned(), "Mira".to_owned(), "미라".to_owned()], said: said.to_owned() }
}

fn found(said: &str, reply: &str) -> Vec<Taken> {
    let reply = spans::read(reply, Reading::Narrative).reply;
    find(&reply, &[mira(said)]).into_iter().map(|trespass| trespass.taken).collect()
}

#[test]
fn words_in_a_players_mouth_are_found_however_they_are_written() {
    for reply in [
        "**Mira:** I will pay.",
        "**Mira Vance**: I will pay.",
        "Mira: I will pay.",
        "MIRA: I will pay.",
        "[Mira] I will pay.",
        "**[Mira]** I will pay.",
        "- **Mira:** I will pay.",
        "> Mira: I will pay.",
        "Mira says, \"I will pay.\"",
        "Mira quietly says: “I will pay.”",
        "\"I will pay,\" Mira says.",
        "\"I will pay,\" says Mira, and sits.",
        "Rain falls. “I will pay!” whispers Mira. The ferryman nods.",
        "„Ich zahle“, sagt Mira.",
        "Mira flüstert: „Ich zahle.“",
        "\"내가 낼게.\" 미라가 말한다.",
        "미라는 \"내가 낼게\"라고 속삭였다.",
    ] {
        assert_eq!(found("I look at the river.", reply), [Taken::Words], "{reply}");
    }
}

#[test]
fn choices_and_feelings_are_found() {
    for (reply, taken) in [
        ("Mira decides to pay him.", Taken::Choice),
        ("Mira reluctantly agrees to the price.", Taken::Choice),
        ("The bell rings, and Mira refuses.", Taken::Choice),
        ("Mira feels guilty.", Taken::Feeling),
        ("Mira feels a pang of guilt.", Taken::Feeling),
        ("Mira Vance wonders whether he lies.", Taken::Feeling),
        ("Mira is afraid.", Taken::Feeling),
        ("Mira beschließt zu zahlen.", Taken::Choice),
        ("Mira stimmt dem Preis zu.", Taken::Choice),
        ("Mira fühlt sich schuldig.", Taken::Feeling),
        ("미라는 값을 치르기로 결심한다.", Taken::Choice),
        ("미라는 그가 거짓말한다고 생각했다.", Taken::Feeling),
    ] {
        assert_eq!(found("I look at the river.", reply), [taken], "{reply}");
    }
}

#[test]
fn what_the_world_does_and_what_is_left_open_takes_nothing() {
    for reply in [
        "The ferryman looks at Mira. \"Well?\" he says.",
        "**Tomas:** Mira says \"no\" to everything, and Mira decides nothing.",
        "\"Mira decides that,\" says the ferryman.",
        "The ferryman says to Mira, \"Pay.\"",
        "\"Pay,\" says the ferryman to Mira.",
        "Mira feels the cold wind on her neck.",
        "Mira feels something brush her ankle.",
        "If Mira agrees, the boat leaves at dawn.",
        "He waits until Mira decides.",
        "What does Mira decide?",
        "Does he know what Mira wants?",
        "Mira's brother decides to leave.",
        "Mira’s brother says, \"Go.\"",
        "The brother of Mira decides to leave.",
        "Mirabel decides to leave.",
        "\"Admiral Mirage,\" says Tomas.",
        "Mira is thrown against the rail.",
        "Mira stands at the rail, and water runs down her sleeve.",
        "Wenn Mira zustimmt, legt das Boot ab.",
        "Mira spürt den kalten Wind.",
        "미라의 오빠는 떠나기로 결심한다.",
        "미라가 결정하면 배가 떠난다.",
        "미라에게 뱃사공이 말한다. \"내시오.\"",
        "# Mira\n\nThe river.",
        "Three came: Mira, Tomas and the gull.",
    ] {
        assert_eq!(found("I look at the river.", reply), [], "{reply}");
    }
}

#[test]
fn what_the_player_just_said_may_be_told_again() {
    let said = "I say \"I will pay you at dawn\" and decide to wait. I agree with Tomas.";
    for reply in [
        "\"I will pay you at dawn,\" Mira says, and the ferryman spits.",
        "**Mira:** I will pay you at dawn.",
        "Mira decides to wait. The ferryman shrugs.",
        "Mira agrees with Tomas.",
    ] {
        assert_eq!(found(said, reply), [], "{reply}");
    }
    assert_eq!(found(said, "\"I will pay you nothing,\" Mira says."), [Taken::Words]);
}

#[test]
fn each_place_says_whose_and_what() {
    let reply = spans::read("Mira decides to go.\n\n**Tom:** Hm.", Reading::Narrative).reply;
    let tom = Guarded { names: vec!["Tom".to_owned()], said: String::new() };
    let found = find(&reply, &[mira(""), tom]);
    let told: Vec<_> = found.iter().map(|one| (one.character.as_str(), one.words.as_str())).collect();
    assert_eq!(told, [("Mira Vance", "Mira decides to go."), ("Tom", "Tom: Hm.")]);
}

/// Text that is likely to hold what is looked for.
fn prose() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Mira",
        "미라는",
        " ",
        " ",
        " says",
        " decides",
        " feels",
        " a pang",
        "\"",
        "“",
        "”",
        "„",
        "«",
        ",",
        ".",
        "!",
        "?",
        "\n",
        "\n\n",
        "**",
        ":",
        "[",
        "]",
        "if ",
        "결심한다",
        "The wind",
        "é",
        "\u{fffc}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_is_written_is_looked_through(text in prop_oneof![prose(), any::<String>()]) {
        let reply = spans::read(&text, Reading::Narrative).reply;
        let found = find(&reply, &[mira("")]);
        prop_assert!(found.len() <= NAMED);
        prop_assert!(found.iter().all(|one| one.words.chars().count() <= QUOTED && one.character == "Mira Vance"));
    }

    #[test]
    fn who_is_not_named_is_taken_nothing_from(text in prose()) {
        let text = text.replace("Mira", "He").replace("미라", "그");
        let reply = spans::read(&text, Reading::Narrative).reply;
        prop_assert_eq!(find(&reply, &[mira("")]), []);
    }

    #[test]
    fn nobody_is_guarded_where_nobody_plays(text in prose()) {
        let reply = spans::read(&text, Reading::Narrative).reply;
        prop_assert_eq!(find(&reply, &[]), []);
    }

    #[test]
    fn a_quotation_of_the_player_is_theirs(words in "[a-z]{1,8}( [a-z]{1,8}){0,6}") {
        let reply = spans::read(&format!("\"{words}!\" Mira says."), Reading::Narrative).reply;
        prop_assert_eq!(find(&reply, &[mira(&format!("I shout: {words} and run"))]), []);
    }
}
