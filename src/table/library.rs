//! The table's lorebooks: files of its folder and the books of its characters, and what of them a turn is told.
//! It writes nothing; a book that is damaged is left out and named in the log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::brief::Background;
use crate::character::Member;
use crate::domain::{Audience, LoreMarks, LoreTold, Said, Seat, SeatId, TableName, Tale, TurnNo, Viewer};
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

/// What a turn was told of the books, and what can be said to people of why.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    /// What the game master is told.
    pub(super) report: Report,
    /// What the moment would have called up without what is hidden from them, for the seats from which something is.
    veiled: Vec<(SeatId, Report)>,
    /// Whether anything is hidden from somebody.
    secret: bool,
}

impl Chosen {
    /// Why what was told was told, as far as `viewer` may know it. What only secret words called up is not among it: that
    /// it was called would tell of them.
    pub(super) fn why(&self, viewer: Viewer, host: bool) -> Vec<String> {
        let own = match viewer {
            Viewer::Gm => Some(&self.report),
            Viewer::Seat(seat) => self.veiled.iter().find(|(id, _)| *id == seat).map(|(_, report)| report),
            Viewer::Public if self.secret => return Vec::new(),
            Viewer::Public => None,
        };
        own.unwrap_or(&self.report).seen_by(viewer, host)
    }
}

/// What can be said to people of why, as it is kept over a restart: for each seat as a player and as a host, and for anybody.
/// It names entries and no words of theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptLore(Vec<(Option<SeatId>, [Vec<String>; 2])>);

/// The most lines of a report that are kept.
const KEPT_LINES: usize = 60;

impl KeptLore {
    /// Why what was told was told, as far as `viewer` may know it.
    pub(super) fn why(mut self, viewer: Viewer, host: bool) -> Vec<String> {
        let of = |seat: Option<SeatId>| self.0.iter().position(|(known, _)| *known == seat);
        let at = match viewer {
            // A seat that was taken since may know what anybody may.
            Viewer::Seat(seat) => of(Some(seat)).or_else(|| of(None)),
            Viewer::Gm | Viewer::Public => of(None),
        };
        at.map(|at| std::mem::take(&mut self.0[at].1[usize::from(host)])).unwrap_or_default()
    }
}

impl Chosen {
    /// What is kept of it.
    pub(super) fn kept(&self, seats: &[Seat]) -> KeptLore {
        let lines =
            |viewer| [false, true].map(|host| self.why(viewer, host).into_iter().take(KEPT_LINES).collect::<Vec<_>>());
        let seats = seats.iter().map(|seat| (Some(seat.id), lines(Viewer::Seat(seat.id))));
        KeptLore(seats.chain([(None, lines(Viewer::Public))]).collect())
    }
}

/// What this moment calls up, and what it would have called up for those who do not know all that was said.
pub(super) fn choose(books: &[Arc<Book>], moment: &Moment<'_>, seats: &[Seat]) -> Chosen {
    let all: Vec<&Said> = moment.tale.recent.iter().flat_map(|beat| &beat.said).chain(moment.said).collect();
    let hidden_from = |viewer: Viewer| all.iter().any(|said| !said.audience.admits(viewer));
    let viewers = seats.iter().filter(|seat| hidden_from(Viewer::Seat(seat.id)));
    let veiled = viewers.map(|seat| (seat.id, recall(books, moment, Viewer::Seat(seat.id)))).collect();
    Chosen { report: recall(books, moment, Viewer::Gm), veiled, secret: hidden_from(Viewer::Public) }
}

/// What this moment calls up by what `viewer` knows of it. The same log and the same books always give the same.
fn recall(books: &[Arc<Book>], moment: &Moment<'_>, viewer: Viewer) -> Report {
    let Moment { table, turn, tale, said, brief_bytes } = moment;
    // What stays from before may have been called by secret words.
    let none = LoreMarks::default();
    let marks = if viewer == Viewer::Gm { &tale.game.lore } else { &none };
    let mut messages = Vec::new();
    let words = |said: &[Said]| {
        let known = said.iter().filter(|said| said.audience.admits(viewer));
        known.map(|said| format!("{}: {}", said.who(), said.text)).collect::<Vec<_>>().join("\n")
    };
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
            marks,
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
