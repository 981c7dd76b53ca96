//! `talekeeper run`: the bot; without a Discord token a table in this terminal.

use crate::cli::terminal_table::{self, Seat};
use crate::cli::{Ending, complain};
use crate::config::{Config, Sources};

/// Runs until the program is ended.
pub fn run(config: Config, sources: Sources) -> Ending {
    if config.discord.token.is_none() {
        let seat = Seat { table: None, new: false, provider: None, name: None };
        return terminal_table::open(config, sources, seat);
    }
    complain(
        "A Discord token is set, but this version has no Discord door yet. `talekeeper play` opens a table in this \
         terminal.",
    );
    Ending::BadUsage
}
