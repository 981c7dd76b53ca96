//! Words to look for: how text is taken apart, and the one way in which it gets into a search. PURE.
//! No text of a person or a model stands in a query but as a quoted term.

use std::collections::BTreeSet;
use std::fmt::Write;

/// The most terms of one search.
const TERMS: usize = 40;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<String>);

impl Query {
    /// Looks for these words; any of them is enough.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen = BTreeSet::new();
        let all = texts.into_iter().flat_map(terms).filter(|term| seen.insert(term.clone()));
        Self(all.take(TERMS).collect())
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The terms.
    pub fn terms(&self) -> &[String] {
        &self.0
    }

    /// The expression for SQLite's full-text search: every term quoted, one of them enough. A single sign of a script
    /// without spaces is looked for as a beginning, because two lie in the index together.
    pub fn expression(&self) -> String {
        let mut out = String::new();
        for term in &self.0 {
            let or = if out.is_empty() { "" } else { " OR " };
            let begins = if term.chars().count() == 1 && term.chars().all(is_wide) { "*" } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(out, "{or}\"{}\"{begins}", term.replace('"', "\"\""));
        }
        out
    }
}

/// The words of a text in lower case; of a script without spaces, or with endings that stick to words, two signs each.
pub fn terms(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        for (wide, run) in runs(word) {
            if !wide {
                found.push(run.to_lowercase());
                continue;
            }
            let signs: Vec<char> = run.chars().collect();
            if let [sign] = signs[..] {
                found.push(sign.to_string());
            }
            found.extend(signs.windows(2).map(|pair| pair.iter().collect::<String>()));
        }
    }
    found
}

/// What the index holds of the Chinese, Japanese and Korean in a text: two signs each, and the last of a run alone.
pub fn grams(text: &str) -> String {
    let mut out = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        for (_, run) in runs(word).into_iter().filter(|(wide, _)| *wide) {
            let signs: Vec<char> = run.chars().collect();
            out.extend(signs.windows(2).map(|pair| pair.iter().collect::<String>()));
            out.extend(signs.last().map(char::to_string));
        }
    }
    out.join(" ")
}

/// The stretches of a word that belong to scripts without spaces, and those that do not.
fn runs(word: &str) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut wide = None;
    for (at, sign) in word.char_indices() {
        let is = is_wide(sign);
        if wide.is_some_and(|wide| wide != is) {
            found.push((!is, &word[start..at]));
            start = at;
        }
        wide = Some(is);
    }
    found.extend(wide.map(|wide| (wide, &word[start..])));
    found
}

/// Whether a sign is Chinese, Japanese or Korean.
pub(super) fn is_wide(sign: char) -> bool {
    matches!(u32::from(sign),
        0x1100..=0x11FF | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3130..=0x318F | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D
        | 0x20000..=0x323AF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_taken_apart_by_its_script() {
        assert_eq!(terms("The Crown's \"key\""), ["the", "crown", "s", "key"]);
        assert_eq!(terms("왕관을 찾는다"), ["왕관", "관을", "찾는", "는다"]);
        assert_eq!(terms("王冠 剣 NPC乙"), ["王冠", "剣", "npc", "乙"]);
        assert_eq!(grams("王冠は here"), "王冠 冠は は");
    }

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let query = Query::of(["crown\" OR text:* NEAR(a b) -{x}^2", "王"]);
        let expected = r#""crown" OR "or" OR "text" OR "near" OR "a" OR "b" OR "x" OR "2" OR "王"*"#;
        assert_eq!(query.expression(), expected);
        assert!(Query::of(["\" * ( )"]).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_stays_inside_its_quotes(text in "\\PC{0,80}") {
            let expression = Query::of([text.as_str()]).expression();
            prop_assert_eq!(expression.matches('"').count() % 2, 0);
            let outside: String = expression.split('"').step_by(2).collect();
            let outside = outside.replace(" OR ", "");
            prop_assert!(outside.chars().all(|c| c == '*'), "{}", outside);
        }
    }
}
