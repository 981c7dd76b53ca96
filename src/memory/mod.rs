//! What a table remembers: what is made of each event, how it is looked for, and what of it a turn is told. PURE.
//! Where it is kept, and the search itself, are the store's (`store/memory.rs`).

mod choose;
mod import;
mod make;
mod words;

pub use choose::{Candidate, Choosing, Recalled, Report, Skip, choose};
pub use make::{NewMemory, of_event, of_turn, scene_summary};
pub use words::{Query, grams, terms};
