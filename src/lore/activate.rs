//! Choosing what is told: keys, second keys, decorators, time, chance, groups, recursion, budget, in this order. PURE.
//! The same books, messages, marks and seed always give the same report.

use super::keys::Window;
use super::report::{Chosen, Near, Report, Skip, SkippedEntry};
use super::timed::{Time, time};
use super::{Book, Entry, Logic, groups};
use crate::domain::LoreMarks;
use crate::format::macros::{self, Names, number};

/// How often what is told may call up more.
const ROUNDS: usize = 2;
/// How many near misses are reported.
const NEAR: usize = 20;
/// How much of what was said is searched for one entry, in bytes: the newest of it.
const WINDOW_BYTES: usize = 64 * 1024;

/// What lore is chosen for.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// What was said and told, oldest first.
    pub messages: &'a [String],
    /// The number of the newest message on this line of play.
    pub now: u64,
    /// How many replies were given on this line of play.
    pub replies: u64,
    /// What was called before.
    pub marks: &'a LoreMarks,
    /// What chance comes from.
    pub seed: u64,
    /// How much may be told, in bytes.
    pub budget: usize,
    /// Where play is, as far as known: title of the scene, place.
    pub place: &'a str,
    /// Which opening the scene had, if one of a card.
    pub greeting: Option<u64>,
}

/// An entry that was called.
pub(super) struct Found {
    book: usize,
    entry: usize,
    because: String,
    /// Whether it is told because it was called before.
    pub(super) stays: bool,
}

impl Found {
    pub(super) fn entry<'a>(&self, books: &[&'a Book]) -> &'a Entry {
        &books[self.book].entries[self.entry]
    }
}

/// An entry's name across books.
pub(super) fn name_of(books: &[&Book], found: &Found) -> String {
    name(books[found.book], found.entry(books))
}

fn name(book: &Book, entry: &Entry) -> String {
    format!("{}/{}", book.name, entry.id)
}

/// Chooses.
pub fn activate(books: &[&Book], occasion: &Occasion<'_>) -> Report {
    let mut chooser = Chooser {
        books,
        occasion,
        windows: Windows { occasion, made: Vec::new() },
        report: Report { seed: occasion.seed, ..Report::default() },
        found: Vec::new(),
        judged: books.iter().map(|book| vec![false; book.entries.len()]).collect(),
    };
    chooser.by_what_was_said();
    for _ in 0..ROUNDS {
        if !chooser.by_what_is_told() {
            break;
        }
    }
    chooser.near_misses();
    chooser.tell()
}

struct Chooser<'a> {
    books: &'a [&'a Book],
    occasion: &'a Occasion<'a>,
    windows: Windows<'a>,
    report: Report,
    found: Vec<Found>,
    /// Which entries are found or reported: no entry is judged twice.
    judged: Vec<Vec<bool>>,
}

/// What an entry's keys say.
enum Call {
    No,
    Yes(String),
}

impl Chooser<'_> {
    fn by_what_was_said(&mut self) {
        for (b, book) in self.books.iter().enumerate() {
            for (e, entry) in book.entries.iter().enumerate() {
                let time = time(self.occasion.marks, &name(book, entry), entry, self.occasion.now);
                let call = match (entry.constant, time) {
                    (_, Time::Stays) if entry.enabled => Call::Yes("it stays from before".to_owned()),
                    (true, _) => Call::Yes("always".to_owned()),
                    _ if entry.only_recursion => Call::No,
                    _ => called(entry, self.windows.of(entry.scan_depth.unwrap_or(book.scan_depth))),
                };
                let Call::Yes(because) = call else { continue };
                let window = self.windows.of(entry.scan_depth.unwrap_or(book.scan_depth));
                let verdict = if time == Time::Stays { Ok(()) } else { judge(entry, window, time, self.occasion) };
                self.settle((b, e), because, verdict, time == Time::Stays);
            }
        }
        self.draw();
        self.settle_groups();
    }

    /// Lets what is told call up more; false when nothing came of it.
    fn by_what_is_told(&mut self) -> bool {
        let calling = self
            .found
            .iter()
            .filter(|found| self.books[found.book].recursive && !found.entry(self.books).prevent_recursion);
        let texts: Vec<&str> = calling.map(|found| found.entry(self.books).content.as_str()).collect();
        if texts.is_empty() {
            return false;
        }
        let window = Window::new(newest(texts.join("\n"), WINDOW_BYTES));
        let before = self.found.len();
        for (b, book) in self.books.iter().enumerate().filter(|(_, book)| book.recursive) {
            for (e, entry) in book.entries.iter().enumerate() {
                if self.judged[b][e] || entry.exclude_recursion {
                    continue;
                }
                let Call::Yes(because) = called(entry, &window) else { continue };
                let time = time(self.occasion.marks, &name(book, entry), entry, self.occasion.now);
                let verdict = judge(entry, &window, time, self.occasion);
                self.settle((b, e), format!("{because} in other lore"), verdict, false);
            }
        }
        let came = self.found.len() > before;
        self.draw();
        self.settle_groups();
        came
    }

    fn settle(&mut self, (book, entry): (usize, usize), because: String, verdict: Result<(), Skip>, stays: bool) {
        self.judged[book][entry] = true;
        match verdict {
            Ok(()) => self.found.push(Found { book, entry, because, stays }),
            Err(why) => {
                self.report.skipped.push(skipped(&self.books[book].entries[entry], why));
            }
        }
    }

    /// Lets chance have its say, once for each entry.
    fn draw(&mut self) {
        let (books, occasion) = (self.books, self.occasion);
        let mut out = Vec::new();
        self.found.retain(|found| {
            let entry = found.entry(books);
            let drawn = number(&[occasion.seed, groups::hash(&name_of(books, found))]) % 100;
            let stays = found.stays || drawn < u64::from(entry.chance);
            if !stays {
                out.push(skipped(entry, Skip::Chance(entry.chance)));
            }
            stays
        });
        self.report.skipped.extend(out);
    }

    fn settle_groups(&mut self) {
        let mut losers = groups::losers(self.books, &self.found, self.occasion.seed);
        losers.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, group) in losers {
            let found = self.found.remove(at);
            self.report.skipped.push(skipped(found.entry(self.books), Skip::Group(group)));
        }
    }

    fn near_misses(&mut self) {
        for (b, book) in self.books.iter().enumerate() {
            for (e, entry) in book.entries.iter().enumerate() {
                if self.judged[b][e] || !entry.enabled || self.report.near.len() >= NEAR {
                    continue;
                }
                let depth = entry.scan_depth.unwrap_or(book.scan_depth);
                let what = if let Some(key) = entry.keys.iter().find(|key| key.is_in(self.windows.of(depth * 3))) {
                    format!("\"{}\" was said longer ago than {depth} messages", key.text)
                } else if let Some(key) = entry.keys.iter().find(|key| key.is_nearly_in(self.windows.of(depth))) {
                    format!("something like \"{}\" was said", key.text)
                } else {
                    continue;
                };
                self.report.near.push(Near { label: entry.label.clone(), audience: entry.audience.clone(), what });
            }
        }
    }

    /// Fills the budget by priority and puts what fits in order.
    fn tell(mut self) -> Report {
        let books = self.books;
        let names = Names { character: "", user: "the player", seed: self.occasion.seed };
        let mut told: Vec<(i64, usize, Chosen)> = Vec::new();
        let rank = |found: &Found| {
            let entry = found.entry(books);
            let first_out = entry.decorators.ignore_on_max_context;
            (
                std::cmp::Reverse(entry.ignores_budget),
                first_out,
                std::cmp::Reverse((entry.constant, entry.priority)),
                found.book,
                found.entry,
            )
        };
        self.found.sort_by_key(rank);
        let mut left = self.occasion.budget;
        let mut left_of: Vec<usize> = books.iter().map(|book| book.budget.unwrap_or(usize::MAX)).collect();
        for (at, found) in self.found.iter().enumerate() {
            let entry = found.entry(books);
            // A card's book knows its character by the card's name.
            let expanded = macros::expand(&entry.content, &Names { character: &books[found.book].name, ..names });
            let (text, size) = (expanded.text.trim().to_owned(), expanded.text.trim().len());
            // What ignores its book's budget still has to fit the table's.
            let fits = size <= left && (entry.ignores_budget || size <= left_of[found.book]);
            let why = match () {
                () if text.is_empty() => Some(Skip::Empty),
                () if !fits => Some(Skip::Budget(size)),
                () => None,
            };
            if let Some(why) = why {
                self.report.skipped.push(skipped(entry, why));
                continue;
            }
            left -= size;
            left_of[found.book] = left_of[found.book].saturating_sub(size);
            self.report.unknown_macros.extend(expanded.unknown);
            let chosen = Chosen {
                name: name_of(books, found),
                label: entry.label.clone(),
                text,
                because: found.because.clone(),
                audience: entry.audience.clone(),
                called: !found.stays,
            };
            told.push((entry.order, at, chosen));
        }
        told.sort_by_key(|(order, at, _)| (*order, *at));
        self.report.bytes = (self.occasion.budget - left, self.occasion.budget);
        self.report.told = told.into_iter().map(|(_, _, chosen)| chosen).collect();
        self.report.unknown_macros.sort();
        self.report.unknown_macros.dedup();
        self.report
    }
}

fn skipped(entry: &Entry, why: Skip) -> SkippedEntry {
    SkippedEntry { label: entry.label.clone(), audience: entry.audience.clone(), why }
}

fn called(entry: &Entry, window: &Window) -> Call {
    match entry.keys.iter().find(|key| key.is_in(window)) {
        Some(key) => Call::Yes(format!("\"{}\" was said", key.text)),
        None => Call::No,
    }
}

/// Whether an entry that was called may be told, by everything that does not need the others.
fn judge(entry: &Entry, window: &Window, time: Time, occasion: &Occasion<'_>) -> Result<(), Skip> {
    if !entry.enabled {
        return Err(Skip::Off);
    }
    if !second_keys_agree(entry, window) {
        return Err(Skip::SecondKeys);
    }
    let decorators = &entry.decorators;
    let excluded = || decorators.exclude_keys.iter().any(|word| window.has(word));
    match () {
        () if decorators.dont_activate => return Err(Skip::Decorator("dont_activate")),
        () if excluded() => return Err(Skip::Decorator("exclude_keys")),
        () if decorators.every.is_some_and(|every| !occasion.replies.is_multiple_of(every)) => {
            return Err(Skip::Decorator("activate_only_every"));
        }
        () if decorators.greeting.is_some_and(|wanted| occasion.greeting != Some(wanted)) => {
            return Err(Skip::Decorator("is_greeting"));
        }
        () if decorators.once && time == Time::Away => return Err(Skip::Decorator("dont_activate_after_match")),
        () if decorators.after.is_some_and(|after| occasion.replies < after) => {
            return Err(Skip::Decorator("activate_only_after"));
        }
        () if occasion.now < entry.delay => return Err(Skip::Delay(entry.delay)),
        () if time == Time::Away => return Err(Skip::Cooldown),
        () => {}
    }
    let here = occasion.place.to_lowercase();
    if !entry.places.is_empty() && !entry.places.iter().any(|place| here.contains(place)) {
        return Err(Skip::Place);
    }
    Ok(())
}

fn second_keys_agree(entry: &Entry, window: &Window) -> bool {
    if entry.second.is_empty() {
        return true;
    }
    let there = entry.second.iter().filter(|key| key.is_in(window)).count();
    match entry.logic {
        Logic::Ignored => true,
        Logic::Any => there > 0,
        Logic::NotAll => there < entry.second.len(),
        Logic::NotAny => there == 0,
        Logic::All => there == entry.second.len(),
    }
}

/// The messages that are searched, by how many of them.
struct Windows<'a> {
    occasion: &'a Occasion<'a>,
    made: Vec<(usize, Window)>,
}

impl Windows<'_> {
    fn of(&mut self, depth: usize) -> &Window {
        let at = match self.made.iter().position(|(known, _)| *known == depth) {
            Some(at) => at,
            None => {
                let messages = self.occasion.messages;
                let searched = &messages[messages.len().saturating_sub(depth)..];
                // What `{{hidden_key:…}}` hides is searched as well, and stands in the messages as it was written.
                self.made.push((depth, Window::new(newest(searched.join("\n"), WINDOW_BYTES))));
                self.made.len() - 1
            }
        };
        &self.made[at].1
    }
}

/// The end of a text.
fn newest(mut text: String, limit: usize) -> String {
    let cut = text.len().saturating_sub(limit);
    text.drain(..text.ceil_char_boundary(cut));
    text
}

#[cfg(test)]
mod tests;
