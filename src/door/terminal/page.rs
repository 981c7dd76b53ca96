//! The page: writes streaming markdown to a terminal, wrapped at word ends, bold where the text says so. PURE but for
//! the writer it is given.
//! Only text that was made harmless by `format::escape` may come here; it adds no escapes of its own without colour.

use std::io::{self, Write};

use unicode_segmentation::UnicodeSegmentation;

/// The widest line, in columns, however wide the terminal is.
const WIDEST: usize = 88;

/// A page being written.
pub(super) struct Page<W> {
    out: W,
    width: usize,
    styled: bool,
    column: usize,
    word: String,
    bold: bool,
}

impl<W: Write> Page<W> {
    /// A page of at most `width` columns; `styled` allows bold.
    pub(super) fn new(out: W, width: usize, styled: bool) -> Self {
        Self { out, width: width.clamp(20, WIDEST), styled, column: 0, word: String::new(), bold: false }
    }

    /// Writes more text. The last word waits until it is known to be whole.
    pub(super) fn push(&mut self, text: &str) -> io::Result<()> {
        for c in text.chars() {
            match c {
                '\n' => {
                    self.end_word()?;
                    self.end_line()?;
                }
                ' ' | '\t' => self.end_word_with_space()?,
                c => self.word.push(c),
            }
        }
        self.out.flush()
    }

    /// Writes what waits and ends the line.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.end_word()?;
        if self.bold {
            self.set_bold(false)?;
        }
        if self.column > 0 {
            self.end_line()?;
        }
        self.out.flush()
    }

    /// Writes a line of its own, as it is.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.push(text)?;
        self.finish()
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.column = 0;
        self.out.write_all(b"\n")
    }

    fn end_word_with_space(&mut self) -> io::Result<()> {
        self.end_word()?;
        if self.column > 0 && self.column < self.width {
            self.out.write_all(b" ")?;
            self.column += 1;
        }
        Ok(())
    }

    fn end_word(&mut self) -> io::Result<()> {
        if self.word.is_empty() {
            return Ok(());
        }
        let word = std::mem::take(&mut self.word);
        let columns: usize = pieces(&word).filter(|piece| *piece != "**" || !self.styled).map(columns).sum();
        if self.column > 0 && self.column + columns > self.width {
            self.end_line()?;
        }
        for piece in pieces(&word) {
            if piece == "**" && self.styled {
                self.set_bold(!self.bold)?;
            } else {
                self.out.write_all(piece.as_bytes())?;
            }
        }
        self.column += columns;
        Ok(())
    }

    fn set_bold(&mut self, bold: bool) -> io::Result<()> {
        self.bold = bold;
        self.out.write_all(if bold { b"\x1b[1m" } else { b"\x1b[22m" })
    }
}

/// A word, with its bold marks apart.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive("**")
        .flat_map(|part| match part.strip_suffix("**") {
            Some(text) => [text, "**"],
            None => [part, ""],
        })
        .filter(|piece| !piece.is_empty())
}

/// How many columns a text takes: two for East Asian wide characters, one for others.
fn columns(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    text.graphemes(true).map(|g| if g.chars().next().is_some_and(wide) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, styled: bool, parts: &[&str]) -> String {
        let mut page = Page::new(Vec::new(), width, styled);
        for part in parts {
            page.push(part).unwrap();
        }
        page.finish().unwrap();
        String::from_utf8(page.out).unwrap()
    }

    #[test]
    fn lines_break_between_words_however_the_text_comes() {
        let parts = ["The bolt sli", "des back and the ga", "te op", "ens."];
        assert_eq!(
            written(20, false, &parts),
            "The bolt slides back \nand the gate opens.\n".replace("back \n", "back\n")
        );
    }

    #[test]
    fn bold_is_shown_where_it_may_be() {
        assert_eq!(written(40, true, &["**Mi", "ra:** Go."]), "\x1b[1mMira:\x1b[22m Go.\n");
        assert_eq!(written(40, false, &["**Mira:** Go."]), "**Mira:** Go.\n");
    }

    #[test]
    fn an_open_bold_never_leaves_the_reply() {
        assert!(written(40, true, &["**never closed"]).ends_with("\x1b[22m\n"));
    }
}
