//! The options of `talekeeper init`, and what they ask for.
//! Nothing is asked or written here.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Stop, masters};
use crate::config::{self, Config};
use crate::domain::{ProviderName, TableName};

/// Set everything up: the bot's token, its invitation, who tells the story, a configuration
///
/// A short talk in the terminal. It watches Discord until somebody writes to the bot and says what is still missing;
/// then it writes config.yaml. Every question has a default and an option here, so that scripts can run it: with
/// --yes nothing is asked. The token is read from DISCORD_TOKEN, from --token-file, or typed without being shown.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Ask nothing: what is not given here takes its default
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Read the bot's token from this file, which stays where it is; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// Leave Discord out, whatever token there is
    #[arg(long, conflicts_with_all = ["token_file", "channel", "watch_for"])]
    pub(super) no_discord: bool,
    /// Do not wait until somebody has written to the bot
    #[arg(long)]
    pub(super) no_watch: bool,
    /// Wait so long at most, such as 90s or 5m; with --yes it waits only if this is given
    #[arg(long, value_name = "TIME", conflicts_with = "no_watch", value_parser = time)]
    pub(super) watch_for: Option<Duration>,
    /// The Discord channel of the first table; without it the one in which somebody writes to the bot
    #[arg(long, value_name = "ID")]
    pub(super) channel: Option<u64>,
    /// The first table's name; without it that of its channel
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    /// Who tells the story: claude, codex, gemini, opencode, qwen, droid or oracle; several in order, with commas
    #[arg(long, value_name = "NAME")]
    pub(super) provider: Option<String>,
    /// The language people are answered in, such as en, de or pt-BR
    #[arg(long, value_name = "CODE")]
    pub(super) language: Option<String>,
    /// The folder of everything that is kept; a relative path begins at the configuration's folder
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    pub(super) data_dir: String,
    /// Replace the configuration that is there; the old one is kept beside it
    #[arg(long)]
    pub(super) force: bool,
    /// Play a first scene with the Oracle at the end, without asking
    #[arg(long, conflicts_with = "no_play")]
    pub(super) play: bool,
    /// Do not offer a first scene at the end
    #[arg(long)]
    pub(super) no_play: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    config::duration(text).ok_or_else(|| "a time such as 90s or 5m".to_owned())
}

/// What the options ask for, as far as it can be checked before anything is asked.
pub(super) struct Wanted {
    pub(super) providers: Option<Vec<ProviderName>>,
    pub(super) language: Option<String>,
    pub(super) table: Option<TableName>,
}

impl Wanted {
    pub(super) fn read(args: &InitArgs, config: &Config) -> Result<Self, Stop> {
        let providers = args.provider.as_deref().map(|names| masters::read(config, names)).transpose();
        let table = args.table.as_deref().map(|name| {
            name.parse::<TableName>().map_err(|bad| Stop::Usage(format!("\"{name}\" is no name for a table: {bad}.")))
        });
        if let Some(code) = args.language.as_deref().filter(|code| !config::is_language(code)) {
            return Err(Stop::Usage(format!("\"{code}\" is no language's code, such as en, de or pt-BR.")));
        }
        if args.data_dir.starts_with('~') || args.data_dir.trim().is_empty() {
            return Err(Stop::Usage("--data-dir needs a path, written out (`~` is not understood).".to_owned()));
        }
        Ok(Self {
            providers: providers.map_err(Stop::Usage)?,
            language: args.language.clone(),
            table: table.transpose()?,
        })
    }
}
