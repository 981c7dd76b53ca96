//! Checks the data files: every list is there and long enough, every slot and ending is known, no line is too long.
//! Tests no story; that is done in `session_tests`.

use std::collections::BTreeSet;

use super::grammar::{mark, named};
use super::tables::{Label, Matching, Place, Pool, Tables};

/// The most characters of a line.
const LINE_CHARS: usize = 200;

const SLOTS: &[&str] = &[
    "place.name",
    "place.thing",
    "place.way",
    "trouble.name",
    "trouble.thing",
    "thread.about",
    "player",
    "npc.name",
    "npc.they",
    "npc.them",
    "npc.their",
    "npc.role",
    "npc.look",
    "npc.want",
    "npc.temper",
    "target",
    "topic",
    "vow",
    "names",
    "quote",
];

fn all_lines<'a>(tables: &'a Tables) -> Vec<(String, &'a str)> {
    let mut lines: Vec<(String, &'a str)> = Vec::new();
    let mut add = |from: &str, texts: &mut dyn Iterator<Item = &'a String>| {
        let texts: Vec<&'a str> = texts.map(String::as_str).collect();
        assert!(!texts.is_empty(), "{from} is empty");
        lines.extend(texts.into_iter().map(|text| (from.to_owned(), text)));
    };
    for place in tables.places.places.iter().chain([&tables.places.anywhere]) {
        add(&place.title, &mut [&place.name, &place.title, &place.arrive, &place.light].into_iter());
        add(&place.title, &mut place.senses.iter());
        add(&place.title, &mut place.things.iter());
        add(&place.title, &mut place.ways.iter());
    }
    for temper in &tables.people.tempers {
        for list in [&temper.manner, &temper.greet, &temper.talk, &temper.yes, &temper.no, &temper.again] {
            add(&temper.name, &mut list.iter());
        }
    }
    for want in &tables.people.wants {
        add(&want.want, &mut want.plea.iter().chain([&want.thanks]));
    }
    let events = &tables.events;
    for trouble in &events.troubles {
        let own = [&trouble.name, &trouble.thing, &trouble.pressure, &trouble.strike, &trouble.eased];
        add(&trouble.name, &mut own.into_iter());
        add(&trouble.name, &mut trouble.steps.iter());
        assert_eq!(trouble.steps.len(), super::world::CLOCK_STEPS - 1, "{}", trouble.name);
    }
    for thread in &events.threads {
        let own = [&thread.about, &thread.hint, &thread.rumour, &thread.clue, &thread.payoff];
        add(&thread.about, &mut own.into_iter());
    }
    for list in [&events.costs, &events.details, &events.discoveries, &tables.people.roles, &tables.people.looks] {
        add("events", &mut list.iter());
    }
    for pool in Pool::ALL {
        add(&format!("{pool:?}"), &mut tables.pool(*pool).iter());
    }
    lines
}

fn check_lines(tables: &Tables) {
    for (from, line) in all_lines(tables) {
        assert!(line.chars().count() <= LINE_CHARS || from == "Gm", "{from}: too long: {line}");
        assert!(!line.trim().is_empty() && !line.contains(['\n', '#', '*', '`', '@']), "{from}: {line:?}");
        for (slot, _) in named(line).unwrap_or_else(|wrong| panic!("{from}: {wrong}")) {
            assert!(SLOTS.contains(&slot), "{from}: no slot `{slot}`: {line}");
        }
    }
    for label in Label::ALL {
        assert!(!tables.label(*label).is_empty(), "{label:?}");
    }
    assert_eq!(tables.words.odds.len(), 5);
}

/// Told lines are found again by their fixed part, so those have to differ and be long enough to mean something.
fn check_marks(tables: &Tables) {
    let mut seen = BTreeSet::new();
    let troubles = tables.events.troubles.iter().flat_map(|t| [&t.pressure, &t.strike, &t.eased]);
    let threads = tables.events.threads.iter().flat_map(|t| [&t.hint, &t.rumour, &t.clue, &t.payoff]);
    let places = tables.places.places.iter().map(|place| &place.arrive);
    for line in troubles.chain(threads).chain(places) {
        let mark = mark(line);
        assert!(mark.chars().count() >= 12, "too little to be found again by: {line}");
        assert!(seen.insert(mark), "twice: {line}");
    }
}

/// A name that is also a word of some line would count as somebody who was met.
fn check_names(tables: &Tables) {
    for (from, line) in all_lines(tables) {
        for word in line.split(|c: char| !c.is_alphanumeric()) {
            let named = |name: &&String| *name == word || !word.is_ascii() && word.starts_with(name.as_str());
            let name = tables.people.styles.iter().flatten().find(named);
            assert_eq!(name, None, "{from}: {line}");
        }
    }
}

fn check_words(tables: &Tables) {
    let mut seen = BTreeSet::new();
    for place in &tables.places.places {
        for word in &place.words {
            assert!(seen.insert(word), "two places are called {word}");
        }
    }
    if tables.words.matching == Matching::Stems {
        return;
    }
    for verbs in &tables.words.verbs {
        assert!(verbs.words.len() > 4, "{:?}", verbs.intent);
    }
}

#[test]
fn every_line_of_the_data_can_be_told() {
    for language in ["en", "de", "ko"] {
        let tables = Tables::of(language);
        assert!(tables.speak(language));
        check_lines(tables);
        check_marks(tables);
        check_names(tables);
        check_words(tables);
    }
}

/// Nouns are bent by their article alone, which a plural or an adjective before the noun would not bear.
#[test]
fn german_things_can_be_bent() {
    let tables = Tables::of("de");
    let places = tables.places.places.iter().chain([&tables.places.anywhere]);
    let nouns = places.flat_map(|place| place.things.iter().chain(&place.ways).chain([&place.name]));
    let things = tables.events.troubles.iter().map(|trouble| &trouble.thing);
    let abouts = tables.events.threads.iter().map(|thread| &thread.about);
    for noun in nouns.chain(things).chain(abouts) {
        let (article, rest) = noun.split_once(' ').unwrap_or_else(|| panic!("{noun}"));
        assert!(["der", "die", "das"].contains(&article), "{noun}");
        assert!(rest.starts_with(char::is_uppercase), "{noun}");
    }
}

#[test]
fn there_is_enough_of_everything() {
    let tables = Tables::of("en");
    assert!(tables.places.places.len() >= 24);
    assert!(tables.people.styles.len() >= 2 && tables.people.styles.iter().all(|style| style.len() >= 40));
    let names: BTreeSet<&String> = tables.people.styles.iter().flatten().collect();
    assert_eq!(names.len(), tables.people.styles.iter().map(Vec::len).sum::<usize>());
    assert!(tables.people.tempers.len() >= 24 && tables.people.wants.len() >= 24);
    let events = &tables.events;
    assert!(events.troubles.len() >= 40 && events.threads.len() >= 40);
    assert!(events.costs.len() >= 60 && events.details.len() >= 40 && events.discoveries.len() >= 30);
    assert!(tables.pool(Pool::Question).len() >= 40);
    assert!(
        tables
            .places
            .places
            .iter()
            .all(|Place { senses, things, ways, .. }| { senses.len() >= 3 && things.len() >= 3 && ways.len() >= 2 })
    );
}
