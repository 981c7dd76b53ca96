//! A log file that starts afresh when it is full and keeps a few old ones.
//! Never cuts a line in two, never fails its caller: lines it cannot write are counted, and told of once it can.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use jiff::Timestamp;
use tracing::Level;

use super::files::{FileId, log_file, old_file, old_numbers};
use super::record::{Fields, Record};

/// A line that is still without its end after so many bytes is ended by force.
const LONGEST_LINE: usize = 1 << 20;

/// Writes lines to `talekeeper.log` and rotates it to `.1`, `.2` and so on.
#[derive(Debug)]
pub struct Rotating {
    folder: PathBuf,
    /// Bytes a file may hold. A line longer than that has a file to itself.
    max_size: u64,
    /// How many old files are kept.
    max_files: u32,
    open: Option<Open>,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    /// Lines that could not be written since the last one that was.
    lost: u64,
}

/// The file being written.
#[derive(Debug)]
struct Open {
    file: File,
    id: FileId,
    /// Whether its last line has no end, because the program or the machine stopped while writing it.
    torn: bool,
}

impl Rotating {
    /// Opens the log in `folder`, which is made if it is not there; goes on with the file that is there.
    ///
    /// # Errors
    /// When the folder or the file cannot be made or opened.
    pub fn open(folder: impl Into<PathBuf>, max_size: u64, max_files: u32) -> io::Result<Self> {
        let mut this = Self { folder: folder.into(), max_size, max_files, open: None, partial: Vec::new(), lost: 0 };
        this.current()?;
        Ok(this)
    }

    /// Writes one line, or counts it.
    fn line(&mut self, line: &[u8]) {
        match self.try_line(line) {
            Ok(()) => self.lost = 0,
            Err(_) => {
                self.open = None;
                self.lost = self.lost.saturating_add(1);
            }
        }
    }

    fn try_line(&mut self, line: &[u8]) -> io::Result<()> {
        let mut bytes = self.notice();
        bytes.extend_from_slice(line);
        let mut size = self.current()?.1;
        if size > 0 && size.saturating_add(bytes.len() as u64) > self.max_size {
            match self.rotate() {
                Ok(()) => size = 0,
                // Lines matter more than the limit, but not more than the disk.
                Err(error) if size >= self.max_size.saturating_mul(2) => return Err(error),
                Err(_) => {}
            }
        }
        let (open, _) = self.current()?;
        if open.torn {
            bytes.insert(0, b'\n');
        }
        if let Err(error) = open.file.write_all(&bytes) {
            // Take back the half that a full disk still took. If that fails too, the next opening sees the torn line.
            let _ = open.file.set_len(size);
            return Err(error);
        }
        open.torn = false;
        Ok(())
    }

    /// The line that tells of lost lines, if there are any.
    fn notice(&self) -> Vec<u8> {
        if self.lost == 0 {
            return Vec::new();
        }
        lost_lines(self.lost, "the log could not be written").to_line().into_bytes()
    }

    /// The file to write to and its size. Looks each time: the folder may have been removed, or a second program
    /// may have written or rotated; counting for ourselves would be wrong then.
    fn current(&mut self) -> io::Result<(&mut Open, u64)> {
        let path = log_file(&self.folder);
        let there = fs::metadata(&path).ok().map(|metadata| (FileId::of(&metadata), metadata.len()));
        let (open, size) = match (self.open.take(), there) {
            (Some(open), Some((id, size))) if open.id == id => (open, size),
            _ => {
                fs::create_dir_all(&self.folder)?;
                let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o640).open(&path)?;
                let metadata = file.metadata()?;
                let torn = metadata.len() > 0 && last_byte(&mut file)? != b'\n';
                (Open { file, id: FileId::of(&metadata), torn }, metadata.len())
            }
        };
        Ok((self.open.insert(open), size))
    }

    /// Makes room for a new file. Old files move up only as far as the first free number, so trying again after a
    /// failure loses nothing.
    fn rotate(&mut self) -> io::Result<()> {
        self.open = None;
        for number in old_numbers(&self.folder)?.into_iter().filter(|number| *number > self.max_files) {
            // One that cannot be removed (a folder of that name) is in nobody's way.
            let _ = fs::remove_file(old_file(&self.folder, number));
        }
        let path = log_file(&self.folder);
        if self.max_files == 0 {
            return fs::remove_file(path);
        }
        let taken = |number: &u32| old_file(&self.folder, *number).symlink_metadata().is_ok();
        let free = (1..self.max_files).find(|number| !taken(number)).unwrap_or(self.max_files);
        for number in (1..free).rev() {
            fs::rename(old_file(&self.folder, number), old_file(&self.folder, number + 1))?;
        }
        fs::rename(path, old_file(&self.folder, 1))
    }
}

/// The line that says that lines are missing here.
pub(super) fn lost_lines(lost: u64, why: &str) -> Record {
    let mut fields = Fields::default();
    fields.set("lost", lost);
    fields.set("why", why);
    Record {
        ts: Timestamp::now(),
        level: Level::WARN,
        target: module_path!().to_owned(),
        msg: "log lines were lost".to_owned(),
        fields,
    }
}

fn last_byte(file: &mut File) -> io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

impl Write for Rotating {
    /// Takes everything, always. A line counts when its end comes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.partial.is_empty() && piece.ends_with(b"\n") {
                self.line(piece);
                continue;
            }
            self.partial.extend_from_slice(piece);
            if self.partial.len() >= LONGEST_LINE && !self.partial.ends_with(b"\n") {
                self.partial.push(b'\n');
            }
            if self.partial.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.line(&line);
            }
        }
        Ok(bytes.len())
    }

    /// Does nothing: whole lines are with the system already, and half a line stays here.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Rotating {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            let mut line = std::mem::take(&mut self.partial);
            line.push(b'\n');
            self.line(&line);
        }
    }
}

#[cfg(test)]
mod tests;
