//! Lore: written background that words call up. Books of several applications, one model, one way to choose. PURE.
//! Nothing here reads a file or rolls a die: books come as text, chance comes as a seed.

mod activate;
mod decorators;
mod groups;
mod keys;
mod look_up;
mod read;
mod report;
mod timed;

use crate::domain::Viewer;

pub use self::activate::{Occasion, activate};
pub use self::decorators::Decorators;
pub use self::keys::{Key, KeyFault};
pub use self::look_up::{LookedUp, look_up};
pub use self::read::{BookFault, Dialect, read, read_value};
pub use self::report::{Chosen, Near, Report, Skip, SkippedEntry};

/// The largest lorebook, in bytes of its text.
pub const BOOK_BYTES: usize = 4 * 1024 * 1024;
/// The most entries of a book.
pub const ENTRIES: usize = 2_000;

/// A lorebook.
#[derive(Clone, Debug)]
pub struct Book {
    /// Its name: the file's or the character's. Entries are told apart by it.
    pub name: String,
    /// Which application's form it was written in.
    pub dialect: Dialect,
    /// How many messages are searched.
    pub scan_depth: usize,
    /// How much of it may be told at once, in bytes; none leaves it to the table.
    pub budget: Option<usize>,
    /// Whether what is told may call up more.
    pub recursive: bool,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// What could not be read as it was meant: one line each.
    pub problems: Vec<String>,
}

/// An entry of a book.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Tells it apart within its book.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What calls it up.
    pub keys: Vec<Key>,
    /// What else has to be there, or must not be.
    pub second: Vec<Key>,
    /// How the second keys count.
    pub logic: Logic,
    /// What is told, without decorators.
    pub content: String,
    /// What its decorators ask for.
    pub decorators: Decorators,
    /// Whether it takes part at all.
    pub enabled: bool,
    /// Whether it is told whatever was said.
    pub constant: bool,
    /// Where it stands among those told: low is first.
    pub order: i64,
    /// What stays when space is short: high stays.
    pub priority: i64,
    /// Of a hundred times that it is called, how often it comes.
    pub chance: u8,
    /// How many messages are searched, if not as many as the book says.
    pub scan_depth: Option<usize>,
    /// Whether what was told of others may not call it.
    pub exclude_recursion: bool,
    /// Whether what it tells may not call others.
    pub prevent_recursion: bool,
    /// Whether only what was told of others may call it.
    pub only_recursion: bool,
    /// Of those with a group in common one is told.
    pub groups: Vec<String>,
    /// Whether it wins its group by priority.
    pub group_wins: bool,
    /// How likely it is among its group.
    pub group_weight: u64,
    /// For how many messages it stays.
    pub sticky: u64,
    /// For how many messages it then stays away.
    pub cooldown: u64,
    /// Not before so many messages.
    pub delay: u64,
    /// Whether the budget does not count for it.
    pub ignores_budget: bool,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// Where it belongs; nothing named means everywhere.
    pub places: Vec<String>,
}

/// How an entry's second keys count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Logic {
    /// They do not.
    #[default]
    Ignored,
    /// One has to be there.
    Any,
    /// Not all may be there.
    NotAll,
    /// None may be there.
    NotAny,
    /// All have to be there.
    All,
}

/// Whom an entry is for. The game master knows all of it; this says what may be told on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoreAudience {
    /// Everybody at the table.
    #[default]
    Table,
    /// The game master only.
    Gm,
    /// The game master and these seats.
    Seats(Vec<u32>),
}

impl LoreAudience {
    /// Whether `viewer` may be told of it.
    pub fn admits(&self, viewer: Viewer) -> bool {
        match (self, viewer) {
            (_, Viewer::Gm) | (Self::Table, _) => true,
            (Self::Seats(seats), Viewer::Seat(seat)) => seats.contains(&seat.get()),
            (Self::Gm, _) | (Self::Seats(_), Viewer::Public) => false,
        }
    }
}

/// What chance comes from in a turn of a table.
pub fn seed(table: &str, turn: u64) -> u64 {
    crate::format::macros::number(&[groups::hash(table), turn])
}

/// An entry's text without the decorators at its head.
pub fn without_decorators(content: &str) -> &str {
    decorators::split(content).1
}
