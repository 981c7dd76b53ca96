//! Cuts a byte stream into lines, within a limit of memory.
//! Never fails: what is no UTF-8 is replaced, what is too long is cut and named.

use std::collections::VecDeque;

/// How much of a line that is too long is shown as evidence.
const HEAD: usize = 200;

/// One line, or the news that it was too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A whole line without its end.
    Whole(String),
    /// A line over the limit; its beginning. The rest of it is dropped.
    TooLong(String),
    /// There was more than is taken altogether. Nothing comes after it.
    TooMuch,
}

/// Cuts what comes in at line feeds.
#[derive(Debug)]
pub(crate) struct Lines {
    limit: usize,
    partial: Vec<u8>,
    /// The rest of the present line is dropped.
    skipping: bool,
    flooded: bool,
    ready: VecDeque<Line>,
}

impl Lines {
    /// Cuts lines of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, partial: Vec::new(), skipping: false, flooded: false, ready: VecDeque::new() }
    }

    /// Takes in what was read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            match piece.split_last() {
                Some((b'\n', line)) => {
                    self.extend(line);
                    self.end_line();
                }
                _ => self.extend(piece),
            }
        }
    }

    /// Takes the end of the stream for the end of the last line.
    pub(crate) fn finish(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }

    /// Takes nothing more: there was too much altogether. Told once, however often it is called.
    pub(crate) fn flood(&mut self) {
        if !std::mem::replace(&mut self.flooded, true) {
            self.partial = Vec::new();
            self.ready.push_back(Line::TooMuch);
        }
    }

    /// The next line that is complete.
    pub(crate) fn next(&mut self) -> Option<Line> {
        self.ready.pop_front()
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.skipping {
            return;
        }
        if self.partial.len() + bytes.len() > self.limit {
            let room = HEAD.min(self.limit).saturating_sub(self.partial.len()).min(bytes.len());
            self.partial.extend_from_slice(&bytes[..room]);
            self.partial.truncate(HEAD);
            self.ready.push_back(Line::TooLong(String::from_utf8_lossy(&self.partial).into_owned()));
            self.partial = Vec::new();
            self.skipping = true;
            return;
        }
        self.partial.extend_from_slice(bytes);
    }

    fn end_line(&mut self) {
        if !std::mem::take(&mut self.skipping) {
            let mut line = std::mem::take(&mut self.partial);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            self.ready.push_back(Line::Whole(text(line)));
        }
    }
}

/// The text without a copy where it is valid, which it nearly always is.
fn text(line: Vec<u8>) -> String {
    String::from_utf8(line).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(limit: usize, reads: &[&[u8]]) -> Vec<Line> {
        let mut lines = Lines::new(limit);
        reads.iter().for_each(|read| lines.push(read));
        lines.finish();
        std::iter::from_fn(|| lines.next()).collect()
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.to_owned())
    }

    #[test]
    fn reads_may_end_anywhere() {
        assert_eq!(cut(99, &[b"on", b"e\r\n\ntw", b"o"]), [whole("one"), whole(""), whole("two")]);
    }

    #[test]
    fn a_line_too_long_is_told_at_once_and_the_next_one_is_whole() {
        let mut lines = Lines::new(4);
        lines.push(b"12345");
        assert_eq!(lines.next(), Some(Line::TooLong("1234".into())));
        lines.push(b"6789\nok\n");
        assert_eq!(lines.next(), Some(whole("ok")));
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn what_is_no_utf8_is_replaced() {
        assert_eq!(cut(99, &[b"a\xffb\n"]), [whole("a\u{fffd}b")]);
    }

    proptest! {
        #[test]
        fn how_it_was_read_changes_nothing(text in "[a-z\\n]{0,60}", size in 1_usize..9, limit in 1_usize..12) {
            let at_once = cut(limit, &[text.as_bytes()]);
            let in_pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let kinds = |lines: &[Line]| lines.iter().map(|line| match line {
                Line::Whole(text) => Some(text.clone()),
                Line::TooLong(_) | Line::TooMuch => None,
            }).collect::<Vec<_>>();
            prop_assert_eq!(kinds(&at_once), kinds(&cut(limit, &in_pieces)));
        }
    }
}
