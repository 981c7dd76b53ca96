//! A reply: spans of narration and of characters' lines, in order.
//! Who speaks is read from the text in `format/spans.rs`; how it is shown is a door's matter.

use serde::{Deserialize, Serialize};

/// What the game master sent back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Its parts in order.
    pub spans: Vec<Span>,
}

/// A stretch of a reply with one voice. Its text is markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Who speaks; none is the narrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// The words, without the speaker's name.
    pub text: String,
}

impl Reply {
    /// The whole as markdown, each character's line led by its bold name.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        for span in &self.spans {
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            if let Some(speaker) = &span.speaker {
                out.push_str("**");
                out.push_str(speaker);
                out.push_str(":** ");
            }
            out.push_str(&span.text);
        }
        out
    }
}
