//! What can be wrong with a notation, said so that the one who wrote it can mend it.
//! It never repeats more of the text than the few letters that are in question.

use super::{MAX_CHARS, MAX_DEPTH, MAX_DICE, MAX_NUMBER, MAX_REPEATS, MAX_SIDES};

/// A notation that cannot be thrown, and where the trouble begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trouble} (at character {at})")]
pub struct DiceFault {
    /// The character, counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub trouble: Trouble,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing was written.
    #[error("there is nothing to roll; write for example `1d20+5`")]
    Empty,
    /// Too much was written.
    #[error("that is longer than {MAX_CHARS} characters")]
    TooLong,
    /// Too many brackets or signs within each other.
    #[error("brackets and signs go deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too many dice.
    #[error("that throws more than {MAX_DICE} dice, rerolls and explosions included")]
    TooManyDice,
    /// A die without sides.
    #[error("a die needs at least one side")]
    NoSides,
    /// A die with too many sides.
    #[error("a die has at most {MAX_SIDES} sides")]
    TooManySides,
    /// A number too large to write.
    #[error("numbers go up to {MAX_NUMBER}")]
    NumberTooLarge,
    /// A result too large to be exact.
    #[error("the result is too large")]
    ResultTooLarge,
    /// Too many repetitions, or none.
    #[error("a roll can be repeated 1 to {MAX_REPEATS} times")]
    Repeats,
    /// Something was left out.
    #[error("{0} is missing here")]
    Missing(&'static str),
    /// Something that does not belong here.
    #[error("`{0}` means nothing here; a note goes behind `#`, as in `2d6+3 # climbing`")]
    Unexpected(String),
    /// It means different things in different notations.
    #[error("`{found}` means different things in different dice notations; {hint}")]
    Ambiguous {
        /// What was written.
        found: String,
        /// What to write instead.
        hint: String,
    },
    /// Another notation's word.
    #[error("`{found}` is written differently here; {hint}")]
    Foreign {
        /// What was written.
        found: String,
        /// What to write instead.
        hint: String,
    },
    /// The operator works on dice only.
    #[error("`{0}` works on dice, not on brackets")]
    DiceOnly(&'static str),
    /// `mi` and `ma` with a selector.
    #[error("`mi` and `ma` take a bare number, as in `10d6mi2`")]
    BareNumber,
    /// Advantage without a d20.
    #[error("`adv` and `dis` need a single d20 at the beginning, as in `1d20+5 adv`")]
    NoD20,
    /// A name nobody knows.
    #[error("nothing here is called `@{0}`")]
    UnknownName(String),
    /// A division by zero.
    #[error("that divides by zero")]
    DividesByZero,
}

impl Trouble {
    /// The trouble at a character counted from 0.
    pub(super) fn at(self, index: usize) -> DiceFault {
        DiceFault { at: index + 1, trouble: self }
    }
}
