//! What a throw gave: every die, what was kept, and the total, as data.
//! How it reads is `written`'s business.

/// The result of a notation.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The notation as it was written, with its label.
    pub text: String,
    /// What it was for.
    pub label: Option<String>,
    /// One for a plain roll, one for each repetition.
    pub rows: Vec<Row>,
    /// The value of every name that was used, in the order of first use.
    pub names: Vec<(String, i64)>,
}

impl Outcome {
    /// The totals, one for each row.
    pub fn totals(&self) -> Vec<i64> {
        self.rows.iter().map(|row| row.total).collect()
    }

    /// The critical of a single roll; repeated rolls have none.
    pub fn critical(&self) -> Option<Critical> {
        match self.rows.as_slice() {
            [row] => row.critical,
            _ => None,
        }
    }
}

/// One throw of the expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The expression with its dice.
    pub term: Term,
    /// What it came to, without its fraction.
    pub total: i64,
    /// Whether the leading d20 showed 20 or 1.
    pub critical: Option<Critical>,
    /// Whether the whole expression is a comparison, so that 1 means yes.
    pub compares: bool,
}

/// The leading die is a d20 of which exactly one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Critical {
    /// It shows 20.
    Hit,
    /// It shows 1.
    Miss,
}

/// A part of the expression with what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Which part.
    pub shape: Shape,
    /// What it came to.
    pub value: f64,
    /// The notes behind it in square brackets.
    pub notes: Vec<String>,
    /// Whether an operator of the brackets around it took it out.
    pub dropped: bool,
}

/// The kinds of parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A number.
    Number,
    /// A name, looked up.
    Name(String),
    /// Thrown dice.
    Dice {
        /// In the order of the throw; those that explosions added come last.
        dice: Vec<Die>,
        /// What was counted instead of added.
        counted: Counted,
    },
    /// Values in brackets.
    Set {
        /// The values.
        members: Vec<Term>,
        /// What was counted instead of added.
        counted: Counted,
    },
    /// A group.
    Group(Box<Term>),
    /// A sign and what it stands before.
    Signed(char, Box<Term>),
    /// Two parts and the sign between them.
    Binary(Box<Term>, &'static str, Box<Term>),
}

/// What became of the values of dice or brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whether successes or failures were counted.
    pub marks: bool,
    /// Whether the value is a distance from a number.
    pub margin: bool,
}

/// One die on the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Die {
    /// What it showed, throw after throw; all but the last were rerolled.
    pub shown: Vec<i32>,
    /// What an operator made of it.
    pub set_to: Option<i32>,
    /// Whether it still counts.
    pub kept: bool,
    /// Whether it brought another die.
    pub exploded: bool,
    /// 1 for a success, -1 for a failure.
    pub mark: i8,
}

impl Die {
    /// What it counts for.
    pub fn value(&self) -> i32 {
        self.set_to.or(self.shown.last().copied()).unwrap_or_default()
    }
}
