//! What is told and why not, entry by entry; and promises that hold for any book.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{LoreMarks, LoreTold};
use crate::lore::{Dialect, LoreAudience, read_value};

/// A book of entries in a card's form; keys are text.
fn book(entries: Value) -> Book {
    read_value(&json!({ "entries": entries, "recursive_scanning": true }), "book").unwrap()
}

fn entry(key: &str, content: &str, more: Value) -> Value {
    let mut entry = json!({ "keys": [key], "content": content, "enabled": true, "insertion_order": 100,
        "comment": key, "extensions": { "useProbability": true } });
    for (name, value) in more.as_object().unwrap() {
        if name == "extensions" {
            let inner = value.as_object().unwrap().clone();
            entry["extensions"].as_object_mut().unwrap().extend(inner);
        } else {
            entry[name] = value.clone();
        }
    }
    entry
}

struct Bench {
    messages: Vec<String>,
    marks: LoreMarks,
    now: u64,
    replies: u64,
    seed: u64,
    budget: usize,
    place: &'static str,
}

impl Bench {
    fn new(messages: &[&str]) -> Self {
        let messages = messages.iter().map(|text| (*text).to_owned()).collect();
        Self { messages, marks: LoreMarks::default(), now: 1, replies: 0, seed: 1, budget: 10_000, place: "" }
    }

    fn run(&self, books: &[&Book]) -> Report {
        let Self { messages, marks, now, replies, seed, budget, place } = self;
        activate(
            books,
            &Occasion {
                messages,
                marks,
                now: *now,
                replies: *replies,
                seed: *seed,
                budget: *budget,
                place,
                greeting: None,
            },
        )
    }

    fn told(&self, book: &Book) -> Vec<String> {
        self.run(&[book]).told.into_iter().map(|told| told.text).collect()
    }

    fn why(&self, book: &Book) -> Vec<String> {
        self.run(&[book]).skipped.into_iter().map(|skipped| format!("{}: {}", skipped.label, skipped.why)).collect()
    }

    /// Plays on: what is told is recorded, and a turn of two messages goes by.
    fn turn(&mut self, book: &Book, say: &str) -> Vec<String> {
        self.messages.push(say.to_owned());
        self.now = self.replies * 2 + 1;
        let report = self.run(&[book]);
        let called = report.told.iter().filter(|told| told.called).map(|told| told.name.clone()).collect();
        self.marks.take(&LoreTold { at: self.now, seed: 0, called, stayed: Vec::new() });
        self.messages.push("…".to_owned());
        self.replies += 1;
        report.told.into_iter().map(|told| told.text).collect()
    }
}

#[test]
fn what_is_said_calls_what_it_names_and_order_places_it() {
    let book = book(json!([
        entry("bell", "B", json!({ "insertion_order": 2 })),
        entry("gate", "A", json!({ "insertion_order": 1 })),
        entry("moon", "M", json!({})),
        entry("x", "always", json!({ "constant": true, "insertion_order": 0 })),
        entry("bell", "off", json!({ "enabled": false })),
    ]));
    let bench = Bench::new(&["The bell at the gate"]);
    assert_eq!(bench.told(&book), ["always", "A", "B"]);
    assert_eq!(bench.why(&book), ["bell: it is turned off"]);
}

#[test]
fn only_the_newest_messages_are_searched_and_a_near_miss_is_named() {
    let book = book(json!([
        entry("bell", "B", json!({ "extensions": { "scan_depth": 1 } })),
        entry("silver harp strings", "H", json!({})),
    ]));
    let report = Bench::new(&["the bell", "a silver harp", "quiet"]).run(&[&book]);
    assert!(report.told.is_empty());
    let near: Vec<_> = report.near.iter().map(|near| near.what.as_str()).collect();
    assert_eq!(
        near,
        ["\"bell\" was said longer ago than 1 messages", "something like \"silver harp strings\" was said"]
    );
}

#[test]
fn second_keys_count_in_four_ways() {
    let with = |logic: u64| {
        let more =
            json!({ "selective": true, "secondary_keys": ["red", "blue"], "extensions": { "selectiveLogic": logic } });
        book(json!([entry("bell", "B", more)]))
    };
    let told = |logic, text: &str| !Bench::new(&[text]).told(&with(logic)).is_empty();
    let table =
        [(0, [false, true, true]), (1, [true, true, false]), (2, [true, false, false]), (3, [false, false, true])];
    for (logic, expected) in table {
        let texts = ["bell", "red bell", "red and blue bell"];
        assert_eq!(texts.map(|text| told(logic, text)), expected, "logic {logic}");
    }
    assert_eq!(Bench::new(&["bell"]).why(&with(0)), ["bell: its second keys do not agree"]);
}

#[test]
fn an_entry_stays_then_stays_away_then_is_free() {
    let book = book(json!([entry("bell", "B", json!({ "extensions": { "sticky": 2, "cooldown": 2 } }))]));
    let mut bench = Bench::new(&[]);
    let said = ["bell", "quiet", "bell", "bell"];
    let told: Vec<usize> = said.iter().map(|say| bench.turn(&book, say).len()).collect();
    // Called at message 1, stays at 3, away at 5, free at 7.
    assert_eq!(told, [1, 1, 0, 1]);
}

#[test]
fn decorators_say_when() {
    let book = book(json!([
        entry("bell", "@@activate_only_after 1\nlate", json!({})),
        entry("bell", "@@dont_activate_after_match\nonce", json!({})),
        entry("harp", "@@keep_activate_after_match\nkept", json!({})),
        entry("moon", "@@activate\nalways", json!({ "insertion_order": 200 })),
        entry("bell", "@@exclude_keys fog\nclear", json!({ "insertion_order": 300 })),
        entry("moon", "@@additional_keys horn, reed\nhorn", json!({})),
        entry("bell", "@@activate_only_every 2\neven", json!({ "insertion_order": 400 })),
    ]));
    let mut bench = Bench::new(&[]);
    assert_eq!(bench.turn(&book, "bell harp"), ["once", "kept", "always", "clear", "even"]);
    assert_eq!(bench.turn(&book, "bell in the fog, a reed"), ["late", "kept", "horn", "always"]);
}

#[test]
fn chance_comes_from_the_seed() {
    let book = book(json!([entry("bell", "B", json!({ "extensions": { "probability": 30 } }))]));
    let told = |seed| Bench { seed, ..Bench::new(&["bell"]) }.told(&book).len();
    let often = (0..1000).map(told).sum::<usize>();
    assert!((240..360).contains(&often), "{often}");
    assert!((0..50).all(|seed| told(seed) == told(seed)));
    let never = super::tests::book(json!([entry("bell", "B", json!({ "extensions": { "probability": 0 } }))]));
    assert_eq!(Bench::new(&["bell"]).why(&never), ["bell: chance said no (0 of 100)"]);
}

#[test]
fn of_a_group_one_is_told() {
    let group = |content: &str, more: Value| {
        let mut entry = entry("bell", content, json!({ "extensions": { "group": "sound" } }));
        entry["extensions"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let book_of = |a: Value, b: Value| book(json!([group("A", a), group("B", b)]));
    let even = book_of(json!({ "group_weight": 90 }), json!({ "group_weight": 10 }));
    let firsts = (0..500).filter(|seed| Bench { seed: *seed, ..Bench::new(&["bell"]) }.told(&even) == ["A"]).count();
    assert!((410..490).contains(&firsts), "{firsts}");
    let wins = book_of(json!({}), json!({ "group_override": true }));
    assert!((0..20).all(|seed| Bench { seed, ..Bench::new(&["bell"]) }.told(&wins) == ["B"]));
    assert_eq!(Bench::new(&["bell"]).why(&wins), ["bell: another of the group \"sound\" is told"]);
}

#[test]
fn what_is_told_calls_more_twice_and_no_further() {
    let chain = json!([
        entry("one", "see two", json!({})),
        entry("two", "see three", json!({})),
        entry("three", "see four", json!({})),
        entry("four", "too far", json!({})),
    ]);
    assert_eq!(Bench::new(&["one"]).told(&book(chain.clone())), ["see two", "see three", "see four"]);
    let mut closed = chain.clone();
    closed[0]["extensions"]["prevent_recursion"] = json!(true);
    assert_eq!(Bench::new(&["one"]).told(&book(closed)), ["see two"]);
    let mut deaf = chain;
    deaf[1]["extensions"]["exclude_recursion"] = json!(true);
    deaf[2]["extensions"]["delay_until_recursion"] = json!(true);
    assert_eq!(Bench::new(&["one", "three"]).told(&book(deaf)), ["see two"]);
}

#[test]
fn the_budget_keeps_what_matters_more() {
    let book = book(json!([
        entry("bell", "aaaaaaaaaa", json!({ "priority": 1, "insertion_order": 1 })),
        entry("bell", "bbbbbbbbbb", json!({ "priority": 5, "insertion_order": 3 })),
        entry("bell", "cccccccccc", json!({ "priority": 3, "insertion_order": 2 })),
        entry("bell", "@@ignore_on_max_context\ndddddddddd", json!({ "priority": 9, "insertion_order": 0 })),
    ]));
    let bench = Bench { budget: 25, ..Bench::new(&["bell"]) };
    assert_eq!(bench.told(&book), ["cccccccccc", "bbbbbbbbbb"]);
    assert_eq!(bench.why(&book), ["bell: the budget is spent (10 bytes needed)"; 2]);
}

#[test]
fn what_belongs_elsewhere_stays_there_and_audience_is_kept() {
    let gm = |audience: Value, place: &str| json!({ "extensions": { "gm": { "audience": audience, "where": { "place": place } } } });
    let book = book(json!([
        entry("bell", "here", gm(json!("gm"), "Harrow")),
        entry("bell", "there", gm(json!("seat:2"), "Venn")),
        entry("bell", "nowhere", json!({ "extensions": { "gm": { "audience": [1, "seat:3"] } } })),
    ]));
    let bench = Bench { place: "The gate of Harrow", ..Bench::new(&["bell"]) };
    let told: Vec<_> = bench.run(&[&book]).told.into_iter().map(|told| (told.text, told.audience)).collect();
    let expected = [("here", LoreAudience::Gm), ("nowhere", LoreAudience::Seats(vec![1, 3]))];
    assert_eq!(told, expected.map(|(text, audience)| (text.to_owned(), audience)));
    assert_eq!(bench.why(&book), ["bell: it belongs to another place"]);
}

#[test]
fn a_hostile_book_takes_little_time_and_harms_nothing() {
    let patterns = ["/^(a+)+$/", "/(a|aa)+$/", "/(.*)*x/", "/([a-z]+)*[0-9]/"];
    let entries: Vec<_> = (0..400).map(|n| entry(patterns[n % 4], "{{char}} {{roll:9d9}}", json!({}))).collect();
    let book = book(json!(entries));
    assert_eq!(book.dialect, Dialect::Embedded);
    let bench = Bench::new(&["a".repeat(60_000).as_str(), "b"]);
    let _ = bench.run(&[&book]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the book: the same again, within the budget, and no entry twice.
    #[test]
    fn choosing_keeps_its_promises(
        entries in prop::collection::vec(("[abc]{1,2}", "[abc @\\n]{0,12}", any::<bool>(), 0u8..=100, 0i64..4, "[xy]?"), 0..12),
        said in prop::collection::vec("[abc ]{0,10}", 0..6),
        seed in any::<u64>(), budget in 0usize..60,
    ) {
        let entries: Vec<_> = entries.iter().map(|(key, content, constant, chance, priority, group)| {
            entry(key, content, json!({ "constant": constant, "priority": priority,
                "extensions": { "probability": chance, "group": group, "sticky": priority } }))
        }).collect();
        let count = entries.len();
        let book = book(json!(entries));
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let bench = Bench { seed, budget, ..Bench::new(&said) };
        let report = bench.run(&[&book]);
        prop_assert_eq!(&report, &bench.run(&[&book]));
        let bytes: usize = report.told.iter().map(|told| told.text.len()).sum();
        prop_assert!(bytes <= budget && report.bytes == (bytes, budget));
        prop_assert!(report.told.len() + report.skipped.len() + report.near.len() <= count);
        let mut names: Vec<_> = report.told.iter().map(|told| &told.name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), report.told.len());
    }
}
