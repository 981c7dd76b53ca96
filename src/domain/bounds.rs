//! Lines and veils: what a table keeps out of its story, and what it leaves untold. Nobody is named in any of it.
//! Only the words, and when a text crosses them; what follows is decided in `table/machine/bounds.rs`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The longest line or veil, in characters.
pub const BOUND_CHARS: usize = 80;
/// How many of each kind one person may have.
pub const BOUNDS: usize = 12;

/// What is kept out of a story, and what happens in it untold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Never in the story.
    pub lines: Vec<String>,
    /// In the story, and never shown: the moment fades.
    pub veils: Vec<String>,
}

/// Tells one person's bounds from another's without saying whose they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BoundMark(String);

impl BoundMark {
    /// A mark that its maker can make again.
    pub fn new(mark: impl Into<String>) -> Self {
        Self(mark.into())
    }
}

/// Why bounds cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum BoundsFault {
    /// One is too long.
    #[error("a line or veil has at most {BOUND_CHARS} characters")]
    TooLong,
    /// There are too many.
    #[error("that is more than {BOUNDS} of a kind")]
    TooMany,
}

impl Bounds {
    /// Reads what a person wrote, one on each line or between semicolons.
    ///
    /// # Errors
    /// What is too long or too much.
    pub fn read(lines: &str, veils: &str) -> Result<Self, BoundsFault> {
        Ok(Self { lines: entries(lines)?, veils: entries(veils)? })
    }

    /// Whether nothing is kept out and nothing left untold.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.veils.is_empty()
    }

    /// Those of all, in the order of the alphabet, so that not even the order says who came first.
    pub fn merged<'a>(all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let sorted = |entries: BTreeSet<&String>| entries.into_iter().cloned().collect();
        Self {
            lines: sorted(all.clone().flat_map(|bounds| &bounds.lines).collect()),
            veils: sorted(all.flat_map(|bounds| &bounds.veils).collect()),
        }
    }

    /// Whether a text goes where a line was drawn: it says the words of one, one after another.
    pub fn crossed_by(&self, text: &str) -> bool {
        if self.lines.is_empty() {
            return false;
        }
        let (words, joined) = (words(text), joined(text));
        self.lines.iter().any(|line| says(&words, &joined, line))
    }
}

fn entries(text: &str) -> Result<Vec<String>, BoundsFault> {
    let mut kept = Vec::<String>::new();
    for entry in text.split([';', '\n', '\r']) {
        let entry = entry.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let entry = entry.collect::<Vec<_>>().join(" ");
        if entry.chars().count() > BOUND_CHARS {
            return Err(BoundsFault::TooLong);
        }
        if entry.chars().any(char::is_alphanumeric) && !kept.contains(&entry) {
            kept.push(entry);
        }
    }
    if kept.len() > BOUNDS { Err(BoundsFault::TooMany) } else { Ok(kept) }
}

fn says(words_of_text: &[String], joined_text: &str, line: &str) -> bool {
    if line.chars().any(runs_together) {
        let line = joined(line);
        return !line.is_empty() && joined_text.contains(&line);
    }
    let line = words(line);
    !line.is_empty()
        && words_of_text.windows(line.len()).any(|window| window.iter().zip(&line).all(|(a, b)| alike(a, b)))
}

/// The same word, or the same with a usual ending.
fn alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let Some(ending) = long.strip_prefix(short) else { return false };
    match short.chars().count() {
        0..3 => ending.is_empty(),
        3..5 => matches!(ending, "" | "s" | "es"),
        _ => matches!(ending, "" | "s" | "es" | "n" | "en" | "e" | "er" | "d" | "ed"),
    }
}

/// The words of a text in small letters, without marks inside them.
fn words(text: &str) -> Vec<String> {
    let text: String = text.chars().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).collect();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// All signs of a text, for scripts whose words take endings or stand without spaces.
fn joined(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What may stand inside a word without being read: emphasis, joiners, apostrophes.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '*' | '_' | '~' | '`' | '|' | '\\' | '\'' | '’' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

/// Chinese, Japanese and Korean signs, and those of Thai and its neighbours.
fn runs_together(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str) -> Bounds {
        Bounds::read(text, "").unwrap()
    }

    #[test]
    fn a_line_is_found_however_it_is_written() {
        for (line, text, crossed) in [
            ("spiders", "A SPIDER lowers itself.", true),
            ("spider", "Sp**id**ers everywhere.", true),
            ("spider", "Spi\u{200b}ders, hundreds.", true),
            ("harm to animals", "There was harm to\nanimals.", true),
            ("harm to animals", "No animal comes to harm.", false),
            ("rat", "The rate is fair, and so is the pirate.", false),
            ("rat", "Two rats.", true),
            ("torture", "He was tortured.", true),
            ("Spinne", "Die Spinnen kommen.", true),
            ("거미", "거미가 내려온다.", true),
            ("蜘蛛", "大きな蜘 蛛がいる。", true),
            ("don't drown", "We dont drown.", true),
            ("?!", "What?!", false),
        ] {
            assert_eq!(lines(line).crossed_by(text), crossed, "{line:?} in {text:?}");
        }
    }

    #[test]
    fn what_is_written_is_taken_one_by_one_and_merged_without_an_order() {
        let ana = Bounds::read(" spiders;\n\nharm  to\tanimals\n spiders ", "torture").unwrap();
        assert_eq!(ana.lines, ["spiders", "harm to animals"]);
        let ben = Bounds::read("blood; spiders", "").unwrap();
        let merged = Bounds::merged([&ana, &ben].into_iter());
        assert_eq!(
            (merged.lines.join(","), merged.veils.join(",")),
            ("blood,harm to animals,spiders".into(), "torture".into())
        );
        assert_eq!(Bounds::merged([&ben, &ana].into_iter()), merged);
        assert_eq!(Bounds::read(&"x".repeat(81), ""), Err(BoundsFault::TooLong));
        let many: Vec<_> = (0..13).map(|n| format!("thing {n}")).collect();
        assert_eq!(Bounds::read("", &many.join("\n")), Err(BoundsFault::TooMany));
    }

    proptest! {
        #[test]
        fn a_text_that_holds_the_line_as_it_stands_crosses_it(
            line in "[a-zA-Zäöüß가-힣]{1,8}( [a-z]{1,8}){0,2}", before in "\\PC{0,20}", after in "\\PC{0,20}"
        ) {
            let text = format!("{before} {line} {after}");
            prop_assert!(lines(&line).crossed_by(&text), "{}", text);
        }
    }
}
