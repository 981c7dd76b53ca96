//! Picks the next line of a list so that no sentence comes twice while people remember it.
//! Never invents: a list that is used up gives nothing rather than an echo.

use super::chance::Chance;
use super::grammar::{Slots, fill, mark, sentences};
use super::memory::Memory;

/// Lists at least this long are dealt in order, so that a line rests for as many beats as the list is long.
const DEALT_IN_ORDER: usize = 42;
/// The whole beats a tale keeps; shorter lists rest a part of their lines for that long at a time.
const REMEMBERED_BEATS: u64 = 24;
/// Sentences shorter than this may come again: "No." is not an echo.
const SHORT: usize = 12;

/// Where in the tale a turn stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beats {
    /// The scene's number.
    pub(crate) scene: u32,
    /// Turns answered in the scene before this one.
    pub(crate) scene_beats: u64,
    /// Turns answered in the tale before this one.
    pub(crate) beats: u64,
}

/// The voice of one turn.
#[derive(Debug)]
pub(crate) struct Teller<'a> {
    table: &'a str,
    clock: Beats,
    memory: &'a Memory,
    /// What this turn has told so far.
    now: String,
    /// This turn's dice.
    pub(crate) chance: Chance,
}

impl<'a> Teller<'a> {
    /// Begins a turn.
    pub(crate) fn new(table: &'a str, clock: Beats, memory: &'a Memory, chance: Chance) -> Self {
        Self { table, clock, memory, now: String::new(), chance }
    }

    /// The next fresh line, filled.
    pub(crate) fn tell(&mut self, lines: &[String], slots: &Slots<'_>) -> Option<String> {
        let order = self.order(lines);
        // First a line whose fixed part is fresh too; then one that at least reads differently.
        for strict in [true, false] {
            for &at in &order {
                if let Some(text) = self.try_line(&lines[at], slots, strict) {
                    return Some(text);
                }
            }
        }
        None
    }

    /// One certain line, if it is fresh.
    pub(crate) fn tell_one(&mut self, line: &str, slots: &Slots<'_>) -> Option<String> {
        self.try_line(line, slots, false)
    }

    fn try_line(&mut self, line: &str, slots: &Slots<'_>, strict: bool) -> Option<String> {
        if strict && self.told(&mark(line)) {
            return None;
        }
        let text = fill(line, slots, &mut self.chance)?;
        let lower = text.to_lowercase();
        if sentences(&lower).into_iter().any(|sentence| sentence.len() >= SHORT && self.told(sentence)) {
            return None;
        }
        self.now.push_str(&lower);
        self.now.push('\n');
        Some(text)
    }

    /// Whether these words were told already.
    pub(crate) fn heard(&self, words: &str) -> bool {
        self.told(&words.to_lowercase())
    }

    fn told(&self, lower: &str) -> bool {
        !lower.is_empty() && (self.now.contains(lower) || self.memory.told(lower))
    }

    /// The order in which lines are tried. The text of beats older than the tale keeps is gone, so the order alone
    /// has to keep lines apart: long lists go round once in as many beats as they have lines; of short lists a third
    /// is in use for 24 beats or one scene and then rests for two such stretches.
    fn order(&self, lines: &[String]) -> Vec<usize> {
        let name = lines.first().map_or("", String::as_str);
        let mut order = Chance::of(&[self.table, name]).order(lines.len());
        let mut turned = self.clock.beats as usize;
        if lines.len() < DEALT_IN_ORDER {
            let stretch = self.clock.scene_beats / REMEMBERED_BEATS + u64::from(self.clock.scene);
            let lane = (stretch % 3) as usize;
            order = order.into_iter().enumerate().filter(|(at, _)| at % 3 == lane).map(|(_, line)| line).collect();
            // A lane that comes round again begins one line later.
            turned = (stretch / 3) as usize;
        }
        let count = order.len().max(1);
        order.rotate_left(turned % count);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Tale;

    #[test]
    fn a_list_gives_each_line_once_and_then_nothing() {
        let memory = Memory::of(&Tale::default());
        let lines: Vec<String> = (0..50).map(|n| format!("Line number {n} of many.")).collect();
        let mut teller = Teller::new("t", Beats { scene: 1, scene_beats: 0, beats: 0 }, &memory, Chance::of(&["t"]));
        let mut told: Vec<String> = (0..50).filter_map(|_| teller.tell(&lines, &Slots::default())).collect();
        assert_eq!(teller.tell(&lines, &Slots::default()), None);
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 50);
    }
}
