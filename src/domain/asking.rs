//! What a provider asks of people in the middle of a turn: leave for a tool, or a question with choices.
//! It decides nothing; who may answer and how long is waited is the table's matter.

use serde::{Deserialize, Serialize};

/// The longest name of a tool, in characters.
const TOOL: usize = 60;
/// The most that is shown of what a tool is wanted for, in characters.
const WANTED: usize = 700;
/// The longest question, in characters.
const QUESTION: usize = 300;
/// The longest choice, in characters: what fits on a button of Discord's (components/reference, "Button Structure").
const CHOICE: usize = 80;
/// The most choices that are offered.
pub const CHOICES: usize = 5;
/// The longest answer in somebody's own words, in characters.
pub const WORDS: usize = 500;

/// What is asked, cut to what can be shown and without control characters. It stays data: doors escape it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum Request {
    /// Leave to use a tool.
    Leave {
        /// The tool, as the provider names it. What is allowed for a scene is allowed by this name.
        tool: String,
        /// What for: a command, a file.
        wanted: String,
    },
    /// An answer to a question.
    Choice {
        /// The question.
        question: String,
        /// What can be chosen; may be empty. An answer in one's own words is always possible.
        choices: Vec<String>,
    },
}

impl Request {
    /// Leave for `tool`, which is wanted for this.
    pub fn leave(tool: &str, wanted: &str) -> Self {
        let tool = plain(tool, TOOL);
        let tool = if tool.is_empty() { "tool".to_owned() } else { tool };
        Self::Leave { tool, wanted: plain(wanted, WANTED) }
    }

    /// A question, with at most [`CHOICES`] choices.
    pub fn choice<'a>(question: &str, choices: impl IntoIterator<Item = &'a str>) -> Self {
        let choices = choices.into_iter().map(|choice| plain(choice, CHOICE)).filter(|choice| !choice.is_empty());
        Self::Choice { question: plain(question, QUESTION), choices: choices.take(CHOICES).collect() }
    }

    /// The same with each of its texts put through `change`, which makes none longer.
    pub fn map(self, change: impl Fn(String) -> String) -> Self {
        match self {
            Self::Leave { tool, wanted } => Self::Leave { tool: change(tool), wanted: change(wanted) },
            Self::Choice { question, choices } => {
                let choices = choices.into_iter().map(&change).collect();
                Self::Choice { question: change(question), choices }
            }
        }
    }
}

/// What a person answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskReply {
    /// The tool may be used this time.
    Once,
    /// The tool may be used until the scene ends.
    Scene,
    /// No; for a question: no answer.
    Deny,
    /// The choice at this place, counted from 0.
    Choice(usize),
    /// Their own words.
    Words(String),
}

/// How a request was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "settled", rename_all = "snake_case")]
pub enum Settlement {
    /// Allowed this time.
    Once,
    /// Allowed until the scene ends.
    Scene,
    /// Allowed without asking, because it was allowed for the scene before.
    AsBefore,
    /// Declined.
    Denied,
    /// Answered.
    Answered {
        /// With these words.
        words: String,
    },
    /// Nobody answered in time, which counts as no.
    TimedOut,
    /// The turn ended first.
    Lapsed,
}

/// What the provider is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// It may.
    Allow,
    /// It may not, or there is no answer.
    Deny,
    /// The choice at this place, counted from 0.
    Choice(usize),
    /// Somebody's own words.
    Words(String),
}

/// One line of at most `limit` characters, without control characters and without those that turn writing around.
fn plain(text: &str, limit: usize) -> String {
    let turns =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").replace(turns, "");
    if line.chars().count() <= limit {
        return line;
    }
    line.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_is_cut_to_what_can_be_shown() {
        let long = "x".repeat(2_000);
        let Request::Leave { tool, wanted } = Request::leave("\u{1b}[31mBash\n", &format!("rm \u{202e}{long}")) else {
            panic!("leave is asked")
        };
        assert_eq!(tool, "[31mBash");
        assert_eq!(wanted.chars().count(), WANTED);
        assert!(wanted.starts_with("rm x") && wanted.ends_with('…'), "{wanted}");
        let many: Vec<String> = (0..9).map(|n| format!("choice {n}")).collect();
        let Request::Choice { choices, .. } = Request::choice("Which?", many.iter().map(String::as_str)) else {
            panic!("a question is asked")
        };
        assert_eq!(choices.len(), CHOICES);
    }

    proptest! {
        #[test]
        fn nothing_shown_holds_a_control_character_or_is_too_long(text in "\\PC*|[\\x00-\\x1f\\u{202e}a ]{0,900}") {
            let Request::Leave { tool, wanted } = Request::leave(&text, &text) else { panic!("leave is asked") };
            prop_assert!(tool.chars().count() <= TOOL && wanted.chars().count() <= WANTED);
            let bad = |c: char| c.is_control() || c == '\u{202e}';
            prop_assert!(!tool.chars().any(bad) && !wanted.chars().any(bad));
        }
    }
}
