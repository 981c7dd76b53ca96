//! What is true at this table now: the place, the people, the trouble and the thread behind it.
//! All of it follows from the table's name, the scene and the told text; nothing is kept.

use crate::domain::{Said, Tale};

use super::chance::Chance;
use super::grammar::{Slots, capitals, mark};
use super::intent;
use super::memory::Memory;
use super::tables::{Matching, Place, Pronoun, Tables, Temper, Thread, Trouble, Want};

/// How many beats a trouble and a thread are given. Below the tale's 24 whole beats, so that all of it is at hand.
pub(crate) const CHAPTER_BEATS: u64 = 12;
/// The steps of a clock.
pub(crate) const CLOCK_STEPS: usize = 4;

/// The table as it stands when a turn begins.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) place: &'a Place,
    pub(crate) trouble: &'a Trouble,
    pub(crate) thread: &'a Thread,
    /// Those who were met in this tale, the last speaker first.
    pub(crate) people: Vec<Person<'a>>,
    /// Those who may still turn up, in order.
    pub(crate) strangers: Vec<Person<'a>>,
    /// The beat within the chapter, from 0.
    pub(crate) beat: u64,
    /// Beats since somebody of `people` spoke; the same order.
    pub(crate) silent: Vec<usize>,
    pub(crate) clock: Clock,
    pub(crate) told: ThreadTold,
    /// Chooses what lies in the scene; the same every turn.
    pub(crate) scene_no: u32,
}

/// Somebody. All of it follows from the table and the name.
#[derive(Clone, Debug)]
pub(crate) struct Person<'a> {
    pub(crate) name: String,
    pub(crate) pronoun: &'a Pronoun,
    pub(crate) temper: &'a Temper,
    pub(crate) want: &'a Want,
    pub(crate) role: &'a str,
    pub(crate) look: &'a str,
}

/// How far the trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Nobody has heard of it.
    Unknown,
    /// So many steps are taken, fewer than [`CLOCK_STEPS`].
    Running(usize),
    /// It happened.
    Struck,
    /// It was turned away.
    Eased,
}

/// How much of the thread is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ThreadTold {
    Nothing,
    Hint,
    Clue,
    All,
}

impl<'a> World<'a> {
    /// Finds out how things stand.
    pub(crate) fn of(tables: &'a Tables, table: &str, tale: &Tale, said: &[Said], memory: &Memory) -> Self {
        let beats = tale.scene.as_ref().map_or(0, |scene| scene.beats);
        let scene_no = scene_number(tale);
        let turn_of = scene_no as usize * 3 + (beats / CHAPTER_BEATS) as usize;
        let trouble = dealt(&tables.events.troubles, table, "trouble", turn_of);
        let thread = dealt(&tables.events.threads, table, "thread", turn_of);
        let place = match beats {
            0 => opening_place(tables, table, scene_no, said),
            _ => standing_place(tables, tale, memory),
        };
        let (people, silent) = met(tables, table, said, memory);
        let strangers = deck_names(tables, table, scene_no)
            .into_iter()
            .filter(|name| !memory.knows_name(name))
            .map(|name| Person::of(tables, table, name))
            .collect();
        Self {
            place,
            trouble,
            thread,
            people,
            strangers,
            beat: beats % CHAPTER_BEATS,
            silent,
            clock: read_clock(trouble, memory),
            told: read_thread(thread, memory),
            scene_no,
        }
    }

    /// The slots every line may use.
    pub(crate) fn slots(&self) -> Slots<'a> {
        let mut slots = Slots::default();
        slots.set("place.name", self.place.name.as_str());
        slots.set_any("place.thing", &self.place.things);
        slots.set_any("place.way", &self.place.ways);
        slots.set("trouble.name", self.trouble.name.as_str());
        slots.set("trouble.thing", self.trouble.thing.as_str());
        if self.told > ThreadTold::Nothing {
            slots.set("thread.about", self.thread.about.as_str());
        }
        slots
    }
}

impl<'a> Person<'a> {
    /// Who that name belongs to at this table.
    pub(crate) fn of(tables: &'a Tables, table: &str, name: &str) -> Self {
        let people = &tables.people;
        let at = rank(tables, table, name);
        Self {
            name: name.to_owned(),
            pronoun: dealt(&people.pronouns, table, "pronouns", Chance::of(&[table, name]).below(64)),
            temper: dealt(&people.tempers, table, "tempers", at),
            want: dealt(&people.wants, table, "wants", at),
            role: dealt::<String>(&people.roles, table, "roles", at),
            look: dealt::<String>(&people.looks, table, "looks", at),
        }
    }

    /// Adds the slots that speak of this person.
    pub(crate) fn fill(&self, slots: &mut Slots<'a>) {
        slots.set("npc.name", self.name.clone());
        slots.set("npc.they", self.pronoun.they.as_str());
        slots.set("npc.them", self.pronoun.them.as_str());
        slots.set("npc.their", self.pronoun.their.as_str());
        slots.set("npc.role", self.role);
        slots.set("npc.look", self.look);
        slots.set("npc.want", self.want.want.as_str());
        slots.set("npc.temper", self.temper.name.as_str());
    }
}

/// Where a name stands in the table's decks of names, so that those who come up in one scene differ in everything.
/// Names another game master gave stand anywhere.
fn rank(tables: &Tables, table: &str, name: &str) -> usize {
    let ranked = tables.people.styles.iter().enumerate().find_map(|(nth, style)| {
        let at = style.iter().position(|known| known == name)?;
        let place = names_order(table, nth, style.len()).iter().position(|&place| place == at)?;
        // Half a deck of 24 lies between those of two styles who come up together.
        Some(place + nth * 12)
    });
    ranked.unwrap_or_else(|| Chance::of(&[table, "person", name]).below(1 << 16))
}

/// The shuffled order of a style's names at a table.
fn names_order(table: &str, style: usize, count: usize) -> Vec<usize> {
    Chance::of(&[table, "names", &style.to_string()]).order(count)
}

fn scene_number(tale: &Tale) -> u32 {
    match (&tale.scene, tale.past.back()) {
        (Some(scene), _) => scene.number.get(),
        (None, Some(past)) => past.number.get() + 1,
        (None, None) => 1,
    }
}

/// Deals from a deck the table keeps shuffled, so that nothing comes twice before everything came once.
fn dealt<'a, T>(deck: &'a [T], table: &str, name: &str, at: usize) -> &'a T {
    let order = Chance::of(&[table, name]).order(deck.len());
    &deck[order[at % deck.len()]]
}

fn opening_place<'a>(tables: &'a Tables, table: &str, scene_no: u32, said: &[Said]) -> &'a Place {
    let text = said.iter().map(|said| said.text.as_str()).collect::<Vec<_>>().join(" \n");
    if let Some(place) = named_place(tables, &text) {
        return place;
    }
    match said.iter().find_map(|said| intent::destination(tables, &said.text)) {
        Some(_) => &tables.places.anywhere,
        None => dealt(&tables.places.places, table, "place", scene_no as usize),
    }
}

/// The place of ours a player speaks of.
pub(crate) fn named_place<'a>(tables: &'a Tables, text: &str) -> Option<&'a Place> {
    let lower: String = text.chars().take(600).collect::<String>().to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let called = |word: &String| match tables.words.matching {
        Matching::Words => words.contains(&word.as_str()),
        Matching::Stems => lower.contains(word.as_str()),
    };
    let calls = |place: &&Place| place.words.iter().any(called);
    tables.places.places.iter().find(calls)
}

/// The place that was told last; elsewhere if the told text names none of ours.
fn standing_place<'a>(tables: &'a Tables, tale: &Tale, memory: &Memory) -> &'a Place {
    let arrived = |place: &&Place| memory.scene.contains(&mark(&place.arrive));
    // `Memory` holds the newest beat first, so the first match is where they arrived last.
    let newest = |place: &&Place| memory.scene.find(&mark(&place.arrive));
    if let Some(place) = tables.places.places.iter().filter(arrived).min_by_key(newest) {
        return place;
    }
    let title = tale.scene.as_ref().and_then(|scene| scene.title.as_deref()).unwrap_or_default();
    let titled = tables.places.places.iter().find(|place| place.title == title);
    titled.unwrap_or(&tables.places.anywhere)
}

/// The names that may come up in a scene, in order.
fn deck_names<'a>(tables: &'a Tables, table: &str, scene_no: u32) -> Vec<&'a str> {
    let styles = &tables.people.styles;
    let mut names = Vec::new();
    for (nth, style) in styles.iter().enumerate() {
        let order = names_order(table, nth, style.len());
        // Four of each style a scene; ten scenes before a deck of forty comes round.
        let from = scene_no as usize * 4;
        names.extend((0..4).map(|at| style[order[(from + at) % style.len()]].as_str()));
    }
    let order = Chance::of(&[table, "cast", &scene_no.to_string()]).order(names.len());
    order.into_iter().map(|at| names[at]).collect()
}

/// Those who were met: who spoke in this scene, then those of our names that were told, here or in earlier scenes.
fn met<'a>(tables: &'a Tables, table: &str, said: &[Said], memory: &Memory) -> (Vec<Person<'a>>, Vec<usize>) {
    let player = |name: &str| said.iter().any(|said| said.name == name);
    let mut found: Vec<(String, usize)> =
        memory.speakers.iter().filter(|(name, _)| fit_to_be_told(name) && !player(name)).take(12).cloned().collect();
    for name in tables.people.styles.iter().flatten() {
        if memory.knows_name(name) && !player(name) && !found.iter().any(|(known, _)| known == name) {
            found.push((name.clone(), usize::MAX));
        }
    }
    found.truncate(24);
    let silent = found.iter().map(|(_, ago)| *ago).collect();
    (found.into_iter().map(|(name, _)| Person::of(tables, table, &name)).collect(), silent)
}

/// Whether a speaker's name, perhaps another provider's, can stand in our sentences.
fn fit_to_be_told(name: &str) -> bool {
    (1..=40).contains(&name.chars().count()) && super::quote::bare(name, 60) == name
}

fn read_clock(trouble: &Trouble, memory: &Memory) -> Clock {
    let told = |line: &str| memory.scene.contains(&mark(line));
    if told(&trouble.strike) {
        return Clock::Struck;
    }
    if told(&trouble.eased) {
        return Clock::Eased;
    }
    let name = capitals(&trouble.name);
    let line = memory
        .asides
        .iter()
        .find(|line| line.strip_prefix(name.as_str()).is_some_and(|rest| rest.contains(['●', '○'])));
    match line {
        Some(line) => Clock::Running(line.matches('●').count().min(CLOCK_STEPS - 1)),
        None if told(&trouble.pressure) => Clock::Running(0),
        None => Clock::Unknown,
    }
}

fn read_thread(thread: &Thread, memory: &Memory) -> ThreadTold {
    let told = |line: &str| memory.scene.contains(&mark(line));
    if told(&thread.payoff) {
        ThreadTold::All
    } else if told(&thread.clue) || told(&thread.rumour) {
        ThreadTold::Clue
    } else if told(&thread.hint) {
        ThreadTold::Hint
    } else {
        ThreadTold::Nothing
    }
}
