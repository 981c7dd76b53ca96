//! `talekeeper play`: a table in this terminal.

use clap::Args;

use crate::cli::Ending;
use crate::cli::terminal_table::{self, Seat};
use crate::config::{Config, Sources};

/// Play at a table in this terminal
///
/// Plain lines are what you do or say; /help lists the commands. Ctrl-C stops the reply that is on its way, a second
/// one leaves. With standard input not a terminal it reads one action per line, writes each reply to standard output
/// and ends at the end of input.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// The table to sit down at; without it the first of the configuration, else `home`
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Begin the table if there is none of that name
    #[arg(long, requires = "table")]
    new: bool,
    /// Who answers, whatever was chosen before: claude, oracle, or another provider of `talekeeper check`
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The name you go by at the table
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

/// Plays until the person leaves or the input ends.
pub fn run(args: &PlayArgs, config: Config, sources: Sources) -> Ending {
    let seat =
        Seat { table: args.table.clone(), new: args.new, provider: args.provider.clone(), name: args.name.clone() };
    terminal_table::open(config, sources, seat)
}
