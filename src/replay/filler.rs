//! Words that say nothing in the place of words that do: of the same length, case and script, with everything between
//! them as it was. PURE. What was learned is a name and is filled alike wherever it stands, as a word of its own.

use std::collections::{HashMap, HashSet};

/// What dice notations are made of beside numbers.
const DICE: [&str; 20] = [
    "d", "df", "k", "kh", "kl", "dh", "dl", "adv", "dis", "min", "max", "r", "ro", "rr", "e", "x", "p", "cs", "cf",
    "sd",
];
/// The letters of names; an `x` stands for other words.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwz";
/// A request for a roll begins so.
const ROLL: &str = "[roll:";

/// Fills texts.
#[derive(Debug, Default)]
pub(super) struct Filler {
    names: HashMap<String, String>,
    used: HashSet<String>,
}

impl Filler {
    /// Takes every word of a text for a name.
    pub(super) fn learn(&mut self, text: &str) {
        for word in words(text) {
            let low = text[word.0..word.1].to_lowercase();
            if !self.names.contains_key(&low) {
                let made = self.make(&low);
                self.used.insert(made.clone());
                self.names.insert(low, made);
            }
        }
    }

    /// A word of the same shape that no other name has, if there is one.
    fn make(&self, low: &str) -> String {
        let tries = (0..self.names.len() + 2).map(|extra| self.names.len() + extra);
        let word = |number: usize| {
            let mut left = number;
            let mut next = || {
                let digit = left % LETTERS.len();
                left /= LETTERS.len();
                digit
            };
            low.chars().map(|c| nth(c, next())).collect::<String>()
        };
        let free = |word: &String| word != low && !self.used.contains(word) && !self.names.contains_key(word);
        tries.map(word).find(free).unwrap_or_else(|| low.chars().map(plain).collect())
    }

    /// The text filled. Every character has one in its place.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut out: String = self.fill_words(text, |_| false);
        for (from, to) in regions(text, "[[", "]]") {
            out.replace_range(from..to, &self.notation(&text[from..to]));
        }
        for (from, to) in regions(text, ROLL, "]") {
            let fields: Vec<_> = text[from..to].split(',').collect();
            let filled = fields.iter().enumerate().map(|(at, field)| match at {
                1 => self.notation(field),
                _ => self.fill_words(field, |_| false),
            });
            let filled = filled.collect::<Vec<_>>().join(",");
            out.replace_range(from - ROLL.len()..to, &format!("{}{filled}", &text[from - ROLL.len()..from]));
        }
        out
    }

    /// A dice notation filled: its dice stay, what they are for does not.
    pub(super) fn notation(&self, text: &str) -> String {
        let is_dice = |letters: &str| letters.is_empty() || DICE.contains(&letters.to_ascii_lowercase().as_str());
        let dice = |word: &str| word.is_ascii() && word.split(|c: char| c.is_ascii_digit()).all(is_dice);
        self.fill_words(text, dice)
    }

    fn fill_words(&self, text: &str, stays: impl Fn(&str) -> bool) -> String {
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for (from, to) in words(text) {
            out.push_str(&text[at..from]);
            let word = &text[from..to];
            match self.names.get(&word.to_lowercase()) {
                _ if stays(word) => out.push_str(word),
                Some(name) if name.chars().count() == word.chars().count() => {
                    out.extend(word.chars().zip(name.chars()).map(|(c, to)| cased(c, to)));
                }
                _ => out.extend(word.chars().map(plain)),
            }
            at = to;
        }
        out + &text[at..]
    }
}

/// Where words stand: runs of letters, digits and marks.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        match found.last_mut() {
            Some((_, to)) if *to == at => *to += c.len_utf8(),
            _ => found.push((at, at + c.len_utf8())),
        }
    }
    found
}

/// What stands between each `open` and the `close` that follows on its line.
fn regions(text: &str, open: &str, close: &str) -> Vec<(usize, usize)> {
    let (low, mut found, mut at) = (text.to_ascii_lowercase(), Vec::new(), 0);
    while let Some(start) = low[at..].find(open).map(|start| at + start + open.len()) {
        let line = low[start..].find('\n').map_or(low.len(), |end| start + end);
        let Some(end) = low[start..line].find(close).map(|end| start + end) else {
            at = start;
            continue;
        };
        found.push((start, end));
        at = end;
    }
    found
}

/// A character of the same kind that says nothing: as many bytes, as many UTF-16 units, the same case.
fn plain(c: char) -> char {
    match c {
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        c if c.is_ascii() && c.is_numeric() => '0',
        '\u{ac00}'..='\u{d7a3}' => '가',
        '\u{3040}'..='\u{30ff}' => 'あ',
        '\u{0e00}'..='\u{0e7f}' => 'ก',
        c if c.is_numeric() => c,
        c => match (c.len_utf8(), c.is_uppercase(), c.is_lowercase()) {
            (2, true, _) => 'Ð',
            (2, _, true) => 'ð',
            (2, ..) => 'ǀ',
            (3, ..) => '一',
            _ => '𠀀',
        },
    }
}

/// The same, one of several that are told apart.
fn nth(c: char, number: usize) -> char {
    let after = |first: char, step: u32| {
        u32::try_from(number).ok().and_then(|number| char::from_u32(first as u32 + number * step)).unwrap_or(first)
    };
    match plain(c) {
        'x' | 'X' => char::from(LETTERS[number % LETTERS.len()]),
        '0' => after('1', 1).min('9'),
        '가' => after('가', 28),
        '一' => after('一', 1),
        'ð' => after('ñ', 1),
        other => other,
    }
}

/// `to` in the case of `c`.
fn cased(c: char, to: char) -> char {
    let mut upper = to.to_uppercase();
    match (c.is_uppercase(), upper.next(), upper.next()) {
        (true, Some(upper), None) if upper.len_utf8() == to.len_utf8() => upper,
        _ => to,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filler(names: &[&str]) -> Filler {
        let mut filler = Filler::default();
        names.iter().for_each(|name| filler.learn(name));
        filler
    }

    #[test]
    fn names_are_told_apart_and_other_words_are_not() {
        let filler = filler(&["Mira", "Jory", "Old Tom"]);
        let filled = filler.fill("# The Gate\n\n**Mira:** Come, JORY! 3 paces.\n\n**Old Tom:** *No*. Mira's?");
        let mira = filler.fill("Mira");
        let jory = filler.fill("JORY");
        assert_eq!(
            filled,
            format!(
                "# Xxx Xxxx\n\n**{mira}:** Xxxx, {jory}! 0 xxxxx.\n\n**{}:** *Xx*. {mira}'x?",
                filler.fill("Old Tom")
            )
        );
        assert_ne!(mira.to_lowercase(), jory.to_lowercase());
        assert!(mira.starts_with(char::is_uppercase) && !filled.contains("Mira"), "{filled}");
    }

    #[test]
    fn dice_stay_and_what_they_are_for_does_not() {
        let filler = filler(&["Mira"]);
        let mira = filler.fill("Mira");
        assert_eq!(filler.fill("I leap [[2d20kh1+3 over]]"), "X xxxx [[2d20kh1+3 xxxx]]");
        assert_eq!(filler.fill("[roll: Mira, 1d20, to leap]"), format!("[roll: {mira}, 1d20, xx xxxx]"));
        assert_eq!(filler.fill("[[ is not closed\nand ]]"), "[[ xx xxx xxxxxx\nxxx ]]");
    }

    proptest! {
        #[test]
        fn everything_keeps_its_shape(text in "\\PC{0,80}|([A-Za-z가-힣é0-9 *_\\[\\]:.\n]|Mira|김서연){0,60}") {
            let filled = filler(&["Mira", "김서연", "né"]).fill(&text);
            let shape = |text: &str| text.chars().map(|c| (c.len_utf8(), c.is_alphanumeric(), c.is_uppercase())).collect::<Vec<_>>();
            let between = |text: &str| text.chars().filter(|c| !c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(between(&filled), between(&text));
            prop_assert_eq!(filled.len(), text.len());
            prop_assert_eq!(filled.chars().count(), text.chars().count());
            prop_assert_eq!(shape(&filled).iter().map(|s| (s.0, s.1)).collect::<Vec<_>>(), shape(&text).iter().map(|s| (s.0, s.1)).collect::<Vec<_>>());
        }
    }
}
