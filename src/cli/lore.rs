//! `talekeeper lore`: lorebooks examined.
//! It changes nothing; books are put into a table's folder `lore` by hand.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::cli::Ending;
use crate::format::escape;
use crate::lore::{self, Book, BookFault};

/// Examine lorebooks
#[derive(Debug, Subcommand)]
pub enum LoreCommand {
    /// Say what a lorebook holds and what of it cannot be used
    ///
    /// Reads the books of SillyTavern, Agnai, Risu and NovelAI, V3 lorebooks and the books in JSON cards. Ends with exit
    /// code 1 if anything cannot be used.
    Check {
        /// The books
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Book(#[from] BookFault),
}

/// Does what is asked.
pub fn run(command: &LoreCommand) -> Ending {
    let LoreCommand::Check { files } = command;
    let mut sound = true;
    let mut lines = Vec::new();
    for file in files {
        match read(file) {
            Ok(book) => {
                let mark = if book.problems.is_empty() { "good " } else { "WRONG" };
                sound &= book.problems.is_empty();
                lines.push(format!("{mark}  {}: {}", file.display(), about(&book)));
                lines.extend(book.problems.iter().map(|problem| format!("         {problem}")));
            }
            Err(trouble) => {
                sound = false;
                lines.push(format!("WRONG  {}: {trouble}", file.display()));
            }
        }
    }
    let mut out = io::stdout().lock();
    let printed = lines.iter().try_for_each(|line| writeln!(out, "{}", escape::terminal(line)));
    if sound && printed.is_ok() { Ending::Done } else { Ending::Failed }
}

fn read(file: &Path) -> Result<Book, Trouble> {
    let mut bytes = Vec::new();
    let limit = lore::BOOK_BYTES as u64 + 1;
    io::Read::read_to_end(&mut io::Read::take(std::fs::File::open(file)?, limit), &mut bytes)?;
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("book");
    Ok(lore::read(&String::from_utf8_lossy(&bytes), name)?)
}

fn about(book: &Book) -> String {
    let off = book.entries.iter().filter(|entry| !entry.enabled).count();
    let always = book.entries.iter().filter(|entry| entry.enabled && entry.constant).count();
    format!("{}, {} entries ({always} always told, {off} turned off)", book.dialect.name(), book.entries.len())
}
