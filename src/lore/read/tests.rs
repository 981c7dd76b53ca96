//! One model of five forms, from files in the shapes that are found.

use super::*;
use crate::lore::Logic;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/lore/");

fn file(name: &str) -> Book {
    read(&std::fs::read_to_string(format!("{FIXTURES}{name}")).unwrap(), "book").unwrap()
}

fn shown(book: &Book) -> Vec<String> {
    let keys = |keys: &[Key]| keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join("+");
    let entry = |entry: &Entry| {
        let second = if entry.logic == Logic::Ignored {
            String::new()
        } else {
            format!(" {:?} {}", entry.logic, keys(&entry.second))
        };
        let marks = [(entry.constant, "always"), (!entry.enabled, "off"), (entry.chance < 100, "chance")];
        let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, word)| format!(" {word}")).collect();
        format!(
            "{} \"{}\" [{}{second}] order {} priority {}{marks}: {}",
            entry.id,
            entry.label,
            keys(&entry.keys),
            entry.order,
            entry.priority,
            entry.content
        )
    };
    book.entries.iter().map(entry).chain(book.problems.iter().map(|problem| format!("! {problem}"))).collect()
}

#[test]
fn every_form_becomes_one_model() {
    let mut out = Vec::new();
    for name in ["embedded-v3.json", "sillytavern.json", "agnai.json", "risu.json", "novelai.json"] {
        let book = file(name);
        out.push(format!("{name}: {}, depth {}, recursive {}", book.dialect.name(), book.scan_depth, book.recursive));
        out.extend(shown(&book).into_iter().map(|line| format!("  {line}")));
    }
    insta::assert_snapshot!(out.join("\n"));
}

#[test]
fn the_label_use_regex_of_sillytavern_is_not_obeyed() {
    let tavern = r#"{"entries":[{"keys":["a.c"],"content":"x","enabled":true,"insertion_order":1,"use_regex":true,"constant":true,"extensions":{"useProbability":true}}]}"#;
    let book = read(tavern, "b").unwrap();
    assert!(book.entries[0].constant, "still told always");
    let plain = tavern.replace("\"useProbability\":true", "");
    assert!(!read(&plain, "b").unwrap().entries[0].constant, "V3 has no constants among patterns");
}

#[test]
fn what_is_no_book_is_refused_and_what_is_too_much_as_well() {
    assert!(matches!(read("{", "b"), Err(BookFault::NotJson(_))));
    assert_eq!(read("{}", "b").unwrap_err(), BookFault::Unknown);
    assert_eq!(read("[]", "b").unwrap_err(), BookFault::Unknown);
    assert_eq!(read(r#"{"entries":7}"#, "b").unwrap_err(), BookFault::Unknown);
    let many = format!(r#"{{"entries":[{}]}}"#, vec!["{}"; ENTRIES + 1].join(","));
    assert_eq!(read(&many, "b").unwrap_err(), BookFault::TooMany(ENTRIES + 1));
    assert_eq!(read(&"x".repeat(BOOK_BYTES + 1), "b").unwrap_err(), BookFault::TooLarge(BOOK_BYTES + 1));
    let odd = read(r#"{"entries":[7,null,{"keys":7,"content":[],"insertion_order":1e300}]}"#, "b").unwrap();
    assert_eq!(odd.entries.len(), 3);
}
