//! Makes text safe to print: what would move the cursor, colour or reorder a line becomes visible letters.
//! It never drops anything, so that what was hidden in a text is seen.

use std::borrow::Cow;

/// Whether a character acts on a terminal instead of showing itself: control characters, line separators and the
/// marks that turn the direction of writing.
pub(super) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with every acting character written as `\n`, `\t` or `\u{1b}`.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(plain("Mira — »ja« 👩‍🚀"), "Mira — »ja« 👩‍🚀");
        assert_eq!(plain("a\x1b[31mb\r\n\u{9b}2J\u{202e}"), r"a\u{1b}[31mb\r\n\u{9b}2J\u{202e}");
    }
}
