//! The table's lorebooks: files of its folder and the books of its characters, and what of them a turn is told.
//! It writes nothing; a book that is damaged is left out and named in the log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracing::warn;

use crate::brief::Background;
use crate::character::Member;
use crate::domain::{Audience, LoreTold, Said, SeatId, TableName, Tale, TurnNo};
use crate::lore::{self, Book, LoreAudience, Occasion, Report};

/// The most books of a table.
const BOOKS: usize = 40;
/// The share of a brief that lore may have, and the most of it, in bytes.
const SHARE: usize = 6;
const MOST_BYTES: usize = 16 * 1024;

/// What was read of a file, and of which state of it.
type Seen = (Option<SystemTime>, u64, Option<Arc<Book>>);

/// The lorebooks of a table. They are read again only when their files change.
#[derive(Clone, Debug)]
pub(super) struct Library {
    folder: PathBuf,
    seen: Arc<Mutex<HashMap<PathBuf, Seen>>>,
}

impl Library {
    /// The books in this folder.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, seen: Arc::default() }
    }

    /// Every book: those of the folder by name, then those of the cast.
    pub(super) async fn books(&self, cast: &[Member]) -> Vec<Arc<Book>> {
        let library = self.clone();
        let mut books = tokio::task::spawn_blocking(move || library.read()).await.unwrap_or_default();
        books.extend(cast.iter().filter_map(|member| member.book.clone()));
        books
    }

    fn read(&self) -> Vec<Arc<Book>> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let files = entries.flatten().map(|entry| entry.path());
        let is_book = |file: &PathBuf| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let mut files: Vec<_> = files.filter(is_book).collect();
        files.sort();
        files.truncate(BOOKS);
        files.iter().filter_map(|file| self.book(file)).collect()
    }

    fn book(&self, file: &Path) -> Option<Arc<Book>> {
        let found = std::fs::metadata(file).ok()?;
        let state = (found.modified().ok(), found.len());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, size, book)) = seen.get(file)
            && (*at, *size) == state
        {
            return book.clone();
        }
        let book = match read_book(file, found.len()) {
            Ok(book) => Some(Arc::new(book)),
            Err(failure) => {
                warn!(book = %file.display(), error = %failure, "lorebook left out");
                None
            }
        };
        seen.insert(file.to_owned(), (state.0, state.1, book.clone()));
        book
    }
}

fn read_book(file: &Path, size: u64) -> Result<Book, String> {
    if size > lore::BOOK_BYTES as u64 {
        return Err(lore::BookFault::TooLarge(usize::try_from(size).unwrap_or(usize::MAX)).to_string());
    }
    let text = std::fs::read_to_string(file).map_err(|failure| failure.to_string())?;
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("book");
    lore::read(&text, name).map_err(|failure| failure.to_string())
}

/// What lore is chosen by.
pub(super) struct Moment<'a> {
    pub(super) table: &'a TableName,
    pub(super) turn: TurnNo,
    pub(super) tale: &'a Tale,
    pub(super) said: &'a [Said],
    pub(super) brief_bytes: usize,
}

/// What this moment calls up. The same log and the same books always give the same.
pub(super) fn recall(books: &[Arc<Book>], moment: &Moment<'_>) -> Report {
    let Moment { table, turn, tale, said, brief_bytes } = moment;
    let mut messages = Vec::new();
    let words =
        |said: &[Said]| said.iter().map(|said| format!("{}: {}", said.who(), said.text)).collect::<Vec<_>>().join("\n");
    for beat in &tale.recent {
        messages.push(words(&beat.said));
        messages.push(beat.reply.to_markdown());
    }
    messages.push(words(said));
    let books: Vec<&Book> = books.iter().map(|book| &**book).collect();
    lore::activate(
        &books,
        &Occasion {
            messages: &messages,
            // A turn is what people said and what was answered.
            now: tale.beats * 2 + 1,
            replies: tale.beats,
            marks: &tale.game.lore,
            seed: lore::seed(table.as_str(), turn.get()),
            budget: (brief_bytes / SHARE).min(MOST_BYTES),
            place: tale.scene.as_ref().and_then(|scene| scene.title.as_deref()).unwrap_or_default(),
            greeting: None,
        },
    )
}

/// What the log keeps of it; none if nothing was told.
pub(super) fn told(report: &Report, tale: &Tale) -> Option<LoreTold> {
    let names =
        |called: bool| report.told.iter().filter(|told| told.called == called).map(|told| told.name.clone()).collect();
    let told = LoreTold { at: tale.beats * 2 + 1, seed: report.seed, called: names(true), stayed: names(false) };
    (!report.told.is_empty()).then_some(told)
}

/// What the game master is told of it.
pub(super) fn background(report: &Report) -> Vec<Background> {
    let audience = |audience: &LoreAudience| match audience {
        LoreAudience::Table => Audience::Table,
        LoreAudience::Gm => Audience::Gm,
        LoreAudience::Seats(seats) => Audience::Seats(seats.iter().map(|seat| SeatId::new(*seat)).collect()),
    };
    let told = report.told.iter();
    told.map(|told| Background {
        label: told.label.clone(),
        audience: audience(&told.audience),
        text: told.text.clone(),
    })
    .collect()
}
