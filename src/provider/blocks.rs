//! The blocks of a reply, as a stream appends to them, states them whole and takes them back. PURE.
//! What a CLI calls a block, and when one is taken back, is its decoder's to say.

use crate::domain::BlockKey;

/// What was heard of a reply and still counts, in the order in which the blocks began.
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<(BlockKey, String)>);

impl Blocks {
    /// The text of a block; one that is new begins empty.
    pub(super) fn of(&mut self, key: &BlockKey) -> &mut String {
        let at = self.0.iter().rposition(|(own, _)| own == key).unwrap_or_else(|| {
            self.0.push((key.clone(), String::new()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Takes back a message's blocks from this index on.
    pub(super) fn withdraw(&mut self, message: &str, from: u32) {
        self.0.retain(|(key, _)| key.message != message || key.index < from);
    }

    /// Whether any of it is more than white space.
    pub(super) fn has_text(&self) -> bool {
        self.0.iter().any(|(_, text)| !text.trim().is_empty())
    }

    /// All of it, a blank line between the blocks.
    pub(super) fn text(&self) -> String {
        joined(self.0.iter().map(|(_, text)| text.as_str()))
    }
}

/// The parts of a reply as one text, a blank line between them.
pub(super) fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let parts = parts.map(|part| part.trim_end().trim_start_matches('\n'));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}
