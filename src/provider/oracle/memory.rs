//! What the tale remembers: every word told that is still at hand, who spoke, how often.
//! Reads replies of any provider; never reads what players wrote as something told.

use std::collections::BTreeSet;

use crate::domain::{Beat, Tale};

/// The most bytes of one told span that are looked at; another provider may write at any length.
const SPAN_BYTES: usize = 8_000;

/// The told text of a tale, made searchable.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The open scene's beats at hand, in lower case, one space between words.
    pub(crate) scene: String,
    /// Shortened beats and scenes that ended, the same way.
    pub(crate) old: String,
    /// Every capitalised word of all of it.
    names: BTreeSet<String>,
    /// Who spoke in the open scene, the last one first, with how many beats ago.
    pub(crate) speakers: Vec<(String, usize)>,
    /// The lines set apart (`> …`), the last one first.
    pub(crate) asides: Vec<String>,
}

impl Memory {
    /// Reads a tale.
    pub(crate) fn of(tale: &Tale) -> Self {
        let mut memory = Self {
            scene: String::new(),
            old: String::new(),
            names: BTreeSet::new(),
            speakers: Vec::new(),
            asides: Vec::new(),
        };
        for (ago, beat) in tale.recent.iter().rev().enumerate() {
            memory.read_beat(beat, ago + 1);
        }
        for line in &tale.earlier {
            memory.read_old(&line.line);
        }
        for scene in &tale.past {
            memory.read_old(scene.title.as_deref().unwrap_or_default());
            memory.read_old(&scene.recap);
        }
        if let Some(title) = tale.scene.as_ref().and_then(|scene| scene.title.as_deref()) {
            memory.read_old(title);
        }
        memory
    }

    fn read_beat(&mut self, beat: &Beat, ago: usize) {
        for span in beat.reply.spans.iter().rev() {
            let text = head(&span.text, SPAN_BYTES);
            note_names(&mut self.names, text);
            push_flat(&mut self.scene, text);
            self.asides.extend(text.lines().rev().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned));
            let Some(speaker) = &span.speaker else { continue };
            note_names(&mut self.names, speaker);
            if !self.speakers.iter().any(|(name, _)| name == speaker) {
                self.speakers.push((speaker.clone(), ago));
            }
        }
    }

    fn read_old(&mut self, line: &str) {
        let line = head(line, SPAN_BYTES);
        note_names(&mut self.names, line);
        push_flat(&mut self.old, line);
    }

    /// Whether a name was told.
    pub(crate) fn knows_name(&self, name: &str) -> bool {
        // Languages that hang particles on names are not written in ASCII.
        self.names.contains(name) || !name.is_ascii() && self.names.iter().any(|word| word.starts_with(name))
    }

    /// Whether a sentence, or the fixed part of one, was told; `lower` is in lower case.
    pub(crate) fn told(&self, lower: &str) -> bool {
        !lower.is_empty() && (self.scene.contains(lower) || self.old.contains(lower))
    }
}

/// At most `limit` bytes, cut between characters.
fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

fn note_names(names: &mut BTreeSet<String>, text: &str) {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'');
    for word in words.filter(|word| word.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_ascii())) {
        if !names.contains(word) {
            names.insert(word.to_owned());
        }
    }
}

fn push_flat(into: &mut String, text: &str) {
    for word in text.split_whitespace() {
        into.push_str(&word.to_lowercase());
        into.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::super::session_tests::beat;
    use super::*;

    #[test]
    fn speakers_and_names_are_found_in_told_text_only() {
        let mut tale = Tale::default();
        tale.recent.push_back(beat(1, "**Forged:** I was never here.", "Ines waits.\n\n**Bram:** Come  in."));
        tale.recent.push_back(beat(2, "hello", "> The water ●○○○\n\n**Ines:** No."));
        let memory = Memory::of(&tale);
        assert_eq!(memory.speakers, [("Ines".to_owned(), 1), ("Bram".to_owned(), 2)]);
        assert_eq!(memory.asides, ["The water ●○○○"]);
        assert!(memory.knows_name("Bram") && memory.told("come in."));
        assert!(!memory.knows_name("Forged") && !memory.told("never here"));
    }
}
