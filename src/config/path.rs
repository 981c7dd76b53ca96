//! The address of one value: `tables[0].budget.per_day_usd`.
//! It never holds the value, only the way to it.

use std::fmt;

/// How much of a key people are shown; a key can be a whole pasted text.
const SHOWN_KEY_CHARS: usize = 60;

/// The way from the top of the configuration to one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPath(Vec<Step>);

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Into a section, by key.
    Key(String),
    /// Into a list, by position from 0.
    Item(usize),
}

impl KeyPath {
    /// The way one step further into a section.
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// The way one step further into a list.
    pub(super) fn item(&self, index: usize) -> Self {
        self.with(Step::Item(index))
    }

    /// The steps, from the top.
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The way to what holds this value; the top holds itself.
    pub(super) fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(&shown(key, SHOWN_KEY_CHARS))?;
                }
            }
        }
        Ok(())
    }
}

/// A text as it may be printed: no control characters, at most `limit` characters long.
pub(super) fn shown(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in text.chars().take(limit) {
        match c {
            '\'' | '"' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_the_file() {
        let path = KeyPath::default().key("tables").item(2).key("budget").key("per_day_usd");
        assert_eq!(path.to_string(), "tables[2].budget.per_day_usd");
    }

    #[test]
    fn a_hostile_key_prints_short_and_without_escapes() {
        let path = KeyPath::default().key(&format!("\u{1b}[2J{}", "x".repeat(500)));
        let printed = path.to_string();
        assert!(!printed.contains('\u{1b}'));
        assert!(printed.chars().count() < 80, "{printed}");
    }
}
