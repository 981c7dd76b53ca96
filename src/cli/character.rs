//! `talekeeper character`: cards examined, taken in, shown and given out.
//! It reads and writes files of a table's folder only; a running program sees them at the next turn.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::character::card::{self, Parcel, Weight};
use crate::character::{Folder, FolderFault, Persona, report};
use crate::cli::{Ending, complain, person_reads};
use crate::config::Config;
use crate::domain::TableName;
use crate::format::escape;

/// Examine, import, list, show and export characters
#[derive(Debug, Subcommand)]
pub enum CharacterCommand {
    /// Say what is wrong with which field of a card
    ///
    /// Reads PNG, JSON, YAML and CHARX cards (V1, V2, V3) and exports of Tupperbox and PluralKit. Ends with exit code 1
    /// if anything is wrong.
    Validate {
        /// The cards
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Take a card, or everybody of an export, into a table's cast
    Import {
        /// The card
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        at: At,
        /// Name the character's file this way instead of after the card
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Leave out the card's own instructions, even as suggestions for the voice
        #[arg(long)]
        without_suggestions: bool,
    },
    /// List a table's cast
    List(At),
    /// Show what the game master is told of a character
    Show {
        /// The character
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// Write a character's card
    Export {
        /// The character
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        at: At,
        /// The kind of file
        #[arg(long, value_enum, default_value_t = As::Png)]
        format: As,
        /// Write here instead of standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// At which table.
#[derive(Debug, Args)]
pub struct At {
    /// The table
    #[arg(long, value_name = "NAME")]
    table: TableName,
}

/// Kinds of files that cards are written to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum As {
    /// A picture that holds the card as V2 and as V3
    Png,
    /// The card's JSON, letter by letter
    Json,
    /// An archive with the card as V3 and what came with it
    Charx,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Usage(String),
    #[error("{file} cannot be used: {source}", file = file.display())]
    File { file: PathBuf, source: FolderFault },
    #[error("That did not work: {0}")]
    Folder(#[from] FolderFault),
    #[error("It could not be written: {0}")]
    Output(#[from] io::Error),
}

/// Does what is asked.
pub fn run(command: &CharacterCommand, config: &Config) -> Ending {
    let done = match command {
        CharacterCommand::Validate { files } => return validate(files),
        CharacterCommand::Import { file, at, name, without_suggestions } => {
            import(file, &folder(config, at), name.as_deref(), *without_suggestions)
        }
        CharacterCommand::List(at) => list(&folder(config, at), &at.table),
        CharacterCommand::Show { name, at } => show(&folder(config, at), name),
        CharacterCommand::Export { name, at, format, to } => export(&folder(config, at), name, *format, to.as_deref()),
    };
    match done {
        Ok(()) => Ending::Done,
        Err(Trouble::Output(failure)) if failure.kind() == io::ErrorKind::BrokenPipe => Ending::Done,
        Err(Trouble::Usage(sentence)) => {
            complain(&sentence);
            Ending::BadUsage
        }
        Err(trouble) => {
            complain(&format!("{trouble}."));
            Ending::Failed
        }
    }
}

fn folder(config: &Config, at: &At) -> Folder {
    Folder::new(config.data_dir.join("tables").join(at.table.as_str()).join("characters"))
}

fn open(file: &Path) -> Result<Vec<Parcel>, FolderFault> {
    // A little more than the largest card is read, so that the reader of cards says what is too large.
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(std::fs::File::open(file)?, card::ARCHIVE_BYTES as u64 + 1), &mut bytes)?;
    Ok(card::open(&bytes)?)
}

fn validate(files: &[PathBuf]) -> Ending {
    let mut sound = true;
    let mut lines = Vec::new();
    for file in files {
        let name = file.display();
        match open(file) {
            Err(failure) => {
                sound = false;
                lines.push(format!("WRONG  {name}: {failure}"));
            }
            Ok(parcels) => {
                for parcel in &parcels {
                    let wrong = parcel.card.findings().iter().any(|finding| finding.weight == Weight::Wrong);
                    sound &= !wrong;
                    lines.push(verdict(&name.to_string(), parcel, wrong));
                    lines.extend(parcel.card.findings().iter().map(|finding| format!("         {finding}")));
                    lines.extend(parcel.notes.iter().map(|note| format!("         {note}")));
                }
            }
        }
    }
    let printed = print(&lines);
    if sound && printed.is_ok() { Ending::Done } else { Ending::Failed }
}

fn verdict(file: &str, parcel: &Parcel, wrong: bool) -> String {
    let mark = if wrong { "WRONG" } else { "good " };
    let (spec, carrier) = (parcel.card.spec().name(), parcel.carrier.name());
    format!("{mark}  {file}: \"{}\", {spec}, {carrier}", Persona::of(&parcel.card).name)
}

fn import(file: &Path, folder: &Folder, name: Option<&str>, without_suggestions: bool) -> Result<(), Trouble> {
    let parcels = open(file).map_err(|source| Trouble::File { file: file.to_owned(), source })?;
    if name.is_some() && parcels.len() > 1 {
        return Err(Trouble::Usage(format!("{} holds {} characters; --as is for one.", file.display(), parcels.len())));
    }
    let mut lines = Vec::new();
    for mut parcel in parcels {
        if without_suggestions {
            parcel.card = parcel.card.without_suggestions();
        }
        match folder.keep(&parcel, name) {
            Ok(stored) => {
                lines.extend(report(&parcel));
                lines.push(format!("Kept as {}.", stored.slug));
            }
            Err(failure) => {
                print(&lines)?;
                return Err(failure.into());
            }
        }
    }
    Ok(print(&lines)?)
}

fn list(folder: &Folder, table: &TableName) -> Result<(), Trouble> {
    let all = folder.list()?;
    if all.is_empty() {
        return Ok(print(&[format!("Nobody is in the cast of {table} yet.")])?);
    }
    let line = |stored: &crate::character::Stored| match folder.persona(stored) {
        Ok(persona) => format!("{:24} {}", stored.slug, persona.name),
        Err(failure) => format!("{:24} cannot be used: {failure}", stored.slug),
    };
    Ok(print(&all.iter().map(line).collect::<Vec<_>>())?)
}

fn show(folder: &Folder, name: &str) -> Result<(), Trouble> {
    let persona = folder.persona(&folder.find(name)?)?;
    let mut lines = vec![persona.name.clone(), String::new(), persona.told()];
    for which in 0..persona.greetings.len() {
        let greeting = persona.greeting(which, "", 0).unwrap_or_default();
        lines.extend([String::new(), format!("How a scene with them opens, greeting {}:", which + 1), greeting]);
    }
    Ok(print(&lines)?)
}

fn export(folder: &Folder, name: &str, format: As, to: Option<&Path>) -> Result<(), Trouble> {
    if to.is_none() && !matches!(format, As::Json) && person_reads() {
        return Err(Trouble::Usage("That is no text for a terminal: name a file with --to.".to_owned()));
    }
    let parcel = folder.parcel(&folder.find(name)?)?;
    let bytes = match format {
        As::Png => parcel.png().map_err(FolderFault::from)?,
        As::Json => parcel.json(),
        As::Charx => parcel.charx().map_err(FolderFault::from)?,
    };
    match to {
        Some(path) => std::fs::write(path, bytes)?,
        None => io::stdout().lock().write_all(&bytes)?,
    }
    Ok(())
}

fn print(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{}", escape::terminal(line)))
}
