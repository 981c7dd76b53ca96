//! A place in a line that knows its column, and the container marks CommonMark looks for there.
//!
//! It never decides where a block begins; the parser did.

/// A place in one line. A tab is as wide as the way to the next stop of four columns, so it may be read in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Byte offset in the text.
    pub(super) byte: usize,
    column: usize,
    /// Columns of a tab before `byte` that are still to be read.
    pub(super) owed: usize,
    /// How wide that tab is.
    tab: usize,
}

impl Place {
    /// The beginning of the line that starts at `byte`.
    pub(super) fn line_start(byte: usize) -> Self {
        Self { byte, column: 0, owed: 0, tab: 0 }
    }

    /// Columns of spaces and tabs ahead.
    pub(super) fn indent(self, text: &str) -> usize {
        let mut ahead = self;
        let mut columns = 0;
        while ahead.skip_column(text) {
            columns += 1;
        }
        columns
    }

    /// The same place without half a tab: where that begins, and how many spaces stand for the half that is read.
    pub(super) fn before_tab(self) -> (usize, usize) {
        if self.owed == 0 { (self.byte, 0) } else { (self.byte - 1, self.tab - self.owed) }
    }

    /// True if only white space is left in the line.
    pub(super) fn at_blank(self, text: &str) -> bool {
        let rest = text[self.byte..].trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with('\n')
    }

    /// Skips `columns` columns of white space, fewer if there are fewer.
    pub(super) fn skip(&mut self, text: &str, columns: usize) {
        for _ in 0..columns {
            if !self.skip_column(text) {
                return;
            }
        }
    }

    fn skip_column(&mut self, text: &str) -> bool {
        if self.owed > 0 {
            self.owed -= 1;
            return true;
        }
        match text.as_bytes().get(self.byte) {
            Some(b' ') => {
                self.byte += 1;
                self.column += 1;
                true
            }
            Some(b'\t') => {
                let width = 4 - self.column % 4;
                self.byte += 1;
                self.column += width;
                (self.owed, self.tab) = (width - 1, width);
                true
            }
            _ => false,
        }
    }

    /// Reads one byte that is not white space.
    fn step(&mut self, bytes: usize) {
        self.byte += bytes;
        self.column += bytes;
    }

    /// Goes past `>` and the one space that belongs to it; false if there is none here.
    pub(super) fn quote(&mut self, text: &str) -> bool {
        let mut ahead = *self;
        if ahead.indent(text) > 3 {
            return false;
        }
        ahead.skip(text, 3);
        if text.as_bytes().get(ahead.byte) != Some(&b'>') || ahead.owed > 0 {
            return false;
        }
        ahead.step(1);
        ahead.skip(text, 1);
        *self = ahead;
        true
    }

    /// Goes past a list mark and the spaces that belong to it. Returns it written with spaces only, or nothing.
    pub(super) fn item(&mut self, text: &str) -> Option<String> {
        let mut ahead = *self;
        let lead = ahead.indent(text);
        ahead.skip(text, lead);
        let mark = mark(&text[ahead.byte..])?;
        let mark = &text[ahead.byte..ahead.byte + mark];
        ahead.step(mark.len());
        // Five spaces or more: one belongs to the mark, the others make the content indented code.
        let pad = match ahead.indent(text) {
            _ if ahead.at_blank(text) => 1,
            pad @ 1..=4 => pad,
            _ => 1,
        };
        ahead.skip(text, pad);
        *self = ahead;
        Some(format!("{}{mark}{}", " ".repeat(lead), " ".repeat(pad)))
    }
}

/// The length of the list mark `text` begins with: a bullet, or up to nine digits and `.` or `)`.
pub(super) fn mark(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let length = match text.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    matches!(text.as_bytes().get(length), None | Some(b' ' | b'\t' | b'\n')).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_marks_are_read_with_the_columns_that_belong_to_them() {
        let read = |text: &str| Place::line_start(0).item(text);
        assert_eq!(read("- a").as_deref(), Some("- "));
        assert_eq!(read(" 10)  a").as_deref(), Some(" 10)  "));
        assert_eq!(read("-\ta").as_deref(), Some("-   "));
        assert_eq!(read("-      code").as_deref(), Some("- "));
        assert_eq!(read("-\n").as_deref(), Some("- "));
        assert_eq!(read("-a"), None);
        assert_eq!(read("1234567890. a"), None);
    }

    #[test]
    fn a_tab_may_be_read_in_part() {
        let mut place = Place::line_start(0);
        place.skip("\tx", 2);
        assert_eq!((place.byte, place.owed), (1, 2));
        assert_eq!(place.indent("\tx"), 2);
    }

    #[test]
    fn a_quote_mark_takes_one_space_with_it() {
        let mut place = Place::line_start(0);
        assert!(place.quote("  >  x"));
        assert_eq!(place.byte, 4);
        assert!(!Place::line_start(0).quote("    > x"));
    }
}
