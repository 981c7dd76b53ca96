//! What dice mean: a question to the world by d100, a risk by 2d6.
//! Throws nothing itself and writes no words.

use serde::Deserialize;

/// How likely a yes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Likelihood {
    Remote,
    Unlikely,
    Even,
    Likely,
    Certain,
}

impl Likelihood {
    /// The highest throw of d100 that is a yes.
    pub(crate) fn up_to(self) -> u32 {
        match self {
            Self::Remote => 10,
            Self::Unlikely => 25,
            Self::Even => 50,
            Self::Likely => 75,
            Self::Certain => 90,
        }
    }

    /// One step towards yes.
    pub(crate) fn more(self) -> Self {
        match self {
            Self::Remote => Self::Unlikely,
            Self::Unlikely => Self::Even,
            Self::Even => Self::Likely,
            Self::Likely | Self::Certain => Self::Certain,
        }
    }

    /// One step towards no.
    pub(crate) fn less(self) -> Self {
        match self {
            Self::Remote | Self::Unlikely => Self::Remote,
            Self::Even => Self::Unlikely,
            Self::Likely => Self::Even,
            Self::Certain => Self::Likely,
        }
    }

    /// What a throw of d100 says; doubles make it extreme.
    pub(crate) fn verdict(self, throw: u32) -> Verdict {
        let double = throw.is_multiple_of(11) || throw == 100;
        match (throw <= self.up_to(), double) {
            (true, true) => Verdict::YesAnd,
            (true, false) => Verdict::Yes,
            (false, false) => Verdict::No,
            (false, true) => Verdict::NoAnd,
        }
    }
}

/// The world's answer to a yes-no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    YesAnd,
    Yes,
    No,
    NoAnd,
}

/// How a risk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Full,
    Cost,
    Setback,
}

impl Outcome {
    /// What the sum of two six-sided dice says: 10 and more, 7 to 9, 6 and less.
    pub(crate) fn of(sum: u32) -> Self {
        match sum {
            10.. => Self::Full,
            7..=9 => Self::Cost,
            _ => Self::Setback,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chance::Chance;
    use super::*;

    #[test]
    fn a_likelier_yes_is_more_often_a_yes() {
        let mut before = 0;
        for likelihood in
            [Likelihood::Remote, Likelihood::Unlikely, Likelihood::Even, Likelihood::Likely, Likelihood::Certain]
        {
            let mut chance = Chance::of(&["odds"]);
            let yes = (0..5000).filter(|_| likelihood.verdict(chance.die(100)) <= Verdict::Yes).count();
            let expected = likelihood.up_to() as usize * 50;
            assert!(yes.abs_diff(expected) < 150, "{likelihood:?}: {yes} instead of about {expected}");
            assert!(yes > before);
            before = yes;
        }
    }

    #[test]
    fn one_throw_in_ten_is_extreme() {
        let extreme = (1..=100)
            .filter(|&throw| matches!(Likelihood::Even.verdict(throw), Verdict::YesAnd | Verdict::NoAnd))
            .count();
        assert_eq!(extreme, 10);
        assert_eq!(Likelihood::Even.verdict(44), Verdict::YesAnd);
        assert_eq!(Likelihood::Even.verdict(100), Verdict::NoAnd);
    }

    #[test]
    fn two_dice_give_three_ends() {
        assert_eq!([2, 6, 7, 9, 10, 12].map(Outcome::of), {
            use Outcome::{Cost, Full, Setback};
            [Setback, Setback, Cost, Cost, Full, Full]
        });
    }
}
