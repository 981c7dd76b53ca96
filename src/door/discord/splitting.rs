//! Discord's numbers for the splitter, which cuts what the game master says into messages.
//! How markdown may be cut is not decided here.

use crate::format::splitter::{self, Limits, Split};

/// The longest message. Discord counts code points; counted in UTF-16 units it is short enough under every reading.
pub(super) const MESSAGE_UNITS: usize = 2000;
/// The most messages one reply is shown in; what is beyond goes into a file.
pub(super) const MESSAGES: usize = 8;

/// What Discord allows.
pub(super) fn limits() -> Limits {
    Limits { units: MESSAGE_UNITS, messages: MESSAGES, ..Limits::default() }
}

/// A whole text cut into messages, and what is beyond them.
pub(super) fn cut(markdown: &str) -> Split {
    splitter::split(markdown, &limits())
}

/// How long a text is for Discord.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
