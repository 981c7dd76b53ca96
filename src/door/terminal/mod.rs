//! The terminal: a table played where the program was started, by one person or by a script.
//! It decides nothing about the game; lines become actions and commands, frames become text.

mod asked;
mod page;
mod player;
mod reader;
mod typed;
mod wording;

pub use player::{Looks, Player};
pub use reader::{Lines, PipedLines, PromptLines};
