//! The reply while it streams: parts that grow, are replaced and are withdrawn, and what of it people see. PURE.
//! It knows no turn and no log; when the turn ends, what stands here is the reply.

use serde::{Deserialize, Serialize};

use crate::domain::BlockKey;

/// What streamed so far, in the order in which the parts began.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Streamed {
    blocks: Vec<(BlockKey, String)>,
    bytes: usize,
}

/// What a change means for those who look on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing to see.
    None,
    /// More text at the end.
    Append(String),
    /// Something before the end changed: the whole text.
    Replace(String),
}

impl Streamed {
    /// Adds text at the end of a part.
    pub(super) fn push(&mut self, block: &BlockKey, text: &str) -> Change {
        if text.is_empty() {
            return Change::None;
        }
        self.bytes += text.len();
        if let Some((last, body)) = self.blocks.last_mut()
            && last == block
        {
            body.push_str(text);
            return Change::Append(text.to_owned());
        }
        if let Some((_, body)) = self.blocks.iter_mut().find(|(key, _)| key == block) {
            body.push_str(text);
            return Change::Replace(self.text());
        }
        let lead = if self.blocks.iter().any(|(_, body)| !body.is_empty()) { "\n\n" } else { "" };
        self.blocks.push((block.clone(), text.to_owned()));
        Change::Append(format!("{lead}{text}"))
    }

    /// Replaces a part by its final text.
    pub(super) fn settle(&mut self, block: &BlockKey, text: &str) -> Change {
        let Some(at) = self.blocks.iter().position(|(key, _)| key == block) else { return self.push(block, text) };
        let at_end = at + 1 == self.blocks.len();
        let body = &mut self.blocks[at].1;
        if body == text {
            return Change::None;
        }
        let more = text.strip_prefix(body.as_str()).filter(|_| at_end).map(str::to_owned);
        self.bytes = self.bytes - body.len() + text.len();
        text.clone_into(body);
        more.map_or_else(|| Change::Replace(self.text()), Change::Append)
    }

    /// Takes back the parts of `message` from `from` on.
    pub(super) fn withdraw(&mut self, message: &str, from: u32) -> Change {
        let before = self.blocks.len();
        self.blocks.retain(|(key, _)| key.message != message || key.index < from);
        if self.blocks.len() == before {
            return Change::None;
        }
        self.bytes = self.blocks.iter().map(|(_, body)| body.len()).sum();
        Change::Replace(self.text())
    }

    /// The whole text so far; parts are paragraphs of their own.
    pub(super) fn text(&self) -> String {
        let parts = self.blocks.iter().map(|(_, body)| body.as_str()).filter(|body| !body.is_empty());
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// How much text there is, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing visible has come.
    pub(super) fn is_blank(&self) -> bool {
        self.blocks.iter().all(|(_, body)| body.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(message: &str, index: u32) -> BlockKey {
        BlockKey { message: message.to_owned(), index }
    }

    #[test]
    fn withdrawn_text_leaves_and_the_new_text_follows_what_stays() {
        let mut streamed = Streamed::default();
        assert_eq!(streamed.push(&key("a", 0), "One."), Change::Append("One.".to_owned()));
        assert_eq!(streamed.push(&key("b", 0), "Tw"), Change::Append("\n\nTw".to_owned()));
        assert_eq!(streamed.withdraw("b", 0), Change::Replace("One.".to_owned()));
        assert_eq!(streamed.push(&key("c", 0), "Two."), Change::Append("\n\nTwo.".to_owned()));
        assert_eq!(streamed.text(), "One.\n\nTwo.");
        assert_eq!(streamed.bytes(), 8);
    }

    #[test]
    fn what_came_before_the_withdrawn_part_of_a_message_stays() {
        let mut streamed = Streamed::default();
        streamed.push(&key("a", 0), "Kept.");
        streamed.push(&key("a", 1), "Taken ba");
        assert_eq!(streamed.withdraw("a", 1), Change::Replace("Kept.".to_owned()));
    }

    #[test]
    fn the_final_text_of_a_part_wins_over_what_was_streamed() {
        let mut streamed = Streamed::default();
        streamed.push(&key("a", 0), "The door ope");
        assert_eq!(streamed.settle(&key("a", 0), "The door opens."), Change::Append("ns.".to_owned()));
        assert_eq!(streamed.settle(&key("a", 0), "The door opens."), Change::None);
        assert_eq!(streamed.settle(&key("a", 0), "The gate opens."), Change::Replace("The gate opens.".to_owned()));
        assert_eq!(streamed.bytes(), "The gate opens.".len());
    }
}
