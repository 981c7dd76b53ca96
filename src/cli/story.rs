//! `talekeeper story`: the stories, listed, shown and exported.
//! It reads the story files only; they are kept current while people play.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::{Ending, complain, person_reads};
use crate::config::Config;
use crate::domain::TableName;
use crate::format::escape;
use crate::story::export::{self, Format};
use crate::story::{Chronicle, SceneText, StoryError};

/// List, read and export the stories
#[derive(Debug, Subcommand)]
pub enum StoryCommand {
    /// List the scenes of every table, or of one
    List {
        /// Only this table
        #[arg(long, value_name = "NAME")]
        table: Option<String>,
    },
    /// Print a scene: the newest, or the one with that number
    Show(Which),
    /// Write a scene, or the whole story, as markdown, a web page or an e-book
    Export {
        #[command(flatten)]
        which: Which,
        /// The kind of file
        #[arg(long, value_enum, default_value_t = As::Md)]
        format: As,
        /// Write here instead of standard output
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// Which table, which scene.
#[derive(Debug, Args)]
pub struct Which {
    /// The table; needed only when there is more than one
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The scene's number
    #[arg(long, value_name = "NUMBER")]
    scene: Option<u32>,
}

/// Kinds of exported files.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum As {
    /// One markdown document
    Md,
    /// One web page that needs nothing else
    Html,
    /// An e-book
    Epub,
}

impl From<As> for Format {
    fn from(kind: As) -> Self {
        match kind {
            As::Md => Self::Markdown,
            As::Html => Self::Html,
            As::Epub => Self::Epub,
        }
    }
}

/// Does what is asked.
pub fn run(command: &StoryCommand, config: &Config) -> Ending {
    let stories = Chronicle::new(config.data_dir.join("stories"));
    let done = match command {
        StoryCommand::List { table } => list(&stories, table.as_deref()),
        StoryCommand::Show(which) => show(&stories, which),
        StoryCommand::Export { which, format, to } => export(&stories, which, (*format).into(), to.as_ref(), config),
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

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Usage(String),
    #[error("The stories could not be read: {0}")]
    Stories(#[from] StoryError),
    #[error("The export could not be written: {0}")]
    Output(#[from] io::Error),
    #[error("The export could not be made: {0}")]
    Export(#[from] export::ExportError),
}

fn list(stories: &Chronicle, only: Option<&str>) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    let tables = match only {
        Some(name) => vec![table(stories, Some(name))?],
        None => stories.tables()?,
    };
    if tables.is_empty() {
        writeln!(out, "No story has been written yet.")?;
    }
    for table in tables {
        writeln!(out, "{table}")?;
        for scene in stories.scenes(&table)? {
            writeln!(out, "  {:03}  {}", scene.number, escape::terminal(&scene.title))?;
        }
    }
    Ok(())
}

fn show(stories: &Chronicle, which: &Which) -> Result<(), Trouble> {
    let scene = scenes(stories, which)?.pop().ok_or_else(|| Trouble::Usage("That story is empty.".to_owned()))?;
    let mut out = io::stdout().lock();
    if person_reads() {
        out.write_all(escape::terminal(scene.body()).trim().as_bytes())?;
        out.write_all(b"\n")?;
    } else {
        out.write_all(scene.text.as_bytes())?;
    }
    Ok(())
}

fn export(
    stories: &Chronicle,
    which: &Which,
    format: Format,
    to: Option<&PathBuf>,
    config: &Config,
) -> Result<(), Trouble> {
    if to.is_none() && matches!(format, Format::Epub) && person_reads() {
        return Err(Trouble::Usage("An e-book is no text for a terminal: name a file with --to.".to_owned()));
    }
    let table = table(stories, which.table.as_deref())?;
    let language = config.tables.iter().find(|known| known.name == table).and_then(|table| table.language.clone());
    let meta = export::Meta { table, language: language.unwrap_or_else(|| config.defaults.language.clone()) };
    let file = export::export(&scenes(stories, which)?, &meta, format)?;
    match to {
        Some(path) => std::fs::write(path, file)?,
        None => io::stdout().lock().write_all(&file)?,
    }
    Ok(())
}

/// The scenes that are meant, in order.
fn scenes(stories: &Chronicle, which: &Which) -> Result<Vec<SceneText>, Trouble> {
    let table = table(stories, which.table.as_deref())?;
    let scenes = stories.scenes(&table)?;
    let Some(number) = which.scene else { return Ok(scenes) };
    let wanted: Vec<_> = scenes.into_iter().filter(|scene| scene.number == number).collect();
    if wanted.is_empty() {
        return Err(Trouble::Usage(format!("Table {table} has no scene {number}. `talekeeper story list` shows them.")));
    }
    Ok(wanted)
}

/// The table that is meant; without a name the only one that has a story.
fn table(stories: &Chronicle, name: Option<&str>) -> Result<TableName, Trouble> {
    let told = stories.tables()?;
    let names = told.iter().map(TableName::as_str).collect::<Vec<_>>().join(", ");
    match (name, told.as_slice()) {
        (_, []) => Err(Trouble::Usage("No story has been written yet. Play a turn first.".to_owned())),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Trouble::Usage(format!("Which table? Add --table with one of: {names}."))),
        (Some(name), _) => told
            .iter()
            .find(|known| known.as_str() == name)
            .cloned()
            .ok_or_else(|| Trouble::Usage(format!("There is no story of a table \"{name}\". There is: {names}."))),
    }
}
