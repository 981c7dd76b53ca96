//! The oracle: a game master without a model, made of tables, dice and the tale so far.
//! It remembers nothing by itself: what it introduced it finds again in the told text, so it can take over any table.
//!
//! One turn: `intent` reads what each speaker wants, `memory` and `world` find out what is true, `deeds` answers each
//! speaker, `recalled` brings up what was looked up of earlier scenes and of the lorebooks, `turning` moves the world, `teller` picks the words and never the same sentence twice.

mod answer;
mod chance;
mod deeds;
mod grammar;
mod intent;
mod memory;
mod odds;
mod page;
mod player;
mod quote;
mod recalled;
mod tables;
mod teller;
mod turning;
mod world;

pub use answer::{Answer, Ask, answer};
pub use player::Oracle;
pub use recalled::Recalled;
pub use tables::Tables;

#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod tables_tests;
