//! What of the files that people attach is taken.
//! It only names the numbers; those who keep them are elsewhere.

use std::time::Duration;

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};
use crate::domain::FileKind;

pub(super) const KEYS: &[Key] = &[
    Key::new("most", Shape::Number),
    Key::new("size", Shape::Text),
    Key::new("total", Shape::Text),
    Key::new("types", Shape::List(&Shape::Text)),
    Key::new("timeout", Shape::Text),
];

/// What of the files that people attach is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachments {
    /// How many of one message; 0 takes none.
    pub most: usize,
    /// The largest, in bytes.
    pub size: u64,
    /// How much of them lies in one table's folder, in bytes; the oldest go first.
    pub total: u64,
    /// Which kinds.
    pub types: Vec<FileKind>,
    /// How long one may take to arrive.
    pub timeout: Duration,
}

impl Default for Attachments {
    fn default() -> Self {
        let types = vec![FileKind::Image, FileKind::Text];
        Self { most: 4, size: 5_000_000, total: 500_000_000, types, timeout: Duration::from_secs(20) }
    }
}

/// Reads what is taken.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Attachments {
    let section = &reader.section(root, "attachments", KEYS);
    let usual = Attachments::default();
    let most = reader.whole(section, "most", 0..=10).and_then(|most| usize::try_from(most).ok());
    let types = reader.texts(section, "types", "image or text", |word| kind(word).is_some());
    let timeout = reader.duration(section, "timeout", Duration::from_millis(100)..=Duration::from_secs(120));
    Attachments {
        most: most.unwrap_or(usual.most),
        size: reader.size(section, "size", 1_000..=25_000_000).unwrap_or(usual.size),
        total: reader.size(section, "total", 1_000..=1_000_000_000_000).unwrap_or(usual.total),
        types: types.map_or(usual.types, |words| words.iter().filter_map(|word| kind(word)).collect()),
        timeout: timeout.unwrap_or(usual.timeout),
    }
}

fn kind(word: &str) -> Option<FileKind> {
    [FileKind::Image, FileKind::Text].into_iter().find(|kind| kind.as_str() == word)
}
