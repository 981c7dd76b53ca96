//! `talekeeper story`: the stories, listed, shown and exported.
//! It reads the story files only; they are kept current while people play.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::{Ending, complain, person_reads};
use crate::config::Config;
use crate::domain::{TableName, Timestamp};
use crate::format::escape;
use crate::story::export::{self, Format, Meta};
use crate::story::scene_text::SceneText;
use crate::story::shelf::{Shelf, ShelfError};

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
    /// The scene's number; without it `show` takes the newest and `export` the whole story
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
    let data_dir = &config.data_dir;
    let done = match command {
        StoryCommand::List { table } => list(data_dir, table.as_deref()),
        StoryCommand::Show(which) => show(data_dir, which),
        StoryCommand::Export { which, format, to } => export(which, (*format).into(), to.as_deref(), config),
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
    Stories(#[from] ShelfError),
    #[error("The export could not be written: {0}")]
    Output(#[from] io::Error),
    #[error("The export could not be made: {0}")]
    Export(#[from] export::ExportError),
}

fn list(data_dir: &Path, only: Option<&str>) -> Result<(), Trouble> {
    let tables = match only {
        Some(name) => vec![table(data_dir, Some(name))?],
        None => Shelf::tables(data_dir)?,
    };
    let mut out = io::stdout().lock();
    if tables.is_empty() {
        writeln!(out, "No story has been written yet.")?;
    }
    for table in tables {
        writeln!(out, "{table}")?;
        for scene in Shelf::new(data_dir, &table).list()? {
            writeln!(out, "  {:03}  {}", scene.number.get(), escape::terminal(&scene.title))?;
        }
    }
    Ok(())
}

fn show(data_dir: &Path, which: &Which) -> Result<(), Trouble> {
    let scene = told(data_dir, which)?.scenes.pop().ok_or_else(|| Trouble::Usage("That story is empty.".to_owned()))?;
    let text = format!("# {}\n\n{}\n", scene.title, scene.body);
    let mut out = io::stdout().lock();
    Ok(out.write_all(escape::terminal(&text).as_bytes())?)
}

fn export(which: &Which, format: Format, to: Option<&Path>, config: &Config) -> Result<(), Trouble> {
    if to.is_none() && matches!(format, Format::Epub) && person_reads() {
        return Err(Trouble::Usage("An e-book is no text for a terminal: name a file with --to.".to_owned()));
    }
    let Told { table, scenes, modified } = told(&config.data_dir, which)?;
    let language = config.tables.iter().find(|known| known.name == table).and_then(|table| table.language.clone());
    let meta = Meta {
        title: title_of(&table),
        language: language.unwrap_or_else(|| config.defaults.language.clone()),
        // Nobody has said yet that their name may stand on a book.
        creators: Vec::new(),
        modified,
        table,
    };
    let file = export::export(&scenes, &meta, format)?;
    match to {
        Some(path) => std::fs::write(path, file)?,
        None => io::stdout().lock().write_all(&file)?,
    }
    Ok(())
}

/// A book's title from its table's name: `sunken-crown` becomes `Sunken Crown`.
fn title_of(table: &TableName) -> String {
    let words = table.as_str().split('-').filter(|word| !word.is_empty());
    let words = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join(" ")
}

/// A story, or a part of it.
struct Told {
    table: TableName,
    scenes: Vec<SceneText>,
    modified: Timestamp,
}

/// The table that is meant and its scenes that are meant, in order.
fn told(data_dir: &Path, which: &Which) -> Result<Told, Trouble> {
    let table = table(data_dir, which.table.as_deref())?;
    let shelf = Shelf::new(data_dir, &table);
    let mut scenes = Vec::new();
    let mut modified = Timestamp::from_millis(0);
    for scene in shelf.list()? {
        if which.scene.is_none_or(|wanted| wanted == scene.number.get()) {
            scenes.extend(shelf.read(scene.number)?.as_deref().and_then(SceneText::parse));
            modified = modified.max(scene.modified);
        }
    }
    match which.scene {
        Some(number) if scenes.is_empty() => {
            Err(Trouble::Usage(format!("Table {table} has no scene {number}. `talekeeper story list` shows them.")))
        }
        _ => Ok(Told { table, scenes, modified }),
    }
}

/// The table that is meant; without a name the only one that has a story.
fn table(data_dir: &Path, name: Option<&str>) -> Result<TableName, Trouble> {
    let told = Shelf::tables(data_dir)?;
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
