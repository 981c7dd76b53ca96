//! Characters: cards from files, what is made of them, who is in the cast of a table.
//! What a card says is a description; it never becomes an instruction to the game master.

pub mod card;
mod cast;
mod folder;
mod name;
mod persona;
mod report;

pub use cast::{Cast, Member};
pub use folder::{Folder, FolderFault, Stored};
pub use name::inert_name;
pub use persona::{Persona, Suggestion};
pub use report::report;
