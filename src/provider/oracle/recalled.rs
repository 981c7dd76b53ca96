//! What the oracle brings up of earlier scenes and of the lorebooks: which of what was looked up fits, and which words of it.
//! Pure: what it is given has passed the filter of who may know it; it looks nothing up.

use super::grammar::sentences;
use super::quote;
use super::tables::{Matching, Pool, Tables};
use crate::domain::{Memory, SceneNo, Tier};

/// The most characters that are brought up at once.
const QUOTE: usize = 140;
/// A shared word of this length says by itself that something fits.
const TELLING: usize = 5;
/// Shorter words than this say nothing.
const SHORT: usize = 3;

/// Something that is brought up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalled {
    pub(crate) pool: Pool,
    pub(crate) quote: String,
}

/// What of the memories fits what was said, the best fit first: only of scenes that ended before `now`.
pub(crate) fn of_memories(tables: &Tables, asked: &str, now: SceneNo, found: &[Memory]) -> Option<Recalled> {
    let earlier = || found.iter().filter(|memory| memory.scene < now);
    // What somebody noted says it shorter than the turn in which it happened.
    let noted = |memory: &&Memory| matches!(memory.tier, Tier::Promise | Tier::Rumour | Tier::Fact);
    let in_order = earlier().filter(noted).chain(earlier().filter(|memory| !noted(memory)));
    in_order.into_iter().find_map(|memory| {
        let pool = match memory.tier {
            Tier::Promise => Pool::Promised,
            Tier::Rumour => Pool::Rumoured,
            Tier::Beat | Tier::Secret | Tier::Fact => Pool::Remembered,
            // What is over in short is no words that anybody heard, and a pin is a note beside the story.
            Tier::Scene | Tier::Session | Tier::Arc | Tier::Pin => return None,
        };
        let told = memory.text.split_once(" → ").map_or(memory.text.as_str(), |(_, told)| told);
        let told = told.strip_suffix("(in secret)").unwrap_or(told);
        let sentence = fitting(tables, asked, told)?;
        let speaker = sentence.split_once(": ").filter(|(name, _)| memory.names.iter().any(|known| known == name));
        let words = speaker.map_or(sentence, |(_, words)| words);
        Some(Recalled { pool, quote: cut(words) }).filter(|recalled| !recalled.quote.is_empty())
    })
}

/// What of a lorebook's entry fits what was said.
pub(crate) fn of_lore(tables: &Tables, asked: &str, text: &str) -> Option<Recalled> {
    // An entry is called by its keys, which its text need not repeat.
    let sentence = fitting(tables, asked, text).or_else(|| sentences(text).into_iter().next())?;
    Some(Recalled { pool: Pool::Lore, quote: cut(sentence) }).filter(|recalled| !recalled.quote.is_empty())
}

fn cut(sentence: &str) -> String {
    quote::plain(sentence, QUOTE).trim_end_matches(['.', ',', '-']).to_owned()
}

/// The sentence that shares most with what was said, if it shares enough to be about it.
fn fitting<'t>(tables: &Tables, asked: &str, text: &'t str) -> Option<&'t str> {
    let wanted = words(tables, asked);
    let weigh = |sentence: &str| -> usize {
        let own = words(tables, sentence);
        wanted.iter().filter(|word| own.contains(word)).map(|word| weight(tables, word)).sum()
    };
    let mut best: Option<(usize, &str)> = None;
    for sentence in sentences(text) {
        let shared = weigh(sentence);
        if shared >= 2 && best.is_none_or(|(most, _)| shared > most) {
            best = Some((shared, sentence));
        }
    }
    best.map(|(_, sentence)| sentence)
}

/// How much a shared word says.
fn weight(tables: &Tables, word: &str) -> usize {
    let telling = match tables.words.matching {
        Matching::Words => TELLING,
        // Two signs of such a script are about a word.
        Matching::Stems => 2,
    };
    if word.chars().count() >= telling { 2 } else { 1 }
}

/// The words of a text that say what it is about; of a language that bends its stems their beginnings.
fn words(tables: &Tables, text: &str) -> Vec<String> {
    let known = &tables.words;
    let plain = |word: &str| known.stops.iter().chain(&known.articles).chain(&known.vague).any(|stop| stop == word);
    let verb = |word: &str| known.verbs.iter().flat_map(|verbs| &verbs.words).any(|verb| verb == word);
    let lower = text.to_lowercase();
    let all = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = match known.matching {
        Matching::Words => {
            let says = |word: &&str| word.chars().count() > SHORT && !plain(word) && !verb(word);
            all.filter(says).map(str::to_owned).collect()
        }
        // Particles hang on the end: the first two signs are the stem, near enough.
        Matching::Stems => {
            let stems = all.filter(|word| !verb(word)).filter_map(|word| {
                let stem: String = word.chars().take(2).collect();
                (stem.chars().count() == 2).then_some(stem)
            });
            stems
                .filter(|stem| {
                    !known.verbs.iter().flat_map(|verbs| &verbs.words).any(|verb| verb.starts_with(stem.as_str()))
                })
                .collect()
        }
    };
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Audience, EventSeq, MemoryId, Timestamp};

    fn memory(tier: Tier, scene: u32, text: &str) -> Memory {
        Memory {
            id: MemoryId { event: EventSeq::new(1), part: 0 },
            tier,
            text: text.to_owned(),
            names: vec!["Ana".to_owned(), "Odo".to_owned()],
            audience: Audience::Table,
            importance: 3,
            scene: SceneNo::new(scene),
            turn: None,
            at: Timestamp::from_millis(1),
            pinned: false,
            by_people: false,
            knowers: Vec::new(),
        }
    }

    fn brought_up(language: &str, asked: &str, found: &[Memory]) -> Option<(Pool, String)> {
        let recalled = of_memories(Tables::of(language), asked, SceneNo::new(2), found);
        recalled.map(|recalled| (recalled.pool, recalled.quote))
    }

    #[test]
    fn the_sentence_that_is_about_it_comes_back_and_no_other() {
        let beat =
            memory(Tier::Beat, 1, "Ana: I ask. → He coughs. Odo: The brass key lies under the third step. Rain falls.");
        let found = [memory(Tier::Scene, 1, "The brass key of the scene."), beat];
        let expected = (Pool::Remembered, "The brass key lies under the third step".to_owned());
        assert_eq!(brought_up("en", "Where is the brass key?", &found), Some(expected));
        assert_eq!(brought_up("en", "Where is the bishop?", &found), None);
        let now = [memory(Tier::Beat, 2, "→ The brass key shines.")];
        assert_eq!(brought_up("en", "I turn the brass key", &now), None, "it is still told word for word");
        let beat = memory(Tier::Beat, 1, "Ana: I promise. → You promise a silver bell to the wind.");
        let promise = [beat, memory(Tier::Promise, 1, "Ana promised: I promise you a silver bell.")];
        let given = (Pool::Promised, "Ana promised I promise you a silver bell".to_owned());
        assert_eq!(brought_up("en", "I think of the silver bell", &promise), Some(given));
    }

    #[test]
    fn korean_is_known_by_its_stems_and_german_by_its_words() {
        let found = [memory(Tier::Beat, 1, "→ 노인은 왕관이 북쪽 우물 아래에 있다고 말한다.")];
        let quote = brought_up("ko", "왕관은 어디에 있지?", &found).unwrap().1;
        assert!(quote.contains("북쪽 우물"), "{quote}");
        let found = [memory(Tier::Fact, 1, "Das Mehl von Jörg ist verflucht.")];
        let quote = brought_up("de", "Was war mit dem Mehl von Jörg?", &found).unwrap().1;
        assert_eq!(quote, "Das Mehl von Jörg ist verflucht");
    }

    #[test]
    fn what_is_brought_up_means_nothing_to_markdown() {
        let found = [memory(Tier::Beat, 1, "→ **Mira:** <@123> hid the lantern `here` || @everyone\n# Title")];
        let quote = brought_up("en", "the lantern", &found).unwrap().1;
        assert!(!quote.contains(['*', '<', '@', '`', '|', '#', '\n']), "{quote}");
    }
}
