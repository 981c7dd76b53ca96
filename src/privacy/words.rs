//! How a person shows in what others said: their names and numbers, what they said word for word, and words only they brought.
//! It blanks these in a text and leaves the rest as it was.

use std::collections::{BTreeSet, HashSet};

use unicode_segmentation::UnicodeSegmentation;

/// What stands where something was erased.
pub const GONE: &str = "[erased]";
/// So many words in a row of what the person said are theirs wherever they stand.
const RUN: usize = 5;
/// The whole of something said is theirs from so many words on.
const WHOLE: usize = 3;
/// A word that only they brought counts from so many letters on.
const RARE: usize = 5;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Names as written, a list of words each.
    names: BTreeSet<Vec<String>>,
    /// What stands for the person in programs: ids, also as part of a longer text.
    ids: BTreeSet<String>,
    /// Runs of their words, in small letters.
    runs: HashSet<Vec<String>>,
    /// How long those runs are, the longest first.
    lengths: BTreeSet<usize>,
    own: HashSet<String>,
    others: HashSet<String>,
    /// What they said, whole.
    said: BTreeSet<String>,
}

impl Traces {
    /// A name they went by.
    pub fn name(&mut self, name: &str) {
        let words: Vec<_> = words(name).map(|(_, word)| word.to_owned()).collect();
        if !words.is_empty() && name != GONE {
            self.names.insert(words);
        }
    }

    /// Something that stands for them: `discord:4711`. The number alone counts too, where it is long enough to be one.
    pub fn id(&mut self, id: &str) {
        self.ids.insert(id.to_owned());
        if let Some((_, number)) = id.split_once(':')
            && number.len() >= 6
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.ids.insert(number.to_owned());
        }
    }

    /// Something they said.
    pub fn said(&mut self, text: &str) {
        let words = small(text);
        self.own.extend(words.iter().cloned());
        let mut runs: Vec<_> = words.windows(RUN).map(<[String]>::to_vec).collect();
        if (WHOLE..RUN).contains(&words.len()) {
            runs.push(words);
        }
        self.lengths.extend(runs.iter().map(Vec::len));
        self.runs.extend(runs);
        if text.trim().len() >= 8 && text != GONE {
            self.said.insert(text.trim().to_owned());
        }
    }

    /// Something another person said, or that was told without them: its words are everybody's.
    pub fn others_said(&mut self, text: &str) {
        self.others.extend(small(text));
    }

    /// Something that was told to them: words that they had not brought before are everybody's.
    pub fn told(&mut self, text: &str) {
        let own = &self.own;
        let new: Vec<_> = small(text).into_iter().filter(|word| !own.contains(word)).collect();
        self.others.extend(new);
    }

    /// The text without them, if they are in it.
    pub fn blank(&self, text: &str) -> Option<String> {
        self.blanked(text, true)
    }

    /// The text without their names and numbers, if these are in it. What other people said stays their own.
    pub fn blank_names(&self, text: &str) -> Option<String> {
        self.blanked(text, false)
    }

    /// What to look for in files that are no texts: ids, names, what they said whole, and words only they brought.
    pub fn needles(&self) -> Vec<String> {
        let names = self.names.iter().map(|words| words.join(" ")).filter(|name| name.chars().count() > 2);
        let rare = self.own.iter().filter(|word| self.is_rare(word)).cloned();
        let said = self.said.iter().cloned();
        let mut all: Vec<_> = self.ids.iter().cloned().chain(said).chain(names).chain(rare).collect();
        all.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        all.dedup();
        all
    }

    fn is_rare(&self, word: &str) -> bool {
        word.chars().count() >= RARE && self.own.contains(word) && !self.others.contains(word)
    }

    fn blanked(&self, text: &str, words_too: bool) -> Option<String> {
        let without_ids = self.without_ids(text);
        let text = without_ids.as_deref().unwrap_or(text);
        let words: Vec<(usize, &str)> = words(text).collect();
        let mut gone = vec![false; words.len()];
        for name in &self.names {
            mark(
                &mut gone,
                words.windows(name.len()).map(|at| at.iter().zip(name).all(|((_, word), name)| word == name)),
                name.len(),
            );
        }
        if words_too {
            let low: Vec<_> = words.iter().map(|(_, word)| word.to_lowercase()).collect();
            for length in &self.lengths {
                mark(&mut gone, low.windows(*length).map(|at| self.runs.contains(at)), *length);
            }
            for (word, gone) in low.iter().zip(&mut gone) {
                *gone |= self.is_rare(word);
            }
        }
        if !gone.contains(&true) {
            return without_ids;
        }
        Some(cut(text, &words, &gone))
    }

    /// Whether one of their ids is in the text.
    pub fn has_id(&self, text: &str) -> bool {
        self.ids.iter().any(|id| id_in(text, id).is_some())
    }

    fn without_ids(&self, text: &str) -> Option<String> {
        // The longest first, so that `discord:4711` does not leave its beginning.
        let mut ids: Vec<_> = self.ids.iter().filter(|id| id_in(text, id).is_some()).collect();
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        let found = !ids.is_empty();
        let without = |mut text: String, id: &String| {
            while let Some(at) = id_in(&text, id) {
                text.replace_range(at..at + id.len(), GONE);
            }
            text
        };
        found.then(|| ids.into_iter().fold(text.to_owned(), without))
    }
}

/// Where an id stands by itself, so that `terminal:ana` is not found in `terminal:anabel`.
fn id_in(text: &str, id: &str) -> Option<usize> {
    let within = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    text.match_indices(id)
        .map(|(at, _)| at)
        .find(|at| !within(text[..*at].chars().next_back()) && !within(text[*at + id.len()..].chars().next()))
}

/// Marks each stretch of `length` words where `here` is so.
fn mark(gone: &mut [bool], here: impl Iterator<Item = bool>, length: usize) {
    for (at, found) in here.enumerate() {
        if found {
            gone.iter_mut().skip(at).take(length).for_each(|gone| *gone = true);
        }
    }
}

/// The text with one sign for each stretch of words that goes.
fn cut(text: &str, words: &[(usize, &str)], gone: &[bool]) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut within) = (0, false);
    for ((start, word), gone) in words.iter().zip(gone) {
        if !(within && *gone) {
            out.push_str(&text[at..*start]);
        }
        if *gone && !within {
            out.push_str(GONE);
        } else if !*gone {
            out.push_str(word);
        }
        within = *gone;
        at = start + word.len();
    }
    out.push_str(&text[at..]);
    out
}

/// The words of a text and where they begin. What belongs to somebody (`Ana's`) is two, and so is what is joined by a dot.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let joint = |c: char| !c.is_alphanumeric();
    text.unicode_word_indices().flat_map(move |(start, joined)| {
        let mut at = start;
        let parts = joined.split_inclusive(joint).map(move |part| {
            let begin = at;
            at += part.len();
            (begin, part.trim_end_matches(joint))
        });
        parts.filter(|(_, part)| !part.is_empty())
    })
}

fn small(text: &str) -> Vec<String> {
    words(text).map(|(_, word)| word.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn traces() -> Traces {
        let mut traces = Traces::default();
        traces.others_said("We open the green door and look behind the lantern.");
        traces.name("Ana Maria");
        traces.id("discord:573836646388858897");
        traces.said("I hide the zanzibar letter behind the old clock");
        traces.said("Burn it all");
        traces
    }

    #[test]
    fn names_numbers_quotes_and_their_own_words_go_and_the_rest_stays() {
        let traces = traces();
        for (text, left) in [
            ("Ana Maria opens the green door.", "[erased] opens the green door."),
            ("Ana Maria's door, Ana_Maria.The end.", "[erased]'s door, [erased].The end."),
            ("Ana opens the green door.", "Ana opens the green door."),
            ("<@573836646388858897> waits", "<@[erased]> waits"),
            ("by discord:573836646388858897", "by [erased]"),
            ("So the ZANZIBAR one!", "So the [erased] one!"),
            ("You hid it behind the old clock tower.", "You hid it behind the old [erased] tower."),
            ("\"letter behind the old clock\", he says", "\"[erased]\", he says"),
            ("Burn it, all!", "[erased]!"),
            ("The door is open.", "The door is open."),
        ] {
            assert_eq!(traces.blank(text).as_deref().unwrap_or(text), left);
        }
        assert_eq!(
            traces.blank_names("a zanzibar letter for Ana Maria").as_deref(),
            Some("a zanzibar letter for [erased]")
        );
    }

    #[test]
    fn what_others_say_too_or_was_told_before_is_everybodys() {
        let mut traces = Traces::default();
        traces.told("A heron stands there.");
        traces.said("I follow the heron to the windmill");
        assert_eq!(traces.blank("The heron. The windmill.").as_deref(), Some("The heron. The [erased]."));
        traces.others_said("The windmill!");
        assert_eq!(traces.blank("The heron. The windmill."), None);
    }

    proptest! {
        #[test]
        fn blanking_never_breaks_and_nothing_is_left_to_blank(text in "\\PC{0,80}|([a-e ]{1,3}zanzibar ?){0,4}") {
            let traces = traces();
            if let Some(left) = traces.blank(&text) {
                prop_assert!(!left.to_lowercase().contains("zanzibar") || !text.to_lowercase().contains("zanzibar")
                    || left.to_lowercase().unicode_words().all(|word| word != "zanzibar"));
            }
        }
    }
}
