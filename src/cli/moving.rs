//! `talekeeper export` and `talekeeper import`: one table in a file, from one installation to another.
//! The work is done in `archive`; here it is asked for and told.

use std::path::PathBuf;

use clap::Args;

use crate::app;
use crate::archive::{self, Wanted};
use crate::cli::backup::told;
use crate::cli::{Ending, complain};
use crate::config::Config;
use crate::domain::TableName;

/// Write one table with its whole log into a file, to be played on elsewhere
///
/// The bot may run meanwhile. To read a story or make a book of it, use `talekeeper story export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The table
    #[arg(long, value_name = "NAME")]
    table: String,
    /// The file to write, or a folder for it; without it a new file here
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Take in a table that was exported elsewhere
///
/// The bot must not run meanwhile. Nothing that is here is overwritten; if anything is wrong, all stays as it was.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file that `talekeeper export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the table is called here; without it as it was
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// The Discord channel it is played in from now on
    #[arg(long, value_name = "ID")]
    channel: Option<u64>,
}

/// Writes a table into a file.
pub fn export(args: &ExportArgs, config: &Config) -> Ending {
    let name = archive::stamped(&format!("{}-", args.table));
    let to = match &args.to {
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.clone(),
        // A name that leads elsewhere is no table's, so nothing is written under it.
        None if args.table.parse::<TableName>().is_ok() => PathBuf::from(name),
        None => PathBuf::from("table.zip"),
    };
    let done = archive::export_table(&config.data_dir, &args.table, &to).map(|events| {
        vec![
            format!("Wrote {}: table {} with {events} events.", to.display(), args.table),
            "Take it in elsewhere with `talekeeper import`. Here the table stays as it is.".to_owned(),
        ]
    });
    told(done, "The table was not exported")
}

/// Takes a table in.
pub fn import(args: &ImportArgs, config: &Config) -> Ending {
    let name = match args.name.as_deref().map(str::parse::<TableName>).transpose() {
        Ok(name) => name,
        Err(bad) => {
            complain(&format!("That is no name for a table: {bad}."));
            return Ending::BadUsage;
        }
    };
    let channels = config.tables.iter().filter_map(|table| Some((table.channel_id?, table.name.clone())));
    let wanted = Wanted { name, channel: args.channel, taken: channels.collect() };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    let taken = runtime.block_on(archive::import_table(&config.data_dir, &args.file, wanted, app::now()));
    told(taken.map(|taken| lines(&taken, args.channel)), "The table was not taken in")
}

fn lines(taken: &archive::Imported, channel: Option<u64>) -> Vec<String> {
    let archive::Imported { name, events, seats } = taken;
    let next = match channel {
        Some(channel) => format!("It is played in channel {channel} from the next start of the bot."),
        None => format!("Play it here with `talekeeper play --table {name}`, or give it a channel_id in config.yaml."),
    };
    vec![format!("Table {name} is here: {events} events, {seats} people."), next]
}
