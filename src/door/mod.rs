//! Front doors: where people come in. Each turns its own world into actions, and frames into its own world.
//! Foreign types stop in a door's `convert.rs`; the table knows none of them.

pub mod asking_wording;
pub mod discord;
pub mod fights;
pub mod letters;
pub mod memories;
pub mod monitor;
pub mod privacy;
pub mod rolls;
pub mod sheets;
pub mod terminal;
pub mod wording;
