//! Cards in every kind of file, as they are found; files that mean harm; and whatever else comes.

use proptest::prelude::*;

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cards/");

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}")).unwrap()
}

fn one(name: &str) -> Parcel {
    let mut parcels = open(&file(name)).unwrap();
    assert_eq!(parcels.len(), 1);
    parcels.remove(0)
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

#[test]
fn a_card_is_read_from_every_kind_of_file() {
    let seen = |name: &str| {
        let parcel = one(name);
        (parcel.card.fields().name.clone(), parcel.card.spec(), parcel.carrier)
    };
    assert_eq!(seen("tomas-v1.json"), ("Tomas of the Gate".to_owned(), Spec::V1, Carrier::Json));
    assert_eq!(seen("mira-v2.json"), ("Mira".to_owned(), Spec::V2, Carrier::Json));
    assert_eq!(seen("mira-v2.png"), ("Mira".to_owned(), Spec::V2, Carrier::Png));
    assert_eq!(seen("orla-v3.json"), ("Orla Venn".to_owned(), Spec::V3, Carrier::Json));
    assert_eq!(seen("both.png"), ("Orla Venn".to_owned(), Spec::V3, Carrier::Png));
    assert_eq!(seen("orla.charx"), ("Orla Venn".to_owned(), Spec::V3, Carrier::Charx));
    assert_eq!(seen("gull.yaml"), ("The Gull".to_owned(), Spec::V2, Carrier::Yaml));
    for name in ["tomas-v1.json", "mira-v2.png", "both.png", "orla.charx", "gull.yaml"] {
        assert_eq!(one(name).card.findings(), [], "{name}");
    }
    assert!(one("orla.charx").picture.is_some(), "its icon is its picture");
    assert_eq!(one("old-assets.png").members, [("icon.bin".to_owned(), vec![0, 1, 2, 3])]);
}

#[test]
fn the_json_leaves_as_it_came() {
    for (name, written) in
        [("mira-v2.png", "mira-v2.json"), ("both.png", "orla-v3.json"), ("orla.charx", "orla-v3.json")]
    {
        assert_eq!(one(name).json(), file(written), "{name}");
    }
    for name in ["tomas-v1.json", "mira-v2.json", "orla-v3.json"] {
        assert_eq!(one(name).json(), file(name));
    }
}

#[test]
fn a_picture_holds_both_generations_just_before_its_end_and_no_older_ones() {
    for name in ["mira-v2.png", "both.png", "tomas-v1.json"] {
        let parcel = one(name);
        let out = parcel.png().unwrap();
        let held = png::read(&out).unwrap();
        assert_eq!((held.chara.len(), held.ccv3.len()), (1, 1), "{name}");
        let (v2, v3) = (Card::read(&held.chara[0]).unwrap(), Card::read(&held.ccv3[0]).unwrap());
        assert_eq!((v2.spec(), v3.spec()), (Spec::V2, Spec::V3), "{name}");
        assert_eq!((v2.findings(), v3.findings()), (&[][..], &[][..]), "{name}");
        let again = &open(&out).unwrap()[0];
        assert!(again.png().unwrap() == out, "{name}: written twice it is the same");
    }
    let out = one("mira-v2.png").png().unwrap();
    let held = png::read(&out).unwrap();
    assert_eq!(held.chara[0], text("mira-v2.json"), "letter by letter");
    assert!(held.ccv3[0].contains(r#""vendor/thing":{"keep":  [1.50, 1e40, "\ud83d\ude00", {"b":1,"a":2,"b":3}]}"#));
    let plain = &file("mira-v2.png");
    let until_card = plain.windows(5).position(|window| window == b"chara").unwrap() - 8;
    assert!(open(&out).unwrap()[0].json() == file("mira-v2.json"), "a V2 card stays one");
    assert_eq!(out[..until_card], plain[..until_card], "the picture itself is not touched");
}

#[test]
fn the_copy_for_older_applications_says_so_and_has_no_decorators() {
    let copy = one("orla-v3.json").card.as_v2();
    let value: serde_json::Value = serde_json::from_str(&copy).unwrap();
    assert!(value["data"]["creator_notes"].as_str().unwrap().starts_with("This is the V2 copy"));
    assert_eq!(value["data"]["character_book"]["entries"][0]["content"], "The map moves at night.");
    assert!(value["data"]["assets"].is_null() && value["data"]["nickname"].is_null());
    assert!(copy.contains(r#""extensions":{"gm": {"where": {"place": "Harrow"}}, "x": null}"#));
    let old = one("tomas-v1.json").card.as_v2();
    assert!(old.contains("\"create_date\": \"2023-5-4 @11h 20m 3s 514ms\"") && old.starts_with("{\n  \"name\""));
}

#[test]
fn an_archive_keeps_its_members_byte_for_byte() {
    let parcel = one("orla.charx");
    let out = parcel.charx().unwrap();
    let again = open(&out).unwrap().remove(0);
    assert_eq!((again.members.clone(), again.json()), (parcel.members.clone(), parcel.json()));
    assert!(again.charx().unwrap() == out);
    let packed = open(&one("mira-v2.png").charx().unwrap()).unwrap().remove(0);
    assert_eq!(packed.members[0].1, file("mira-v2.png"), "the picture goes along");
}

#[test]
fn one_field_is_changed_and_nothing_else() {
    let card = one("mira-v2.json").card;
    let edited = card.with(&["data", "personality"], &"warm \"now\"".into()).unwrap();
    assert_eq!(edited.text(), card.text().replace("\"dry, quick, kind to animals\"", "\"warm \\\"now\\\"\""));
    let marked = card.with(&card.path_of(&["extensions", "gm", "suggestions"]), &false.into()).unwrap();
    assert_eq!(marked.text(), card.text().replace("\"b\":3}]}}}", "\"b\":3}]},\"gm\":{\"suggestions\":false}}}"));
}

#[test]
fn people_of_other_bots_become_cards() {
    let tuppers = open(&file("tupperbox.json")).unwrap();
    let names: Vec<_> = tuppers.iter().map(|parcel| parcel.card.fields().name.as_str()).collect();
    assert_eq!(names, ["Wren", "Old Bell"]);
    assert_eq!(tuppers[0].card.fields().own["proxy_tags"], serde_json::json!([["w:", ""], ["[", "]"]]));
    assert_eq!(tuppers[1].card.fields().nickname, "Bell");
    let ash = one("pluralkit.json");
    assert_eq!(ash.card.findings(), []);
    assert!(ash.notes[0].contains("Switches"), "{:?}", ash.notes);
    for word in ["1999", "they/them", "2024-01-01", "private", "2001", "217"] {
        assert!(!ash.card.text().contains(word) && !tuppers[0].card.text().contains(word), "{word}");
    }
}

#[test]
fn what_is_no_card_or_means_harm_is_refused_with_its_reason() {
    let mut said = Vec::new();
    let mut names: Vec<_> =
        std::fs::read_dir(format!("{FIXTURES}bad")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names {
        let name = name.into_string().unwrap();
        match open(&file(&format!("bad/{name}"))) {
            Err(fault) => said.push(format!("{name}: {fault}")),
            Ok(parcels) => said.push(format!("{name}: read, {:?}", parcels[0].notes)),
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn wrong_fields_are_named_by_their_path() {
    let card = one("bad/wrong-fields.json").card;
    let said: Vec<_> = card.findings().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    data.description: expected a text, found a number
    data.creator_notes: expected a text, found nothing
    data.alternate_greetings[1]: expected a text, found a number
    data.tags: expected a list of texts, found a text
    data.character_book.entries[0].enabled: expected true or false, found a text
    "#);
}

#[test]
fn limits_hold_to_the_byte() {
    let card = |bytes: usize| {
        let frame = r#"{"name":"x","description":""}"#;
        frame.replace("\"\"}", &format!("\"{}\"}}", "y".repeat(bytes - frame.len())))
    };
    assert!(open(card(TEXT_BYTES).as_bytes()).is_ok());
    assert!(matches!(open(card(TEXT_BYTES + 1).as_bytes()), Err(CardFault::TooLarge { limit: TEXT_BYTES, .. })));
    let picture = [png::SIGNATURE, &vec![0; PNG_BYTES]].concat();
    assert!(matches!(open(&picture), Err(CardFault::TooLarge { limit: PNG_BYTES, .. })));
    let parcel = one("orla-v3.json");
    let full = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| (format!("assets/{n}"), Vec::new())).collect();
        open(&Parcel { members, ..parcel.clone() }.charx().unwrap())
    };
    assert!(full(ARCHIVE_MEMBERS - 1).is_ok());
    assert!(matches!(full(ARCHIVE_MEMBERS), Err(CardFault::Archive(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A file that was damaged anywhere is refused or read, and what is read can be written and read again.
    #[test]
    fn damage_never_brings_it_down(which in 0usize..5, at in 0.0f64..1.0, byte in any::<u8>(), cut in 0.0f64..1.5) {
        let name = ["mira-v2.png", "both.png", "orla.charx", "orla-v3.json", "gull.yaml"][which];
        let mut bytes = file(name);
        let place = (at * (bytes.len() - 1) as f64) as usize;
        bytes[place] = byte;
        bytes.truncate((cut * bytes.len() as f64) as usize);
        if let Ok(parcels) = open(&bytes) {
            let parcel = &parcels[0];
            let again = open(&parcel.png().unwrap()).unwrap();
            prop_assert_eq!(&again[0].card.fields().name, &parcel.card.fields().name);
            let again = open(&parcel.json()).unwrap();
            prop_assert_eq!(again[0].card.text(), parcel.card.text());
        }
    }

    /// Whatever stands in the fields, it leaves as it came, also through a picture and an archive.
    #[test]
    fn texts_and_unknown_fields_survive(name in "\\PC{0,20}x", odd in "\\PC{0,40}", key in "\\PC{1,10}", blank in "[ \n\t]{0,3}") {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let text = format!(
            "{{{blank}\"spec\":\"chara_card_v3\",\"data\":{{\"name\":{},{}:{blank}[{},1.0]}},\"zz\":{}{blank}}}",
            json(&name), json(&format!("u-{key}")), json(&odd), json(&odd)
        );
        let parcel = Parcel::plain(Card::read(&text).unwrap(), Carrier::Json);
        let picture = open(&parcel.png().unwrap()).unwrap();
        prop_assert_eq!(picture[0].card.text(), &text);
        let archive = open(&parcel.charx().unwrap()).unwrap();
        prop_assert_eq!(archive[0].card.text(), &text);
        let edited = parcel.card.with(&["data", "nickname"], &odd.as_str().into()).unwrap();
        prop_assert_eq!(&edited.fields().nickname, &odd);
        let v2 = Card::read(&parcel.card.as_v2()).unwrap();
        prop_assert_eq!(&v2.fields().name, &name);
    }
}
