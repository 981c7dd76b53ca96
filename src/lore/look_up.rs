//! Looking something up in the books, whether or not play has called it: by keys, names and words. PURE.
//! It changes no entry's time and draws no chance; what is turned off stays unread.

use super::keys::Window;
use super::{Book, Entry, LoreAudience};
use crate::format::macros::{self, Names};

/// How many entries are shown at most.
const SHOWN: usize = 5;
/// How much of one is shown, in characters.
const SHOWN_CHARS: usize = 1_500;

/// An entry that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Its name for people.
    pub label: String,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// What it says.
    pub text: String,
}

/// What the books say about these words, the best fit first.
pub fn look_up(books: &[&Book], words: &str) -> Vec<LookedUp> {
    let asked = Window::new(words.to_owned());
    let terms: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|term| !term.is_empty()).collect();
    let mut found: Vec<(usize, &Book, &Entry)> = Vec::new();
    for book in books {
        for entry in book.entries.iter().filter(|entry| entry.enabled && !entry.decorators.dont_activate) {
            let fit = fit(entry, &asked, &terms);
            if fit > 0 {
                found.push((fit, book, entry));
            }
        }
    }
    // Of equals the one that stands first.
    found.sort_by_key(|(fit, ..)| std::cmp::Reverse(*fit));
    found.into_iter().take(SHOWN).map(|(_, book, entry)| shown(book, entry)).collect()
}

/// How well an entry fits: a key counts most, then its name, then its text if that has every word.
fn fit(entry: &Entry, asked: &Window, terms: &[&str]) -> usize {
    let has = |text: &str| {
        let window = Window::new(text.to_owned());
        terms.iter().filter(|term| window.has(term)).count()
    };
    let keys = entry.keys.iter().filter(|key| key.is_in(asked)).count() * 100;
    let label = has(&entry.label) * 10;
    let text = if !terms.is_empty() && has(&entry.content) == terms.len() { 1 } else { 0 };
    keys + label + text
}

fn shown(book: &Book, entry: &Entry) -> LookedUp {
    // A card's book knows its character by the card's name.
    let names = Names { character: &book.name, user: "the player", seed: 0 };
    let text = macros::expand(&entry.content, &names).text;
    let text = text.trim().chars().take(SHOWN_CHARS).collect();
    LookedUp { label: entry.label.clone(), audience: entry.audience.clone(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lore::read;

    fn looked_up(words: &str) -> Vec<String> {
        let book = r#"{"entries":{
            "0":{"uid":0,"key":["silver bell"],"content":"Cast from coins by {{char}}.","comment":"Bell"},
            "1":{"uid":1,"key":["traitor"],"content":"Tomas is it.","comment":"Secret","extensions":{"gm":{"audience":"gm"}}},
            "2":{"uid":2,"key":["moon"],"content":"A bell of light.","comment":"Moon"},
            "3":{"uid":3,"key":["bell"],"content":"Off.","comment":"Off","disable":true},
            "4":{"uid":4,"key":["王冠"],"content":"井戸の底。","comment":"王冠"}}}"#;
        let book = read(book, "harrow").unwrap();
        look_up(&[&book], words).into_iter().map(|found| format!("{}: {}", found.label, found.text)).collect()
    }

    #[test]
    fn keys_count_more_than_names_and_names_more_than_words() {
        assert_eq!(looked_up("the silver bell"), ["Bell: Cast from coins by harrow."]);
        assert_eq!(looked_up("bell"), ["Bell: Cast from coins by harrow.", "Moon: A bell of light."]);
        assert_eq!(looked_up("王冠はどこ"), ["王冠: 井戸の底。"]);
        assert_eq!(looked_up("Secret traitor"), ["Secret: Tomas is it."]);
        assert!(looked_up("dragon").is_empty() && looked_up("").is_empty() && looked_up("\" OR *").is_empty());
    }
}
