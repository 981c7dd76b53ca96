//! `talekeeper run`: the bot; without a Discord token a table in this terminal.

use crate::cli::terminal_table::{self, Seat};
use crate::cli::{Ending, discord};
use crate::config::{Config, Sources};

/// Runs until the program is ended.
pub fn run(config: Config, sources: Sources) -> Ending {
    match config.discord.token.clone() {
        Some(token) => discord::run(config, &sources, token),
        None => {
            let seat = Seat { table: None, new: false, provider: None, name: None };
            terminal_table::open(config, sources, seat)
        }
    }
}
