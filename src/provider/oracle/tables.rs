//! The oracle's tables: places, people, events, words and lines of one language, read from the data files once.
//! Holds no text of its own and decides nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::odds::Likelihood;

/// Everything the oracle can say in one language.
#[derive(Debug)]
pub struct Tables {
    pub(crate) places: Places,
    pub(crate) people: People,
    pub(crate) events: Events,
    pub(crate) words: Words,
    pub(crate) lines: BTreeMap<Pool, Vec<String>>,
}

static ENGLISH: LazyLock<Tables> = LazyLock::new(|| Tables {
    places: read(include_str!("data/en-places.yaml")),
    people: read(include_str!("data/en-people.yaml")),
    events: read(include_str!("data/en-events.yaml")),
    words: read(include_str!("data/en-words.yaml")),
    lines: read(include_str!("data/en-lines.yaml")),
});

static GERMAN: LazyLock<Tables> = LazyLock::new(|| Tables {
    places: read(include_str!("data/de-places.yaml")),
    people: read(include_str!("data/de-people.yaml")),
    events: read(include_str!("data/de-events.yaml")),
    words: read(include_str!("data/de-words.yaml")),
    lines: read(include_str!("data/de-lines.yaml")),
});

static KOREAN: LazyLock<Tables> = LazyLock::new(|| Tables {
    places: read(include_str!("data/ko-places.yaml")),
    people: read(include_str!("data/ko-people.yaml")),
    events: read(include_str!("data/ko-events.yaml")),
    words: read(include_str!("data/ko-words.yaml")),
    lines: read(include_str!("data/ko-lines.yaml")),
});

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_saphyr::from_str(text).expect("the data files are part of the program and a test reads them all")
}

impl Tables {
    /// The tables of a language (an ISO 639-1 code, a region after it does not matter); English for those there is none of.
    pub fn of(language: &str) -> &'static Self {
        match primary(language).as_str() {
            "de" => &GERMAN,
            "ko" => &KOREAN,
            _ => &ENGLISH,
        }
    }

    /// Whether these are in the language that was asked for.
    pub(crate) fn speak(&self, language: &str) -> bool {
        primary(language) == self.words.code
    }

    /// The lines of a pool.
    pub(crate) fn pool(&self, pool: Pool) -> &[String] {
        self.lines.get(&pool).map_or(&[], Vec::as_slice)
    }

    /// A fixed word of the language.
    pub(crate) fn label(&self, label: Label) -> &str {
        self.words.labels.get(&label).map_or("", String::as_str)
    }
}

/// The language of a tag like `en-GB`, in lower case.
fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

/// Where scenes play.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Places {
    pub(crate) places: Vec<Place>,
    /// Stands in where the place is not one of ours: a player's own, or another game master's.
    pub(crate) anywhere: Place,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// As it stands within a sentence, article included.
    pub(crate) name: String,
    /// The title of a scene that opens here.
    pub(crate) title: String,
    /// What a player calls it.
    pub(crate) words: Vec<String>,
    pub(crate) arrive: String,
    pub(crate) light: String,
    pub(crate) senses: Vec<String>,
    pub(crate) things: Vec<String>,
    pub(crate) ways: Vec<String>,
}

/// Who may be met.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct People {
    pub(crate) styles: Vec<Vec<String>>,
    pub(crate) pronouns: Vec<Pronoun>,
    pub(crate) roles: Vec<String>,
    pub(crate) looks: Vec<String>,
    pub(crate) tempers: Vec<Temper>,
    pub(crate) wants: Vec<Want>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pronoun {
    pub(crate) they: String,
    pub(crate) them: String,
    pub(crate) their: String,
}

/// How somebody is and speaks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Temper {
    pub(crate) name: String,
    pub(crate) manner: Vec<String>,
    pub(crate) greet: Vec<String>,
    pub(crate) talk: Vec<String>,
    pub(crate) yes: Vec<String>,
    pub(crate) no: Vec<String>,
    pub(crate) again: Vec<String>,
}

/// What somebody is after.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Want {
    pub(crate) want: String,
    pub(crate) plea: Vec<String>,
    pub(crate) thanks: String,
}

/// What may happen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Events {
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) costs: Vec<String>,
    pub(crate) details: Vec<String>,
    pub(crate) discoveries: Vec<String>,
}

/// What presses: a clock with four steps, the last of which is the blow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trouble {
    /// On the clock.
    pub(crate) name: String,
    /// Within a sentence.
    pub(crate) thing: String,
    pub(crate) pressure: String,
    pub(crate) steps: Vec<String>,
    pub(crate) strike: String,
    pub(crate) eased: String,
}

/// What lies behind things: a hint, a rumour or a clue, and what it comes to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thread {
    pub(crate) about: String,
    pub(crate) hint: String,
    pub(crate) rumour: String,
    pub(crate) clue: String,
    pub(crate) payoff: String,
}

/// How people's words are understood.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) code: String,
    pub(crate) matching: Matching,
    pub(crate) verbs: Vec<Verbs>,
    pub(crate) gm: Vec<String>,
    pub(crate) yes_no: Vec<String>,
    pub(crate) who: Vec<String>,
    pub(crate) whereabouts: Vec<String>,
    pub(crate) what: Vec<String>,
    pub(crate) articles: Vec<String>,
    /// Articles as they stand when the thing is spoken of again: "a" becomes "the".
    pub(crate) definite: BTreeMap<String, String>,
    pub(crate) stops: Vec<String>,
    pub(crate) clause_ends: Vec<String>,
    /// Things too vague to be spoken of as something that can be touched.
    pub(crate) vague: Vec<String>,
    pub(crate) about: Vec<String>,
    pub(crate) into: Vec<String>,
    /// Words with which somebody gives their word.
    pub(crate) promise: Vec<String>,
    pub(crate) vow: Vec<String>,
    pub(crate) vow_leads: Vec<String>,
    pub(crate) swaps: BTreeMap<String, String>,
    pub(crate) likely: Vec<String>,
    pub(crate) unlikely: Vec<String>,
    pub(crate) hopeful: Vec<String>,
    pub(crate) dreadful: Vec<String>,
    pub(crate) odds: BTreeMap<Likelihood, String>,
    pub(crate) labels: BTreeMap<Label, String>,
}

/// How a word of the lists is found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Matching {
    /// As a word, with the usual endings of English verbs.
    Words,
    /// As a part of a word, for languages that bend their stems.
    Stems,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verbs {
    pub(crate) intent: Intent,
    pub(crate) words: Vec<String>,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Intent {
    Ask,
    Look,
    Talk,
    Move,
    Leave,
    Risk,
    Fight,
    Use,
    Help,
    Wait,
    /// A yes-no question to the world.
    YesNo,
    Who,
    Where,
    What,
    /// A question to the game master, outside of the story.
    Gm,
    Other,
}

macro_rules! named_lists {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($variant),* }

        #[cfg(test)]
        impl $name {
            /// All of them, for the test of the data.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];
        }
    };
}

named_lists! {
    /// The lists of lines; each has its comment in the data file.
    Pool {
        Weave, WeaveHere, WeavePlace, Here, Returns, Arrives, OpenQuestion, Question, Aftermath,
        Look, Reply, Manner, Move, Travel, Use, Help, Wait, Other,
        RiskFull, RiskCost, RiskSetback, FightFull, FightCost, FightSetback,
        Yes, YesAnd, No, NoAnd, Who, Alone, Where, What, Gm, Callback, SpokenCallback, Quoted, Remembered, Promised, Rumoured, Lore, Dread, Relief, Quiet, Crowd,
    }
}

named_lists! {
    /// Fixed words.
    Label { Full, Cost, Setback, Yes, YesAnd, No, NoAnd, And, Stranger, Notice, Addressed, Aside }
}
