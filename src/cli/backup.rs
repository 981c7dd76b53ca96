//! `talekeeper backup` and `talekeeper restore`: the whole installation in one file, and back.
//! The work is done in `archive`; here it is asked for and told.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::ExposeSecret;

use crate::archive::{self, ArchiveError, Keys, Manifest};
use crate::cli::{Ending, complain};
use crate::config::Config;
use crate::format::escape;

/// Write everything that was played into one file, also while the bot runs
///
/// The file holds the database as it is at one moment, the stories and the tables' folders (characters, lore, attached
/// files). It holds no logs, and neither the configuration nor any token unless --with-secrets is given. Only you can
/// read it. `talekeeper restore` puts it back.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write, or a folder for it; without it a new file in the folder `backups` of the data folder
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Add the configuration file and the Discord token; whoever has the file then has your bot
    #[arg(long)]
    with_secrets: bool,
}

/// Put a backup back, into an empty folder
///
/// Everything is checked on the way: the sum of each file, the database, its version. If anything is wrong, the folder
/// stays as it was. Start the bot with that folder as `data_dir` afterwards.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to put it into, made if it is missing; without it the data folder
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// Makes a backup.
pub fn back_up(args: &BackupArgs, config: &Config) -> Ending {
    told(make(args, config), "The backup was not made")
}

/// Puts one back.
pub fn restore(args: &RestoreArgs, config: &Config) -> Ending {
    let into = args.into.as_ref().unwrap_or(&config.data_dir);
    let restored = archive::restore(&args.file, into).map(|restored| {
        let mut lines = vec![format!("Put back into {}: {}.", restored.folder.display(), contents(&restored.manifest))];
        if restored.manifest.secrets {
            lines.push(
                "The configuration and the token that were packed lie there too; move them to where you keep yours."
                    .to_owned(),
            );
        }
        if *into != config.data_dir {
            lines.push(format!("To play on with it, set data_dir to {}.", into.display()));
        }
        lines
    });
    told(restored, "Nothing was put back")
}

fn make(args: &BackupArgs, config: &Config) -> Result<Vec<String>, ArchiveError> {
    let to = place(args.to.as_deref(), &config.data_dir)?;
    let keys = args.with_secrets.then(|| Keys {
        config: config.file.clone(),
        token: config.discord.token.as_ref().map(|token| token.expose_secret().to_owned()),
    });
    let made = archive::back_up(&config.data_dir, &to, keys.as_ref())?;
    let mut lines = vec![
        format!("Wrote {} ({}).", made.path.display(), size(made.bytes)),
        format!("In it: {}.", contents(&made.manifest)),
    ];
    lines.push(match args.with_secrets {
        true => "The configuration and the token are in it too: keep it as you keep those.".to_owned(),
        false => "Not in it: logs, the configuration, tokens, and the CLIs' own sign-ins.".to_owned(),
    });
    if !made.manifest.left_out.is_empty() {
        let shown: Vec<_> = made.manifest.left_out.iter().take(5).map(String::as_str).collect();
        let count = made.manifest.left_out.len();
        lines.push(format!("Left out, because they are links or no files ({count}): {}.", shown.join(", ")));
    }
    Ok(lines)
}

/// Where a backup goes.
fn place(asked: Option<&Path>, data_dir: &Path) -> Result<PathBuf, ArchiveError> {
    let name = archive::stamped("talekeeper-");
    match asked {
        Some(folder) if folder.is_dir() => Ok(folder.join(name)),
        Some(file) => Ok(file.to_owned()),
        None => {
            let folder = data_dir.join("backups");
            if data_dir.is_dir() {
                archive::make_folder(&folder)?;
                Ok(folder.join(name))
            } else {
                Err(ArchiveError::Nothing { path: data_dir.to_owned() })
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        more => format!("{}.{} MB", more / 1_000_000, more % 1_000_000 / 100_000),
    }
}

fn contents(manifest: &Manifest) -> String {
    let tables = match manifest.tables.len() {
        1 => "1 table".to_owned(),
        count => format!("{count} tables"),
    };
    let events: u64 = manifest.tables.iter().map(|table| table.events).sum();
    format!("{tables}, {events} events, {} files, schema {}", manifest.members.len(), manifest.schema)
}

/// Prints what was done, or says why it was not.
pub(super) fn told(done: Result<Vec<String>, ArchiveError>, failed: &str) -> Ending {
    match done {
        Ok(lines) => {
            let mut out = io::stdout().lock();
            let printed = lines.iter().try_for_each(|line| writeln!(out, "{}", escape::terminal(line)));
            // It was done, whoever reads of it.
            drop(printed);
            Ending::Done
        }
        Err(failure) => {
            complain(&format!("{failed}: {failure}."));
            Ending::Failed
        }
    }
}
