//! Characters: who is in the cast of a table.
//! What a card says is a description; it never becomes an instruction to the game master.

mod cast;

pub use cast::cast;
