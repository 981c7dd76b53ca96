//! Whether a reply speaks, decides or feels for characters whom people play. PURE.
//! It finds only what it is sure of: a doubtful sentence is left to people, who see it and can say so.

mod scan;
mod sentence;
mod words;

use serde::{Deserialize, Serialize};

use crate::domain::{Reply, Span};

/// A character whom somebody plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// Every name they go by, the shown one first.
    pub names: Vec<String>,
    /// What their player said for them just now: telling it again takes nothing from them.
    pub said: String,
}

/// What was taken from a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Taken {
    /// Words in their character's mouth.
    Words,
    /// A choice.
    Choice,
    /// A feeling or a thought.
    Feeling,
}

/// A place where a reply takes something from a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trespass {
    /// Whose, as the character is shown.
    pub character: String,
    /// What.
    pub taken: Taken,
    /// The words it is about, shortened.
    pub words: String,
}

/// The most places that are named.
const NAMED: usize = 8;
/// The length of what is quoted of a place, in characters.
const QUOTED: usize = 160;

/// Where a reply takes something from the players of these characters.
pub fn find(reply: &Reply, guarded: &[Guarded]) -> Vec<Trespass> {
    let mut found = Vec::new();
    for character in guarded {
        for span in &reply.spans {
            in_span(span, character, &mut found);
        }
    }
    found.truncate(NAMED);
    found
}

fn in_span(span: &Span, character: &Guarded, found: &mut Vec<Trespass>) {
    let mut note = |taken, words: &str| {
        let character = character.names.first().cloned().unwrap_or_default();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(QUOTED).collect();
        let trespass = Trespass { character, taken, words };
        if !found.contains(&trespass) {
            found.push(trespass);
        }
    };
    match &span.speaker {
        Some(speaker) if words::is_one_of(speaker, &character.names) => {
            if !words::was_said(&span.text, &character.said) {
                note(Taken::Words, &format!("{speaker}: {}", span.text));
            }
        }
        // What others say of them is those others' opinion.
        Some(_) => {}
        None => scan::narration(&span.text, character, &mut note),
    }
}

#[cfg(test)]
mod tests;
