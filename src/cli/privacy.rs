//! `talekeeper privacy`: what is kept about a person, for the operator whom they asked.
//! While the bot runs, people do the same themselves with /privacy.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::app;
use crate::cli::{Ending, complain};
use crate::config::Config;
use crate::domain::PersonId;
use crate::door::privacy as words;
use crate::format::escape;
use crate::store::{Store, StoreError};
use crate::table::{self, AtRestError};

/// Hand out or erase what is kept about a person
///
/// For the operator, while the bot does not run. While it runs, people do it themselves with /privacy.
#[derive(Debug, Subcommand)]
pub enum PrivacyCommand {
    /// List everybody who sits at a table, with the ids that the other commands take
    People,
    /// Write everything that is kept about a person, as JSON
    Export {
        /// Who, as `privacy people` lists them: discord:123456789012345678
        #[arg(long, value_name = "ID")]
        person: String,
        /// Write here instead of standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Erase what is kept about a person, at every table; without --yes it says what that means
    Erase {
        /// Who, as `privacy people` lists them: discord:123456789012345678
        #[arg(long, value_name = "ID")]
        person: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("nothing is kept about \"{0}\"; `talekeeper privacy people` lists who there is")]
    Nobody(String),
    #[error("a turn was cut off at table {0}; start the bot once, so that it is taken up again")]
    Running(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it could not be written: {0}")]
    Io(#[from] io::Error),
}

/// Does what is asked.
pub fn run(command: &PrivacyCommand, config: &Config) -> Ending {
    if let PrivacyCommand::Erase { yes: false, .. } = command {
        complain(&format!("{} To have it done, add --yes.", words::WHAT_ERASING_DOES));
        return Ending::BadUsage;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    match runtime.block_on(carry_out(command, config)) {
        Ok(()) => Ending::Done,
        Err(trouble @ Trouble::Nobody(_)) => {
            complain(&format!("{trouble}."));
            Ending::BadUsage
        }
        Err(trouble) => {
            complain(&format!("That was not done: {trouble}."));
            Ending::Failed
        }
    }
}

async fn carry_out(command: &PrivacyCommand, config: &Config) -> Result<(), Trouble> {
    let store = Store::open(&config.data_dir)?;
    let done = match command {
        PrivacyCommand::People => people(&store).await,
        PrivacyCommand::Export { person, to } => export(&store, person, to.as_deref()).await,
        PrivacyCommand::Erase { person, .. } => erase(&store, person, config).await,
    };
    store.close().await;
    done
}

async fn people(store: &Store) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    for known in table::everybody(store).await? {
        let tables: Vec<_> = known.tables.iter().map(|name| name.as_str()).collect();
        let line = format!("{}  {}  ({})", known.person, known.name, tables.join(", "));
        writeln!(out, "{}", escape::terminal(&line))?;
    }
    Ok(())
}

async fn export(store: &Store, person: &str, to: Option<&Path>) -> Result<(), Trouble> {
    let about = table::about(store, &PersonId::new(person)).await?;
    if about.is_empty() {
        return Err(Trouble::Nobody(person.to_owned()));
    }
    let file = words::export(&about);
    match to {
        Some(path) => {
            use std::os::unix::fs::OpenOptionsExt;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(path)?.write_all(&file)?;
        }
        None => io::stdout().lock().write_all(&file)?,
    }
    Ok(())
}

async fn erase(store: &Store, person: &str, config: &Config) -> Result<(), Trouble> {
    let id = PersonId::new(person);
    let erased = app::erasing::erase(store, config, &id).await.map_err(|failure| match failure {
        AtRestError::Store(failure) => Trouble::Store(failure),
        AtRestError::Running(table) => Trouble::Running(table.to_string()),
    })?;
    let mut out = io::stdout().lock();
    for receipt in &erased.before {
        writeln!(out, "An erasing that had been cut off is finished now. {}", words::receipt(receipt))?;
    }
    match erased.now {
        Some(receipt) => Ok(writeln!(out, "{}", words::receipt(&receipt))?),
        // It may have been theirs that was cut off, and nobody can tell any more.
        None if !erased.before.is_empty() => Ok(()),
        None => Err(Trouble::Nobody(person.to_owned())),
    }
}
