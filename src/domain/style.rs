//! How a table likes to be told its story: what can be set, to which words, and what each tells the game master.
//! Only the words; where they stand in a brief is decided there, and who may set them by the table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that can be set about the telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Its word, in the configuration and in commands.
    pub name: &'static str,
    /// What it is about, in a few words for people.
    pub what: &'static str,
    /// What it can be set to, the usual first, each with what the game master is told; nothing for the usual way. Empty
    /// where a language's code is written.
    pub values: &'static [(&'static str, &'static str)],
}

/// Everything that can be set, in the order in which it is shown.
pub const FACETS: &[Facet] = &[
    Facet {
        name: "narrator",
        what: "how much the game master tells unasked",
        values: &[
            ("balanced", ""),
            ("quiet", "Tell only what the players' actions call for; leave room for them to talk among themselves."),
            (
                "lively",
                "Fill the world: people, sounds and small happenings beside what the players do, in every reply.",
            ),
        ],
    },
    Facet {
        name: "drive",
        what: "who moves the story",
        values: &[
            ("balanced", ""),
            ("follow", "The players lead. Bring in no new trouble, task or turn of events that they did not look for."),
            ("push", "Drive the story: let something new press on the players in every reply."),
        ],
    },
    Facet {
        name: "choices",
        what: "whether replies end with choices",
        values: &[
            ("off", ""),
            (
                "on",
                "End every reply with two to four choices, one a line, numbered, each something the players could do \
                 next; they may always do something else.",
            ),
        ],
    },
    Facet {
        name: "length",
        what: "how long replies are",
        values: &[
            ("medium", ""),
            ("short", "Keep replies very short: one paragraph of at most three sentences."),
            ("long", "Take your time: replies have five to eight full paragraphs."),
        ],
    },
    Facet {
        name: "pace",
        what: "how fast time goes",
        values: &[
            ("steady", ""),
            ("slow", "Go slowly: one reply covers a moment, with its details."),
            ("fast", "Go fast: skip what does not matter and come to the next decision."),
        ],
    },
    Facet {
        name: "speakers",
        what: "how many speak in one reply",
        values: &[("all", ""), ("one", "Only one person of the world speaks in a reply, and then it ends.")],
    },
    Facet {
        name: "auto",
        what: "how many turns the game master goes on by itself",
        values: &[("0", ""), ("1", ""), ("2", ""), ("3", ""), ("4", ""), ("5", "")],
    },
    Facet {
        name: "form",
        what: "what kind of play it is",
        values: &[
            ("table", ""),
            (
                "drama",
                "This is a drama for one player and one counterpart: stay with these two, with what is said between \
                 them and what it does to the counterpart.",
            ),
            ("chat", "This is plain chat: answer in the words of whoever is spoken to, without narration and scenes."),
        ],
    },
    Facet {
        name: "rating",
        what: "for whom the story is told; mature only in age-restricted channels",
        values: &[("everyone", ""), ("teen", ""), ("mature", "")],
    },
    Facet {
        name: "decoys",
        what: "whether everyone gets a letter when the game master writes one",
        values: &[("off", ""), ("on", "")],
    },
    Facet {
        name: "trespass",
        what: "what becomes of a reply that speaks, decides or feels for a character whom somebody plays",
        values: &[("rewrite", ""), ("warn", ""), ("off", "")],
    },
    Facet { name: "language", what: "the language of replies, as a code such as en, ko or de", values: &[] },
];

/// How a table likes to be told its story: what was set, facet by facet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Style(BTreeMap<String, String>);

/// Why something cannot be set, with what can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum StyleFault {
    /// No such facet.
    #[error("there is no style \"{name}\"; there is: {known}", known = names())]
    NoFacet {
        /// What was asked for.
        name: String,
    },
    /// The facet has no such value.
    #[error("{facet} can be {known}", known = values(facet))]
    NoValue {
        /// Which facet.
        facet: &'static str,
    },
}

fn names() -> String {
    FACETS.iter().map(|facet| facet.name).collect::<Vec<_>>().join(", ")
}

fn values(name: &str) -> String {
    match facet(name).map_or(&[][..], |facet| facet.values) {
        [] => "a language's code such as en, ko or pt-BR".to_owned(),
        values => values.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
    }
}

/// The facet of that name.
pub fn facet(name: &str) -> Option<&'static Facet> {
    FACETS.iter().find(|facet| facet.name == name)
}

/// Checks what somebody wants to set and gives it in its own writing.
///
/// # Errors
/// What can be set instead.
pub fn check(name: &str, value: &str) -> Result<(&'static str, String), StyleFault> {
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    let Some(facet) = facet(&name) else {
        return Err(StyleFault::NoFacet { name: name.chars().filter(|c| !c.is_control()).take(40).collect() });
    };
    let wrong = StyleFault::NoValue { facet: facet.name };
    if facet.values.is_empty() {
        let fits = (2..=35).contains(&value.len()) && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        return if fits { Ok((facet.name, value.to_owned())) } else { Err(wrong) };
    }
    let known = facet.values.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
    known.map(|(word, _)| (facet.name, (*word).to_owned())).ok_or(wrong)
}

impl Style {
    /// Sets what was checked.
    pub fn set(&mut self, facet: &str, value: &str) {
        self.0.insert(facet.to_owned(), value.to_owned());
    }

    /// What a facet is set to; its usual value where nothing was set. None only for a language that was not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        let usual = || facet(name).and_then(|facet| facet.values.first()).map(|(word, _)| *word);
        self.0.get(name).map(String::as_str).or_else(usual)
    }

    /// This style with what `over` sets laid over it.
    pub fn under(&self, over: &Self) -> Self {
        Self(self.0.iter().chain(&over.0).map(|(facet, value)| (facet.clone(), value.clone())).collect())
    }

    /// How many turns the game master goes on by itself after one that people opened.
    pub fn auto(&self) -> u32 {
        self.get("auto").and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// Whether everyone gets a letter when the game master writes one.
    pub fn decoys(&self) -> bool {
        self.get("decoys") == Some("on")
    }

    /// What the game master is told, a sentence for each facet that is not as usual.
    pub fn sentences(&self) -> impl Iterator<Item = &'static str> {
        let told = FACETS.iter().filter_map(|facet| {
            let value = self.get(facet.name)?;
            facet.values.iter().find(|(word, _)| *word == value).map(|(_, sentence)| *sentence)
        });
        told.filter(|sentence| !sentence.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_known_is_set_and_the_refusal_says_what_is() {
        assert_eq!(check(" Length", "SHORT"), Ok(("length", "short".to_owned())));
        assert_eq!(check("language", "pt-BR"), Ok(("language", "pt-BR".to_owned())));
        let refused = check("length", "endless").unwrap_err();
        assert_eq!(refused.to_string(), "length can be medium, short, long");
        assert!(check("colour", "red").unwrap_err().to_string().contains("narrator, drive"));
        assert!(check("language", "ko`\n").is_err());
    }

    #[test]
    fn the_usual_way_is_told_nothing_and_a_command_lies_over_the_configuration() {
        assert_eq!(Style::default().sentences().count(), 0);
        let (mut written, mut set) = (Style::default(), Style::default());
        written.set("length", "long");
        written.set("pace", "fast");
        set.set("length", "short");
        let both = written.under(&set);
        assert_eq!(
            (both.get("length"), both.get("pace"), both.get("drive")),
            (Some("short"), Some("fast"), Some("balanced"))
        );
        assert_eq!(both.sentences().count(), 2);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_never_reaches_the_contract(name in "\\PC{0,20}", value in "\\PC{0,40}") {
            let mut style = Style::default();
            style.set(&name, &value);
            let known: Vec<_> = FACETS.iter().flat_map(|facet| facet.values).map(|(_, sentence)| *sentence).collect();
            prop_assert!(style.sentences().all(|sentence| known.contains(&sentence)));
        }
    }
}
