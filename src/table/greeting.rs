//! The greetings with which characters open scenes, as doors ask for them: by a name and a number.
//! The words are on the card; who may have them told is decided in `machine/greeting.rs`.

use crate::domain::Part;

/// Which greeting is to open a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreetingWish {
    /// Whose, by any name they go by.
    pub character: String,
    /// Which of theirs; the first is 1.
    pub which: usize,
}

impl GreetingWish {
    /// `Mira` or `Mira#2`: without a number the first.
    pub fn read(words: &str) -> Self {
        let numbered = words.rsplit_once('#').and_then(|(name, number)| Some((name, number.trim().parse().ok()?)));
        let (name, which) = numbered.unwrap_or((words, 1));
        Self { character: name.trim().to_owned(), which }
    }
}

/// A greeting that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardGreeting {
    /// Whose.
    pub by: Part,
    /// Which of theirs; the first is 1.
    pub which: usize,
    /// As it would be told.
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_stand_behind_the_name() {
        let check = |words: &str, character: &str, which| {
            assert_eq!(GreetingWish::read(words), GreetingWish { character: character.to_owned(), which }, "{words}");
        };
        check("Mira", "Mira", 1);
        check(" Old Tom #12 ", "Old Tom", 12);
        check("Unit#x", "Unit#x", 1);
        check("Unit #7#2", "Unit #7", 2);
        check("Mira#99999999999999999999999", "Mira#99999999999999999999999", 1);
    }
}
