//! Splits markdown into messages, by the parser's view of the text and Discord's rules.
//!
//! It never sends anything, never shortens what is said, and names neither Discord's library nor a clock.
//!
//! How it goes: `cutter` reads a window of what is left through `lens` (what Discord does not read as markdown is none)
//! into an `outline`; `draft` writes the next message and notes where it could end; `choose` takes the best of those
//! places; `carry` says what the next message begins with, and the rest of the text with that in front of it is a text
//! like any other. A message is taken only when no later text could change it, so a whole text and a text in pieces are
//! split the same way: one piece of code does both.
//!
//! What is not as it was written, and why:
//!
//! - tables and indented code become fenced code, since Discord shows neither;
//! - the mark of a list item that goes on is not repeated: the rest of it stands without;
//! - more than two blank lines become two, line ends become line feeds;
//! - info strings of more than 48 units are shortened to their first word, a fence that was left open is closed;
//! - where the rest of a paragraph would begin a block of another kind, a backslash is put before it;
//! - emphasis and spoilers are closed and opened again; a link or a word that is longer than a message is cut.

mod carry;
mod choose;
mod cutter;
mod draft;
mod inline;
mod lens;
mod mend;
mod outline;
mod place;
mod script;
mod streaming;
mod table;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reading;

pub use streaming::Streaming;

/// The smallest limit that leaves room for marks: a fence, its info string, quotes.
const SMALLEST: usize = 200;

/// How long and how many messages may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// UTF-16 code units in a message; less than 200 counts as 200.
    pub units: usize,
    /// Messages in a reply; at least one.
    pub messages: usize,
    /// Units left free in the last message if a rest follows, for a line that says so; at most half a message.
    pub reserve: usize,
}

impl Default for Limits {
    /// Discord's: 2,000, taken as UTF-16 units, the strictest reading. Eight messages are as much as a channel bears.
    fn default() -> Self {
        Self { units: 2000, messages: 8, reserve: 160 }
    }
}

impl Limits {
    fn sane(self) -> Self {
        let units = self.units.max(SMALLEST);
        Self { units, messages: self.messages.max(1), reserve: self.reserve.min(units - SMALLEST).min(units / 2) }
    }
}

/// A reply as messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// None is blank, none is over the limit.
    pub messages: Vec<String>,
    /// What more than the allowed number of messages would take, as markdown that stands alone.
    pub rest: Option<String>,
}

/// Splits `markdown` into messages. The same text always splits the same way.
pub fn split(markdown: &str, limits: &Limits) -> Split {
    let mut streaming = Streaming::new(*limits);
    streaming.push(markdown);
    streaming.finish()
}
