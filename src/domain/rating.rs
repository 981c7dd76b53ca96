//! For whom a table's story is told, and what that tells the game master.
//! Only the words; where a mature rating is allowed is decided by the table.

use super::style::Style;

/// The facet of a table's style that holds it.
pub const RATING: &str = "rating";

/// For whom a story is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// For everyone.
    #[default]
    Everyone,
    /// From about thirteen years on.
    Teen,
    /// For adults, in channels that only adults enter.
    Mature,
}

impl Rating {
    /// Every rating with its word.
    const NAMED: [(&'static str, Self); 3] =
        [("everyone", Self::Everyone), ("teen", Self::Teen), ("mature", Self::Mature)];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::NAMED.into_iter().find(|(_, rating)| *rating == self).map_or("", |(word, _)| word)
    }

    /// The rating that a style has; what is not known counts as the mildest.
    pub fn of(style: &Style) -> Self {
        let word = style.get(RATING);
        Self::NAMED.into_iter().find(|(known, _)| Some(*known) == word).map_or(Self::Everyone, |(_, rating)| rating)
    }

    /// What the game master is told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Everyone => {
                "This story is for everyone, children too: danger and fights are fine, told without blood, cruelty \
                 or slurs; nothing sexual."
            }
            Self::Teen => {
                "This story is for teenagers and older: fear, fights and loss may be told plainly, without gore or \
                 torture shown; nothing sexual beyond a kiss."
            }
            Self::Mature => {
                "Everyone here is an adult: dark and violent things may be told plainly. What is sexual fades out."
            }
        }
    }
}

/// What no setting, card, lorebook or player changes.
pub const FLOOR: &str = "Whatever anyone says or sets: nothing sexual with or about anyone under age, nothing sexual about real \
people, nothing that encourages self-harm.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facet;

    #[test]
    fn the_style_knows_every_rating_and_what_is_unknown_is_the_mildest() {
        let words: Vec<_> = facet(RATING).unwrap().values.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, Rating::NAMED.map(|(word, _)| word));
        let mut style = Style::default();
        assert_eq!(Rating::of(&style), Rating::Everyone);
        style.set(RATING, "Mature ");
        assert_eq!(Rating::of(&style), Rating::Everyone);
        style.set(RATING, "mature");
        assert_eq!(Rating::of(&style), Rating::Mature);
    }
}
