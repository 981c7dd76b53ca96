//! A notation as it was understood: the tree that is thrown.
//! It holds no result and remembers of the text only where things stood.

use std::num::NonZeroU32;

/// A whole notation.
#[derive(Clone, Debug, PartialEq)]
pub struct Notation {
    /// The text as it was written, without blanks at its ends.
    pub text: String,
    /// How often it is thrown, when it says so.
    pub(super) repeat: Option<u32>,
    pub(super) expression: Expression,
    /// What it is for, in the words of who wrote it.
    pub label: Option<String>,
}

/// Another program's notation, named at the beginning as in `foundry: 4d6k3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Avrae and its library d20.
    Avrae,
    /// Foundry VTT, and what Roll20 shares with it.
    Foundry,
    /// Dice Maiden.
    Maiden,
}

impl Dialect {
    /// All of them with the words that name them.
    pub const NAMED: [(&'static str, Self); 4] =
        [("avrae", Self::Avrae), ("foundry", Self::Foundry), ("maiden", Self::Maiden), ("dicemaiden", Self::Maiden)];
}

/// One term, with its notes in square brackets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    pub kind: Kind,
    pub notes: Vec<String>,
    /// Where it began, in characters from 0.
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Name(String),
    Dice(Dice),
    /// Several values, or one with operators, or one with a comma behind it.
    Set {
        members: Vec<Expression>,
        operations: Vec<Operation>,
    },
    /// Brackets that only group.
    Group(Box<Expression>),
    Negative(Box<Expression>),
    Positive(Box<Expression>),
    Binary {
        left: Box<Expression>,
        sign: Sign,
        right: Box<Expression>,
    },
}

/// Dice of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dice {
    pub count: u32,
    pub sides: Sides,
    pub operations: Vec<Operation>,
}

/// What a die shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// 1 to this.
    Numbers(NonZeroU32),
    /// Tens from 0 to 90.
    Tens,
    /// Minus one, zero, one.
    Fate,
}

/// An operator with its selectors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operation {
    pub operator: Operator,
    pub selectors: Vec<Selector>,
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Keep,
    Drop,
    RerollUntil,
    RerollOnce,
    /// One more die for at most one match.
    AddOne,
    /// One more die for every match, again for the new ones, each die once.
    Explode,
    /// One more die for every match.
    ExplodeOnce,
    Minimum,
    Maximum,
    Successes,
    Failures,
    /// By how much the total passes the number.
    Margin,
}

impl Operator {
    /// How it is written here.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "k",
            Self::Drop => "p",
            Self::RerollUntil => "rr",
            Self::RerollOnce => "ro",
            Self::AddOne => "ra",
            Self::Explode => "e",
            Self::ExplodeOnce => "eo",
            Self::Minimum => "mi",
            Self::Maximum => "ma",
            Self::Successes => "cs",
            Self::Failures => "cf",
            Self::Margin => "ms",
        }
    }

    /// Whether it can only be done to dice.
    pub fn dice_only(self) -> bool {
        matches!(
            self,
            Self::RerollUntil
                | Self::RerollOnce
                | Self::AddOne
                | Self::Explode
                | Self::ExplodeOnce
                | Self::Minimum
                | Self::Maximum
        )
    }

    /// Whether two of it in a row are one pass over all their selectors.
    pub fn merges(self) -> bool {
        !matches!(self, Self::Minimum | Self::Maximum | Self::Margin)
    }
}

/// Which of the kept values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub pick: Pick,
    pub number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Equal,
    Highest,
    Lowest,
    Over,
    Under,
    AtLeast,
    AtMost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Times,
    Divided,
    /// Rounded down.
    DividedWhole,
    Remainder,
    Plus,
    Minus,
    Equal,
    Unequal,
    Over,
    Under,
    AtLeast,
    AtMost,
}

impl Sign {
    /// How it is written in a result.
    pub fn word(self) -> &'static str {
        match self {
            Self::Times => "×",
            Self::Divided => "÷",
            Self::DividedWhole => "//",
            Self::Remainder => "%",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Over => ">",
            Self::Under => "<",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        }
    }

    /// Whether it asks a question, answered with 1 or 0.
    pub fn compares(self) -> bool {
        matches!(self, Self::Equal | Self::Unequal | Self::Over | Self::Under | Self::AtLeast | Self::AtMost)
    }
}

/// What `adv` and `dis` ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advantage {
    Higher,
    Lower,
}

impl Expression {
    /// Turns a single d20 at the beginning into two, of which one is kept. False when there is none.
    pub fn advantage(&mut self, which: Advantage) -> bool {
        match &mut self.kind {
            Kind::Dice(dice) if dice.count == 1 && dice.sides == Sides::Numbers(TWENTY) => {
                let pick = match which {
                    Advantage::Higher => Pick::Highest,
                    Advantage::Lower => Pick::Lowest,
                };
                dice.count = 2;
                let selectors = vec![Selector { pick, number: 1 }];
                dice.operations.insert(0, Operation { operator: Operator::Keep, selectors, at: self.at });
                true
            }
            Kind::Binary { left, .. } => left.advantage(which),
            Kind::Group(inner) | Kind::Positive(inner) => inner.advantage(which),
            Kind::Set { members, .. } => members.first_mut().is_some_and(|first| first.advantage(which)),
            Kind::Number(_) | Kind::Name(_) | Kind::Dice(_) | Kind::Negative(_) => false,
        }
    }
}

/// The sides of the die that advantage and criticals are about.
pub(super) const TWENTY: NonZeroU32 = NonZeroU32::new(20).unwrap();
