//! Discord: a channel is a table. People write, the table answers, and no message is lost, doubled or broken.
//! It decides nothing about the game; messages become actions and commands, frames become messages.

// The door and its way to Discord.
mod arrival;
mod budget;
mod connect;
mod departure;
mod door;
mod examine;
mod health;
mod lookout;
mod rest;
mod token;
// Hearing.
mod archived;
mod convert;
mod files;
mod hearing;
mod ingest;
mod offered;
mod roles;
// Showing.
mod card_words;
mod channel;
mod finding;
mod knobs;
mod letters;
mod lines;
mod linked;
mod marks;
mod notice;
mod outgoing;
mod retelling;
mod snowflakes;
mod speaking;
mod splitting;
mod spoken;
mod telling;
mod voices;
// Commands and buttons.
mod aloud;
mod ask_buttons;
mod ask_presses;
mod buttons;
mod card;
mod commands;
mod events;
mod fetch;
mod forms;
mod presses;
mod threads;
mod wording;

pub use arrival::{Arrival, Place, Standing};
pub use commands::page as commands_page;
pub use connect::OpenError;
pub use departure::{Trace, Traces};
pub use door::{DiscordDoor, LOOKS_BACK_WITHIN, Parts};
pub use examine::{Examined, examine};
pub use lookout::{Mention, Sighting};
pub use retelling::{Look, Message, Retelling};
pub use token::{NoToken, token_in};
pub use wording::cannot_open as sentence;
