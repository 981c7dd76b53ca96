//! Reads the lines of the log across its files, oldest first, and goes on reading while they grow and rotate.
//! Never waits, never changes a file, never holds more than one line of bounded length.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek as _};
use std::path::{Path, PathBuf};

use super::files::{FileId, log_file, old_file, old_numbers};

/// Bytes of a line that are read; the rest of a longer one is passed over, which leaves it unreadable but harmless.
const LONGEST_LINE: usize = 1 << 20;

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read `{}`", path.display())]
pub struct TailError {
    /// Which file or folder.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// Where reading stands.
#[derive(Debug)]
pub struct Tail {
    folder: PathBuf,
    /// Files still to be read, oldest first; the last is the one that grows.
    sources: VecDeque<Source>,
    /// The line given out last, kept for its memory.
    line: Vec<u8>,
}

/// One open file. Its name may have changed since; it is the same file all the same.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    id: FileId,
    input: BufReader<File>,
    /// Bytes taken so far.
    taken: u64,
    /// The line being read.
    line: Vec<u8>,
}

impl Tail {
    /// Opens all there is. No folder and no file are nothing to read, not a failure.
    ///
    /// # Errors
    /// When a file is there and cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, TailError> {
        let mut tail = Self { folder: folder.to_owned(), sources: VecDeque::new(), line: Vec::new() };
        tail.open_since(None)?;
        Ok(tail)
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The next line without its line feed; none when all that is there now was given out. A line that is being
    /// written is not given out, unless its file is an old one and it will never be ended.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, TailError> {
        while let Some(source) = self.sources.front_mut() {
            let ended = source.read_line()?;
            if ended || (self.sources.len() > 1 && !self.sources[0].line.is_empty()) {
                self.line.clear();
                std::mem::swap(&mut self.line, &mut self.sources[0].line);
                return Ok(Some(&self.line));
            }
            if self.sources.len() == 1 {
                return Ok(None);
            }
            self.sources.pop_front();
        }
        Ok(None)
    }

    /// What was read of a line that has no end, for a reader that will not wait for it.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        let source = self.sources.back_mut()?;
        Some(std::mem::take(&mut source.line)).filter(|line| !line.is_empty())
    }

    /// Looks whether the log was rotated, emptied or made anew since; afterwards [`Tail::next_line`] goes on.
    ///
    /// # Errors
    /// When a file is there and cannot be opened.
    pub fn refresh(&mut self) -> Result<(), TailError> {
        let path = log_file(&self.folder);
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(|source| TailError { path: path.clone(), source })?,
        };
        match self.sources.back_mut() {
            Some(last) if last.id == FileId::of(&metadata) => {
                if metadata.len() < last.taken {
                    last.rewind()?;
                }
                Ok(())
            }
            last => {
                let known = last.map(|last| last.id);
                self.open_since(known)
            }
        }
    }

    /// Opens every file younger than `known`. Goes from the youngest to the oldest: a rotation meanwhile shows a file
    /// twice, which is noticed; the other way round it would hide one.
    fn open_since(&mut self, known: Option<FileId>) -> Result<(), TailError> {
        let numbers = old_numbers(&self.folder).map_err(|source| TailError { path: self.folder.clone(), source })?;
        // One more than there were, for the file a rotation pushes on while we look.
        let oldest = numbers.last().map_or(1, |last| last.saturating_add(1));
        let old = numbers.into_iter().chain([oldest]).map(|number| old_file(&self.folder, number));
        let mut found: Vec<Source> = Vec::new();
        for path in std::iter::once(log_file(&self.folder)).chain(old) {
            let Some(source) = Source::open(path)? else { continue };
            if Some(source.id) == known {
                break;
            }
            if !found.iter().any(|other| other.id == source.id) {
                found.push(source);
            }
        }
        self.sources.extend(found.into_iter().rev());
        Ok(())
    }
}

impl Source {
    /// Opens a file; none when it is not there.
    fn open(path: PathBuf) -> Result<Option<Self>, TailError> {
        let opened = File::open(&path).and_then(|file| Ok((FileId::of(&file.metadata()?), file)));
        match opened {
            Ok((id, file)) => {
                let input = BufReader::with_capacity(BUFFER, file);
                Ok(Some(Self { path, id, input, taken: 0, line: Vec::new() }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TailError { path, source }),
        }
    }

    /// Reads on until the end of a line (true) or of the file (false).
    fn read_line(&mut self) -> Result<bool, TailError> {
        loop {
            let bytes = self.input.fill_buf().map_err(|source| TailError { path: self.path.clone(), source })?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let end = memchr::memchr(b'\n', bytes);
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            let room = LONGEST_LINE - self.line.len();
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.input.consume(used);
            self.taken += used as u64;
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Begins again at the beginning, because the file was emptied in place.
    fn rewind(&mut self) -> Result<(), TailError> {
        self.input.rewind().map_err(|source| TailError { path: self.path.clone(), source })?;
        self.taken = 0;
        self.line.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::telemetry::Rotating;

    fn all(tail: &mut Tail) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = tail.next_line().unwrap() {
            lines.push(String::from_utf8_lossy(line).into_owned());
        }
        lines
    }

    #[test]
    fn nothing_there_is_nothing_to_read_until_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let mut tail = Tail::open(&logs).unwrap();
        assert!(tail.is_empty());
        tail.refresh().unwrap();
        writeln!(Rotating::open(&logs, 100, 1).unwrap(), "first").unwrap();
        tail.refresh().unwrap();
        assert_eq!(all(&mut tail), ["first"]);
    }

    #[test]
    fn several_rotations_between_two_looks_hide_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Rotating::open(folder.path(), 16, 5).unwrap();
        writeln!(log, "line 1").unwrap();
        let mut tail = Tail::open(folder.path()).unwrap();
        assert_eq!(all(&mut tail), ["line 1"]);
        for line in 2..9 {
            writeln!(log, "line {line}").unwrap();
        }
        tail.refresh().unwrap();
        assert_eq!(all(&mut tail), (2..9).map(|line| format!("line {line}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_line_being_written_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        fs::write(&path, "one\ntw").unwrap();
        let mut tail = Tail::open(folder.path()).unwrap();
        assert_eq!(all(&mut tail), ["one"]);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"o\n").unwrap();
        assert_eq!(all(&mut tail), ["two"]);
        assert_eq!(tail.rest(), None);
    }

    #[test]
    fn an_old_file_that_ends_in_a_torn_line_gives_it_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(old_file(folder.path(), 1), "one\ntor").unwrap();
        fs::write(log_file(folder.path()), "two\nthr").unwrap();
        let mut tail = Tail::open(folder.path()).unwrap();
        assert_eq!(all(&mut tail), ["one", "tor", "two"]);
        assert_eq!(tail.rest().unwrap(), b"thr");
    }

    #[test]
    fn a_file_emptied_in_place_is_read_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        fs::write(&path, "one\ntwo\n").unwrap();
        let mut tail = Tail::open(folder.path()).unwrap();
        all(&mut tail);
        fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap().write_all(b"new\n").unwrap();
        tail.refresh().unwrap();
        assert_eq!(all(&mut tail), ["new"]);
    }

    #[test]
    fn a_line_without_measure_is_cut_and_the_next_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        fs::write(&path, format!("{}\nnext\n", "x".repeat(3 * LONGEST_LINE))).unwrap();
        let mut tail = Tail::open(folder.path()).unwrap();
        assert_eq!(all(&mut tail).iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE, 4]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_follower_that_looks_often_enough_sees_every_line_once(
            bursts in prop::collection::vec(0_usize..8, 1..20), max_size in 8_u64..60,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut log = Rotating::open(folder.path(), max_size, 9).unwrap();
            let mut tail = Tail::open(folder.path()).unwrap();
            let (mut wrote, mut seen) = (Vec::new(), Vec::new());
            for burst in bursts {
                for _ in 0..burst {
                    wrote.push(format!("line {}", wrote.len()));
                    writeln!(log, "{}", wrote[wrote.len() - 1]).unwrap();
                }
                tail.refresh().unwrap();
                seen.extend(all(&mut tail));
            }
            prop_assert_eq!(seen, wrote);
        }
    }
}
