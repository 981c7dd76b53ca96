//! Keys: words and patterns that call up an entry, and looking for them in what was said. PURE.
//! Patterns come from strangers: they run in linear time, are short, and what they may not say is refused by name.

use regex::{Regex, RegexBuilder};

/// The longest key, in characters.
const KEY_CHARS: usize = 500;
/// How large a pattern may become when it is made ready, in bytes.
const PATTERN_BYTES: usize = 256 * 1024;

/// What calls up an entry.
#[derive(Clone, Debug)]
pub struct Key {
    /// As it is written.
    pub text: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// Lower-case text; with word boundaries or without.
    Text {
        needle: String,
        folded: bool,
        whole: bool,
    },
    Pattern(Regex),
}

/// Why a key is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Nothing is there.
    #[error("a key is empty")]
    Empty,
    /// Too much is there.
    #[error("a key is longer than {KEY_CHARS} characters")]
    TooLong,
    /// Not to be had in linear time.
    #[error("`{0}` looks ahead, behind or back, which is not supported: it could run for ever")]
    Looks(String),
    /// A flag that is not known.
    #[error("`{0}` has a flag that is not supported (i, m, s, u are)")]
    Flag(String),
    /// Not a pattern, or too large a one.
    #[error("`{0}` is not a pattern that can be used")]
    Pattern(String),
}

/// How keys are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Whether case counts.
    pub(super) case: bool,
    /// Whether a key has to stand as a word of its own.
    pub(super) whole: bool,
    /// Whether every key is a pattern, delimited or not.
    pub(super) patterns: bool,
}

impl Key {
    /// Reads a key: `/pattern/flags` is a pattern, everything else is text unless all keys are patterns.
    pub(super) fn read(text: &str, manner: Manner) -> Result<Self, KeyFault> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(KeyFault::Empty);
        }
        if trimmed.chars().count() > KEY_CHARS {
            return Err(KeyFault::TooLong);
        }
        let test = match delimited(trimmed) {
            Some((pattern, flags)) => Test::Pattern(compile(trimmed, pattern, flags)?),
            None if manner.patterns => Test::Pattern(compile(trimmed, trimmed, if manner.case { "" } else { "i" })?),
            None => Test::Text {
                needle: if manner.case { trimmed.to_owned() } else { trimmed.to_lowercase() },
                folded: !manner.case,
                // Scripts without spaces between words have no boundaries to look for.
                whole: manner.whole && !trimmed.chars().any(runs_on),
            },
        };
        Ok(Self { text: trimmed.to_owned(), test })
    }

    /// Whether it stands in a text.
    pub(super) fn is_in(&self, window: &Window) -> bool {
        match &self.test {
            Test::Pattern(pattern) => pattern.is_match(&window.text),
            Test::Text { needle, folded, whole } => {
                let text = if *folded { &window.folded } else { &window.text };
                stands_in(text, needle, *whole)
            }
        }
    }

    /// Whether at least half of its words stand in a text: a near miss.
    pub(super) fn is_nearly_in(&self, window: &Window) -> bool {
        let Test::Text { needle, .. } = &self.test else { return false };
        let needle = needle.to_lowercase();
        let words: Vec<_> = needle.split_whitespace().filter(|word| word.chars().count() > 3).collect();
        match words.as_slice() {
            [] => false,
            [only] => only.len() == needle.len() && window.folded.contains(only),
            many => {
                let there = many.iter().filter(|word| stands_in(&window.folded, word, true)).count();
                there * 2 >= many.len()
            }
        }
    }
}

/// What is searched, also in lower case.
#[derive(Debug, Default)]
pub(super) struct Window {
    text: String,
    folded: String,
}

impl Window {
    pub(super) fn new(text: String) -> Self {
        Self { folded: text.to_lowercase(), text }
    }

    /// Whether a word stands in it, whatever its case.
    pub(super) fn has(&self, word: &str) -> bool {
        stands_in(&self.folded, &word.to_lowercase(), !word.chars().any(runs_on))
    }
}

fn stands_in(text: &str, needle: &str, whole: bool) -> bool {
    if !whole {
        return text.contains(needle);
    }
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (opens, closes) = (word(needle.chars().next()), word(needle.chars().next_back()));
    text.match_indices(needle).any(|(at, found)| {
        !(opens && word(text[..at].chars().next_back()) || closes && word(text[at + found.len()..].chars().next()))
    })
}

/// Whether a script is written without spaces, or joins words to what follows them (Korean particles).
fn runs_on(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// The pattern and its flags in `/pattern/flags`.
fn delimited(text: &str) -> Option<(&str, &str)> {
    let (pattern, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    let plain = !pattern.is_empty() && flags.chars().all(|c| c.is_ascii_lowercase()) && flags.len() < 8;
    plain.then_some((pattern, flags))
}

fn compile(whole: &str, pattern: &str, flags: &str) -> Result<Regex, KeyFault> {
    if looks_around(pattern) {
        return Err(KeyFault::Looks(whole.to_owned()));
    }
    // `g` and `y` say where a search goes on, which is no question here.
    if flags.chars().any(|flag| !"imsugy".contains(flag)) {
        return Err(KeyFault::Flag(whole.to_owned()));
    }
    // JavaScript writes a slash as `\/`.
    RegexBuilder::new(&pattern.replace("\\/", "/"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(4 * PATTERN_BYTES)
        .nest_limit(50)
        .build()
        .map_err(|_| KeyFault::Pattern(whole.to_owned()))
}

/// Whether a pattern has a look-around or a reference back.
fn looks_around(pattern: &str) -> bool {
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        let rest = &pattern[at..];
        if c == '\\' {
            match chars.next() {
                Some((_, '1'..='9')) => return true,
                Some((_, 'k')) if rest.starts_with("\\k<") => return true,
                _ => {}
            }
        } else if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| rest.starts_with(look)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Manner = Manner { case: false, whole: true, patterns: false };

    fn found(key: &str, text: &str) -> bool {
        Key::read(key, PLAIN).unwrap().is_in(&Window::new(text.to_owned()))
    }

    #[test]
    fn words_are_found_as_words_where_a_script_has_words() {
        assert!(found("Bell", "the BELL rings") && !found("bell", "a belly laugh") && found("bell", "bell"));
        assert!(found("old bell", "The old bell.") && !found("bell", "dumbbell"));
        assert!(found("종", "종이 울린다") && found("鐘", "古い鐘が鳴る") && found("...", "Well..."));
        assert!(found("straße", "Die STRASSE und die Straße"));
    }

    #[test]
    fn patterns_are_patterns_only_between_slashes() {
        assert!(found("/b[e3]ll/i", "B3LL") && !found("b[e3]ll", "b3ll") && found("b[e3]ll", "a b[e3]ll"));
        assert!(found("/a\\/b/", "a/b") && found("/^x.y$/ms", "q\nx\ny"));
        let all = Manner { patterns: true, ..PLAIN };
        assert!(Key::read("b.ll", all).unwrap().is_in(&Window::new("BALL".to_owned())));
    }

    #[test]
    fn what_could_run_for_ever_is_refused_by_name() {
        for key in ["/(?=a)b/", "/(?<!a)b/", "/(a)\\1/", "/(?<n>a)\\k<n>/"] {
            assert!(matches!(Key::read(key, PLAIN), Err(KeyFault::Looks(_))), "{key}");
        }
        assert!(matches!(Key::read("/a/x", PLAIN), Err(KeyFault::Flag(_))));
        for key in ["/(/", "/(a{1000}){1000}/", "/((((a{50}){50}){50}){50})/"] {
            assert!(matches!(Key::read(key, PLAIN), Err(KeyFault::Pattern(_))), "{key}");
        }
        assert!(matches!(Key::read(&"x".repeat(501), PLAIN), Err(KeyFault::TooLong)));
        assert!(matches!(Key::read("  ", PLAIN), Err(KeyFault::Empty)));
        // Backtracking engines need longer than the age of the world for this one.
        assert!(!found("/^(a+)+$/", &format!("{}b", "a".repeat(100_000))));
    }
}
