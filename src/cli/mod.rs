//! The command line: one file per command, and what they share.
//! No rule of the game stands here; commands read the configuration, start parts and print.

pub mod backup;
pub mod character;
pub mod check;
pub mod discord;
pub mod first_process;
pub mod health;
pub mod init;
pub mod leave;
pub mod logs;
pub mod lore;
pub mod moving;
pub mod play;
pub mod privacy;
pub mod replay;
pub mod run;
pub mod selftest;
mod signals;
pub mod story;
mod terminal_table;
pub mod top;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::config::{self, Config, Sources};
use crate::telemetry;

/// What stands below the long help, and so in the manual.
const AFTERWORD: &str = "\
Files: config.yaml in the working folder, all keys optional. data/ there, or where data_dir says: talekeeper.db, \
stories/, logs/, tables/, backups/, capsules/.

Variables: DISCORD_TOKEN, or DISCORD_TOKEN_FILE that names a file with the token. TALEKEEPER_CONFIG names the \
configuration file. Every key is also a variable, such as TALEKEEPER_DATA_DIR or TALEKEEPER_LIMITS__SHUTDOWN.

Signals: SIGTERM, SIGINT and SIGHUP end the bot once the turns that run have had limits.shutdown to finish; a second \
SIGTERM or SIGINT ends it at once. What was cut off is taken up at the next start.

Exit codes: 0 done; 1 failed, another start may help; 2 something has to be changed first.";

/// A game master for your table: in a Discord channel, or right here in the terminal.
///
/// Without a command it runs the bot; without a Discord token it opens a table in this terminal instead.
#[derive(Debug, Parser)]
#[command(name = "talekeeper", version, about, long_about, after_long_help = AFTERWORD, max_term_width = 100)]
pub struct Cli {
    /// Read this configuration file instead of config.yaml in the working folder
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<What>,
}

/// What the program is asked to do.
#[derive(Debug, Subcommand)]
enum What {
    /// Run the bot (the same as no command)
    ///
    /// Connects to Discord with the token in DISCORD_TOKEN or in the configuration. With no token anywhere it opens
    /// a table in this terminal and says how to connect Discord.
    Run,
    Init(init::InitArgs),
    Play(play::PlayArgs),
    Check(check::CheckArgs),
    Selftest(selftest::SelftestArgs),
    Health(health::HealthArgs),
    Logs(logs::LogsArgs),
    Top(top::TopArgs),
    #[command(subcommand)]
    Story(story::StoryCommand),
    #[command(subcommand)]
    Character(character::CharacterCommand),
    #[command(subcommand)]
    Lore(lore::LoreCommand),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Export(moving::ExportArgs),
    Import(moving::ImportArgs),
    #[command(subcommand)]
    Privacy(privacy::PrivacyCommand),
    Leave(leave::LeaveArgs),
    Replay(replay::ReplayArgs),
}

/// How a command ended, as the shell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done.
    Done,
    /// Failed while running.
    Failed,
    /// Bad usage or configuration.
    BadUsage,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::Failed => Self::from(1),
            Ending::BadUsage => Self::from(2),
        }
    }
}

/// Understands the command line, reads the configuration and does what is asked.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let sources = Sources::from_process(cli.config);
    let loaded = config::load(&sources);
    if let Some(What::Check(args)) = &cli.command {
        return check::run(args, loaded, &sources).into();
    }
    if let Some(What::Init(args)) = &cli.command {
        // What is there may be faulty, or not be there yet; it is replaced.
        return init::run(args, loaded.ok(), sources).into();
    }
    let config = match loaded {
        Ok(config) => config,
        Err(faults) => {
            complain(&faults.to_string());
            return Ending::BadUsage.into();
        }
    };
    match cli.command.unwrap_or(What::Run) {
        What::Run => run::run(config, sources),
        What::Play(args) => play::run(&args, config, sources),
        What::Check(_) | What::Init(_) => Ending::Done, // answered above, because a bad configuration is no hindrance to them
        What::Health(args) => health::run(&args, &config),
        What::Logs(args) => read_logs(&args, &config, &sources),
        What::Top(args) => top::run(&args, &config, &sources),
        What::Story(command) => story::run(&command, &config),
        What::Character(command) => character::run(&command, &config),
        What::Lore(command) => lore::run(&command),
        What::Backup(args) => backup::back_up(&args, &config),
        What::Privacy(command) => privacy::run(&command, &config),
        What::Export(args) => moving::export(&args, &config),
        What::Import(args) => moving::import(&args, &config),
        What::Restore(args) => backup::restore(&args, &config),
        What::Selftest(args) => selftest::run(&args, &config, &sources),
        What::Leave(args) => leave::run(&args, &config, &sources),
        What::Replay(args) => replay::run(&args, &config),
    }
    .into()
}

fn read_logs(args: &logs::LogsArgs, config: &Config, sources: &Sources) -> Ending {
    let plain = sources.env.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let style = telemetry::Style { colour: person_reads() && !plain, zone: jiff::tz::TimeZone::system() };
    let (mut out, mut notes) = (std::io::stdout().lock(), std::io::stderr().lock());
    let console = logs::Console { out: &mut out, notes: &mut notes, style };
    match logs::run(args, &config.data_dir.join("logs"), console) {
        Ok(()) => {
            drop((out, notes));
            name_capsule(args, config);
            Ending::Done
        }
        Err(failure) => {
            drop(notes);
            complain(&format!("The log could not be shown: {failure}."));
            Ending::Failed
        }
    }
}

/// Says that the turn of an error was kept, if it was.
fn name_capsule(args: &logs::LogsArgs, config: &Config) {
    let Some(error) = &args.error else { return };
    if let Some(path) = crate::replay::find(&config.data_dir, error) {
        complain(&format!("Its turn is kept: talekeeper replay {error} plays {}.", path.display()));
    }
}

/// Says on standard error why a command did not do its work.
#[expect(clippy::print_stderr, reason = "this is where commands speak to people")]
fn complain(sentence: &str) {
    eprintln!("{}", crate::format::escape::terminal(sentence));
}

/// Begins logging for a command that plays. A failure to log is told and does not stop play.
fn start_logs(config: &Config, sources: &Sources, terminal: telemetry::TerminalLog) -> Option<telemetry::Guard> {
    let settings = telemetry::Settings {
        folder: config.data_dir.join("logs"),
        level: level(config.logging.level),
        max_size: config.logging.max_size,
        max_files: u32::try_from(config.logging.max_files).unwrap_or(u32::MAX),
        terminal,
        secrets: secrets(config, sources),
    };
    match telemetry::init(settings) {
        Ok(guard) => {
            std::panic::set_hook(Box::new(log_panic));
            config.notes.iter().for_each(|note| tracing::warn!("{note}"));
            Some(guard)
        }
        Err(failure) => {
            complain(&format!("Nothing is logged: {failure}."));
            None
        }
    }
}

/// A fault of ours is for the log; people are told by whoever waits for what did not come.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let error_id = telemetry::new_error_id();
    let place = panic.location().map(ToString::to_string);
    tracing::error!(%error_id, place, detail = panic.payload_as_str(), "the program met a fault of its own");
}

fn level(level: config::Level) -> LevelFilter {
    match level {
        config::Level::Error => LevelFilter::ERROR,
        config::Level::Warn => LevelFilter::WARN,
        config::Level::Info => LevelFilter::INFO,
        config::Level::Debug => LevelFilter::DEBUG,
        config::Level::Trace => LevelFilter::TRACE,
    }
}

/// Every secret that is known, so that the log can refuse to write it: also what a provider's variables hold that are
/// not called a key.
fn secrets(config: &Config, sources: &Sources) -> Vec<secrecy::SecretString> {
    let of_providers = config.providers.values().flat_map(|provider| provider.env.values().cloned());
    crate::app::keys(config, &sources.env).into_iter().chain(of_providers).collect()
}

/// Whether a person looks at standard output.
fn person_reads() -> bool {
    std::io::stdout().is_terminal()
}
