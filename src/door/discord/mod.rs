//! Discord: a channel is a table. People write, the table answers, and no message is lost, doubled or broken.
//! It decides nothing about the game; messages become actions and commands, frames become messages.

// The door and its way to Discord.
mod connect;
mod door;
mod examine;
mod health;
mod rest;
// Hearing.
mod convert;
mod hearing;
mod ingest;
mod roles;
// Showing.
mod channel;
mod marks;
mod outgoing;
mod splitting;
mod telling;
// Commands and buttons.
mod buttons;
mod commands;
mod events;
mod forms;
mod presses;
mod wording;

pub use commands::page as commands_page;
pub use connect::OpenError;
pub use door::{DiscordDoor, Parts};
pub use examine::{Examined, examine};
pub use wording::cannot_open as sentence;
