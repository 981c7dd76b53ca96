//! Dice: the notation people write, the throw, the result written out, and the proof that nobody bent it. PURE.
//! Chance comes in as [`Faces`] and as a seed; nothing here draws any, waits, or knows a table's state.

mod evaluate;
mod expression;
mod fault;
mod notation;
mod outcome;
mod pool;
pub mod proof;
mod written;

pub use evaluate::{Faces, evaluate};
pub use expression::{Dialect, Notation};
pub use fault::{DiceFault, Trouble};
pub use outcome::{Critical, Die, Outcome, Row, Term};
pub use written::{WRITTEN_CHARS, plain, written};

/// The longest notation, in characters.
pub const MAX_CHARS: usize = 512;
/// How deep brackets and signs may be nested.
pub const MAX_DEPTH: usize = 32;
/// How many dice one notation may throw, with rerolls, explosions and repetitions.
pub const MAX_DICE: u32 = 1_000;
/// The most sides of a die.
pub const MAX_SIDES: u32 = 1_000_000;
/// The largest number that may be written.
pub const MAX_NUMBER: u32 = 999_999_999;
/// How often `6x(…)` may repeat.
pub const MAX_REPEATS: u32 = 100;

/// Reads a notation, throws it and adds up.
///
/// # Errors
///
/// When the notation cannot be read, or what it asks for is not possible.
pub fn roll(text: &str, faces: &mut dyn Faces, names: &dyn Fn(&str) -> Option<i64>) -> Result<Outcome, DiceFault> {
    evaluate(&text.parse::<Notation>()?, faces, names)
}

#[cfg(test)]
mod tests;
