//! The game master's tools: what a provider may do to the game, one file each, served to CLIs over MCP.
//! A tool only translates; what it comes to is judged by the table, and recorded before the tool answers.

mod catalog;
mod reference;
mod server;
mod whisper;

pub use catalog::{TOOLS, Tool};
pub use reference::reference;
pub use server::{Binding, ToolServer};
