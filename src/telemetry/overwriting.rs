//! Overwriting words in log files where they stand, so that nothing is moved while the program goes on writing.
//! It finds only what it is given; whether that is enough is for the caller to know.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::files::{log_file, old_file, old_numbers};

/// What stands in place of each byte.
const BLANK: u8 = b'*';

/// Overwrites every occurrence of the words in the log files of a folder, whatever their case. Gives how many files had any.
///
/// # Errors
/// When a file cannot be read or written.
pub fn overwrite(folder: &Path, words: &[String]) -> io::Result<u64> {
    let numbers = old_numbers(folder)?;
    let files = std::iter::once(log_file(folder)).chain(numbers.into_iter().map(|number| old_file(folder, number)));
    let words: Vec<_> = words.iter().filter_map(|word| needle(word)).collect();
    let mut changed = 0;
    for path in files {
        let mut file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => continue,
            Err(failure) => return Err(failure),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut places = Vec::new();
        let mut line_at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let free = facts(line);
            for word in &words {
                places.extend(found(&line[free..], word).map(|at| (line_at + free + at, word.len())));
            }
            line_at += line.len();
        }
        for (at, length) in &places {
            file.seek(SeekFrom::Start(*at as u64))?;
            file.write_all(&vec![BLANK; *length])?;
        }
        changed += u64::from(!places.is_empty());
        file.sync_all()?;
    }
    Ok(changed)
}

/// Where a line's own facts begin: behind the fixed sentence, which no person wrote.
fn facts(line: &[u8]) -> usize {
    const SENTENCE: &[u8] = b"\"msg\":\"";
    let Some(at) = line.windows(SENTENCE.len()).position(|part| part == SENTENCE) else { return 0 };
    let begin = at + SENTENCE.len();
    line[begin..].iter().position(|byte| *byte == b'"').map_or(line.len(), |end| begin + end)
}

/// A word as it stands in a line of the log, in small letters.
fn needle(word: &str) -> Option<Vec<u8>> {
    let json = serde_json::to_string(word).ok()?;
    let inner = json.trim_matches('"').to_ascii_lowercase().into_bytes();
    (inner.len() > 2).then_some(inner)
}

/// Where the word stands by itself.
fn found<'a>(bytes: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = word.first().copied().unwrap_or_default();
    let same = move |at: &usize| {
        let here = bytes.get(*at..*at + word.len());
        let within = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        here.is_some_and(|here| here.eq_ignore_ascii_case(word))
            && !(at.checked_sub(1).is_some_and(|before| within(bytes.get(before))))
            && !within(bytes.get(*at + word.len()))
            // The name of a field is ours.
            && bytes.get(*at + word.len()..*at + word.len() + 2) != Some(b"\":")
    };
    (0..bytes.len()).filter(move |at| bytes[*at].eq_ignore_ascii_case(&first)).filter(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_where_they_stand_by_themselves_and_nothing_moves() {
        let folder = tempfile::tempdir().unwrap();
        let path = log_file(folder.path());
        std::fs::write(&path, "{\"msg\":\"Ana is a word of ours\",\"ana\":\"Ana said \\\"zanzibar\\\"\"}\n{\"msg\":\"x\",\"a\":\"an analysis\"}\n").unwrap();
        let words = ["Ana".to_owned(), "zanzibar".to_owned()];
        assert_eq!(overwrite(folder.path(), &words).unwrap(), 1);
        let left = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            left,
            "{\"msg\":\"Ana is a word of ours\",\"ana\":\"*** said \\\"********\\\"\"}\n{\"msg\":\"x\",\"a\":\"an analysis\"}\n"
        );
        assert_eq!(overwrite(folder.path(), &words).unwrap(), 0);
        assert_eq!(overwrite(&folder.path().join("none"), &words).unwrap(), 0);
    }
}
