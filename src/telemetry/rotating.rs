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
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use tempfile::TempDir;
    use tracing_appender::non_blocking::NonBlockingBuilder;

    use super::*;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    /// The contents of every file, oldest first.
    fn contents(folder: &Path) -> Vec<String> {
        let mut paths: Vec<PathBuf> =
            old_numbers(folder).unwrap().iter().rev().map(|number| old_file(folder, *number)).collect();
        paths.push(log_file(folder));
        paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
    }

    fn write(log: &mut Rotating, lines: std::ops::Range<u32>) {
        for line in lines {
            writeln!(log, "line {line:04}").unwrap();
        }
    }

    #[test]
    fn exactly_the_wanted_number_of_old_files_is_kept() {
        let folder = folder();
        let mut log = Rotating::open(folder.path(), 20, 5).unwrap();
        write(&mut log, 0..100);
        assert_eq!(old_numbers(folder.path()).unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(contents(folder.path()).concat().lines().next(), Some("line 0088"));

        let mut log = Rotating::open(folder.path(), 20, 2).unwrap();
        write(&mut log, 100..102);
        assert_eq!(old_numbers(folder.path()).unwrap(), [1, 2], "fewer are kept once fewer are wanted");
        let mut log = Rotating::open(folder.path(), 20, 0).unwrap();
        write(&mut log, 102..105);
        assert_eq!(contents(folder.path()), ["line 0104\n"]);
    }

    #[test]
    fn bytes_count_across_restarts() {
        let folder = folder();
        for line in 0..3 {
            write(&mut Rotating::open(folder.path(), 20, 5).unwrap(), line..line + 1);
        }
        assert_eq!(contents(folder.path()), ["line 0000\nline 0001\n", "line 0002\n"]);
    }

    #[test]
    fn a_line_longer_than_a_file_may_be_stays_whole() {
        let folder = folder();
        let mut log = Rotating::open(folder.path(), 10, 5).unwrap();
        let long = "x".repeat(50);
        writeln!(log, "a\n{long}\nb").unwrap();
        assert_eq!(contents(folder.path()), ["a\n".to_owned(), format!("{long}\n"), "b\n".to_owned()]);
    }

    #[test]
    fn after_a_crash_the_next_line_begins_on_a_fresh_line() {
        let folder = folder();
        fs::write(log_file(folder.path()), "{\"ts\":\"2026").unwrap();
        let mut log = Rotating::open(folder.path(), 1000, 5).unwrap();
        write(&mut log, 0..2);
        assert_eq!(contents(folder.path()), ["{\"ts\":\"2026\nline 0000\nline 0001\n"]);
    }

    #[test]
    fn a_removed_folder_comes_back() {
        let folder = folder();
        let logs = folder.path().join("data/logs");
        let mut log = Rotating::open(&logs, 1000, 5).unwrap();
        write(&mut log, 0..1);
        fs::remove_dir_all(folder.path().join("data")).unwrap();
        write(&mut log, 1..2);
        assert_eq!(contents(&logs), ["line 0001\n"]);
    }

    #[test]
    fn a_file_rotated_by_somebody_else_is_left_to_them() {
        let folder = folder();
        let mut first = Rotating::open(folder.path(), 20, 5).unwrap();
        let mut second = Rotating::open(folder.path(), 20, 5).unwrap();
        write(&mut first, 0..3);
        write(&mut second, 3..4);
        write(&mut first, 4..5);
        let files = ["line 0000\nline 0001\n", "line 0002\nline 0003\n", "line 0004\n"];
        assert_eq!(contents(folder.path()), files);
    }

    #[test]
    fn lost_lines_are_counted_and_told_first() {
        let folder = folder();
        let logs = folder.path().join("logs");
        let mut log = Rotating::open(&logs, 1000, 5).unwrap();
        fs::remove_dir_all(&logs).unwrap();
        fs::write(&logs, "in the way").unwrap();
        write(&mut log, 0..3);
        fs::remove_file(&logs).unwrap();
        write(&mut log, 3..5);
        let text = contents(&logs).concat();
        let lines: Vec<&str> = text.lines().collect();
        let told = Record::from_line(lines[0]).unwrap();
        assert_eq!((told.msg.as_str(), told.fields.text("lost").unwrap().as_ref()), ("log lines were lost", "3"));
        assert_eq!(lines[1..], ["line 0003", "line 0004"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_loses_lines_and_nothing_else() {
        let folder = folder();
        std::os::unix::fs::symlink("/dev/full", log_file(folder.path())).unwrap();
        let mut log = Rotating::open(folder.path(), 1000, 5).unwrap();
        write(&mut log, 0..2);
        fs::remove_file(log_file(folder.path())).unwrap();
        write(&mut log, 2..3);
        let text = contents(folder.path()).concat();
        assert!(text.contains("\"lost\":2") && text.ends_with("line 0002\n"), "{text}");
    }

    #[test]
    fn when_renaming_fails_lines_go_on_up_to_twice_the_size() {
        let folder = folder();
        fs::create_dir(old_file(folder.path(), 1)).unwrap();
        fs::write(old_file(folder.path(), 1).join("x"), "").unwrap();
        let mut log = Rotating::open(folder.path(), 20, 1).unwrap();
        write(&mut log, 0..50);
        assert_eq!(fs::read_to_string(log_file(folder.path())).unwrap().lines().count(), 4);
        fs::remove_dir_all(old_file(folder.path(), 1)).unwrap();
        write(&mut log, 50..51);
        let text = fs::read_to_string(log_file(folder.path())).unwrap();
        assert!(text.contains("\"lost\":46") && text.ends_with("line 0050\n"), "{text}");
    }

    #[test]
    fn through_the_background_writer_nothing_is_lost_or_split() {
        let folder = folder();
        let log = Rotating::open(folder.path(), 1000, 1000).unwrap();
        let (mut writer, guard) = NonBlockingBuilder::default().lossy(false).finish(log);
        let expect: String = (0..2000).map(|line| format!("line {line:04}\n")).collect();
        for line in expect.split_inclusive('\n') {
            writer.write_all(line.as_bytes()).unwrap();
        }
        drop(guard);
        assert_eq!(contents(folder.path()).concat(), expect);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn files_in_order_are_the_end_of_what_was_written(
            lines in prop::collection::vec("[a-zä]{0,30}", 1..60),
            max_size in 1_u64..80, max_files in 0_u32..4, chunk in 1_usize..50, restart in 1_usize..9,
        ) {
            let folder = folder();
            let all: String = lines.iter().map(|line| format!("{line}\n")).collect();
            for part in lines.chunks(restart) {
                let mut log = Rotating::open(folder.path(), max_size, max_files).unwrap();
                let text: String = part.iter().map(|line| format!("{line}\n")).collect();
                for bytes in text.as_bytes().chunks(chunk) {
                    log.write_all(bytes).unwrap();
                }
            }
            let files = contents(folder.path());
            prop_assert!(files.len() <= max_files as usize + 1);
            prop_assert!(all.ends_with(&files.concat()));
            let whole: Vec<String> = files.concat().lines().map(str::to_owned).collect();
            prop_assert_eq!(&lines[lines.len() - whole.len()..], &whole[..]);
            for file in &files {
                prop_assert!(file.ends_with('\n'));
                prop_assert!(file.len() as u64 <= max_size || file.lines().count() == 1);
            }
        }
    }
}
