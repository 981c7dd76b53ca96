//! Who plays whom: characters of the cast that people took, and as whom their lines are said.
//! Only the words; who may take and give is decided in `table/machine/parts.rs`.

use serde::{Deserialize, Serialize};

use super::ids::SeatId;

/// A character of the cast, as far as playing them needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The name of their card's file.
    pub slug: String,
    /// What they are called.
    pub name: String,
    /// What else they are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

impl Part {
    /// Every name they go by, the shown one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.also.iter().map(String::as_str))
    }

    /// Whether somebody who writes `name` means them.
    pub fn is_called(&self, name: &str) -> bool {
        let wanted = name.trim().to_lowercase();
        self.slug.to_lowercase() == wanted || self.names().any(|known| known.to_lowercase() == wanted)
    }
}

/// A character and who plays them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// Who plays.
    pub seat: SeatId,
    /// Whom.
    pub part: Part,
    /// Whether what they say next is said aloud in the character's name.
    pub aloud: bool,
}

/// Everyone who is played by a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parts(Vec<Played>);

/// Something happened to who plays whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum PartEvent {
    /// A seat plays a character from now on.
    Taken {
        /// Who.
        seat: SeatId,
        /// Whom.
        character: Part,
    },
    /// A character is the game master's again.
    Dropped {
        /// Whose it was.
        seat: SeatId,
        /// Which.
        slug: String,
    },
    /// What a seat says is said aloud in a character's name from now on, or in its own.
    Aloud {
        /// Who.
        seat: SeatId,
        /// As whom; none is as themselves.
        slug: Option<String>,
    },
}

impl Parts {
    /// Takes in what happened.
    pub fn apply(&mut self, event: &PartEvent) {
        match event {
            PartEvent::Taken { seat, character } => {
                self.0.retain(|played| played.part.slug != character.slug);
                self.0.push(Played { seat: *seat, part: character.clone(), aloud: false });
            }
            PartEvent::Dropped { slug, .. } => self.0.retain(|played| played.part.slug != *slug),
            PartEvent::Aloud { seat, slug } => {
                for played in self.0.iter_mut().filter(|played| played.seat == *seat) {
                    played.aloud = slug.as_ref() == Some(&played.part.slug);
                }
            }
        }
    }

    /// All of them, in the order in which they were taken.
    pub fn all(&self) -> &[Played] {
        &self.0
    }

    /// Whom a seat plays.
    pub fn of(&self, seat: SeatId) -> impl Iterator<Item = &Played> {
        self.0.iter().filter(move |played| played.seat == seat)
    }

    /// Who plays the character with that card.
    pub fn player_of(&self, slug: &str) -> Option<SeatId> {
        self.0.iter().find(|played| played.part.slug == slug).map(|played| played.seat)
    }

    /// Who plays whoever goes by that name.
    pub fn player_called(&self, name: &str) -> Option<SeatId> {
        self.0.iter().find(|played| played.part.is_called(name)).map(|played| played.seat)
    }

    /// The only character that a seat plays.
    pub fn only(&self, seat: SeatId) -> Option<&Part> {
        let mut own = self.of(seat);
        own.next().filter(|_| own.next().is_none()).map(|played| &played.part)
    }

    /// As whom a seat's lines are said aloud, unless it says otherwise.
    pub fn aloud(&self, seat: SeatId) -> Option<&Part> {
        self.of(seat).find(|played| played.aloud).map(|played| &played.part)
    }

    /// Whose deeds a seat's lines are: the character they are said as, else the only one it plays.
    pub fn meant(&self, seat: SeatId) -> Option<&Part> {
        self.aloud(seat).or_else(|| self.only(seat))
    }
}

/// What somebody is called beside the name that is shown: their full name, and the first word of either.
pub fn also_called(name: &str, full_name: Option<String>) -> Vec<String> {
    let mut names: Vec<String> = full_name.into_iter().collect();
    for whole in [Some(name.to_owned()), names.first().cloned()].into_iter().flatten() {
        let first = whole.split_whitespace().next().unwrap_or_default();
        // An article or a title is nobody's name.
        if first.chars().count() > 2 && first != whole && !TITLES.contains(&first.to_lowercase().as_str()) {
            names.push(first.to_owned());
        }
    }
    names.retain(|other| other != name);
    names.dedup();
    names
}

/// First words of names that name nobody by themselves.
const TITLES: [&str; 24] = [
    "the", "old", "young", "big", "little", "sir", "lady", "lord", "king", "queen", "prince", "princess", "captain",
    "doctor", "father", "mother", "brother", "sister", "master", "der", "die", "das", "herr", "frau",
];

/// What a person asks about who plays whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartDeed {
    /// Play a character.
    Take {
        /// Whom.
        character: Part,
        /// Who shall; none is the person who asks.
        to: Option<SeatId>,
    },
    /// Play them no more.
    Drop {
        /// Whom.
        character: Part,
    },
    /// Have what one says said aloud in a character's name.
    Aloud {
        /// As whom; none is as oneself.
        character: Option<Part>,
    },
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum PartDone {
    /// The person of this name plays the character.
    Taken {
        /// Who.
        player: String,
        /// Whom.
        character: String,
    },
    /// The game master plays the character again.
    Dropped {
        /// Which.
        character: String,
    },
    /// Lines are said in this name; none is one's own.
    Aloud {
        /// Whose.
        character: Option<String>,
    },
}

/// Why somebody does not play a character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum PartDenied {
    /// Nobody of that name.
    #[error("there is no \"{name}\" in the cast{}", listed(.known))]
    NoSuchCharacter {
        /// What was asked for.
        name: String,
        /// Who there is.
        known: Vec<String>,
    },
    /// Somebody else plays them.
    #[error("{character} is played by {player}; a host can give them to another")]
    Anothers {
        /// Whom.
        character: String,
        /// Who plays them.
        player: String,
    },
    /// The person does not play them.
    #[error("you do not play {character}; take them first with /character take")]
    NotYours {
        /// Whom.
        character: String,
    },
    /// Nobody plays them.
    #[error("nobody plays {character}")]
    Nobodys {
        /// Whom.
        character: String,
    },
    /// Their card has no such greeting.
    #[error("{}", has_greetings(.character, *.count))]
    NoSuchGreeting {
        /// Whose.
        character: String,
        /// How many there are.
        count: usize,
    },
    /// A person plays them, so nobody else speaks for them.
    #[error("{character} is played by {player}, so nobody else speaks for them")]
    SpeaksForThemselves {
        /// Whom.
        character: String,
        /// Who plays them.
        player: String,
    },
    /// As many as one seat plays.
    #[error("one player plays {0} characters at most; drop one first")]
    TooMany(usize),
    /// Giving is for hosts.
    #[error("only hosts give a character to somebody else")]
    OnlyHostsGive,
    /// No such seat, or one that only looks on.
    #[error("nobody at this table can be given that character")]
    NoSuchPlayer,
}

fn has_greetings(character: &str, count: usize) -> String {
    match count {
        0 => format!("{character}'s card has no greeting"),
        1 => format!("{character}'s card has one greeting only"),
        count => format!("{character}'s card has {count} greetings; {character}#{count} is the last"),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "; nobody is in it yet".to_owned(),
        names => format!("; there is: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(slug: &str, name: &str) -> Part {
        Part { slug: slug.to_owned(), name: name.to_owned(), also: Vec::new() }
    }

    #[test]
    fn lines_belong_to_the_one_said_aloud_else_to_the_only_one() {
        let (ana, ben) = (SeatId::new(1), SeatId::new(2));
        let take = |seat, character: &Part| PartEvent::Taken { seat, character: character.clone() };
        let (mira, tom) = (part("mira", "Mira"), part("tom", "Tom"));
        let mut parts = Parts::default();
        parts.apply(&take(ana, &mira));
        assert_eq!((parts.meant(ana), parts.aloud(ana)), (Some(&mira), None));
        parts.apply(&take(ana, &tom));
        assert_eq!(parts.meant(ana), None, "of two nobody knows which");
        parts.apply(&PartEvent::Aloud { seat: ana, slug: Some("tom".to_owned()) });
        assert_eq!(parts.meant(ana), Some(&tom));
        parts.apply(&take(ben, &tom));
        assert_eq!((parts.player_of("tom"), parts.aloud(ana), parts.aloud(ben)), (Some(ben), None, None));
        parts.apply(&PartEvent::Dropped { seat: ana, slug: "mira".to_owned() });
        assert_eq!(parts.all().len(), 1);
    }

    #[test]
    fn an_event_is_read_back_as_it_was() {
        let event = PartEvent::Taken { seat: SeatId::new(1), character: part("mira", "Mira") };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!((json["part"].as_str(), json["character"]["name"].as_str()), (Some("taken"), Some("Mira")));
        assert_eq!(serde_json::from_value::<PartEvent>(json).unwrap(), event);
    }

    #[test]
    fn a_full_name_and_a_first_name_call_somebody_too() {
        assert_eq!(also_called("Mira", Some("Mira Vance".to_owned())), ["Mira Vance"]);
        assert_eq!(also_called("Mira Vance", None), ["Mira"]);
        assert_eq!(also_called("The Gull", None), Vec::<String>::new());
        assert_eq!(also_called("미라", None), Vec::<String>::new());
    }
}
