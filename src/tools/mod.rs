//! The game master's tools: what a provider may do to the game, one file each, served to CLIs over MCP.
//! A tool only translates; what it comes to is judged by the table, and recorded before the tool answers.

mod advance_fight;
mod ask_for_roll;
mod catalog;
mod change_condition;
mod change_inventory;
mod change_vital;
mod come_and_go;
mod introduce_character;
mod look;
mod look_up_lore;
mod note_fact;
mod note_promise;
mod recall;
mod reference;
mod server;
mod set_scene;
mod start_fight;
mod tell_character;
mod tick_clock;
mod whisper;

pub use catalog::{TOOLS, Tool};
pub use reference::reference;
pub use server::{Binding, ToolServer};
