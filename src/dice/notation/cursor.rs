//! A place in a notation, and the small words read from there.
//! It knows characters and numbers, nothing of dice.

use crate::dice::fault::{DiceFault, Trouble};
use crate::dice::{MAX_NUMBER, MAX_SIDES};

pub(super) struct Cursor {
    chars: Vec<char>,
    at: usize,
}

impl Cursor {
    pub fn new(text: &str) -> Self {
        Self { chars: text.chars().collect(), at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn look(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.chars.len());
    }

    pub fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Whether a blank stands right here or right before.
    pub fn blank_before(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        self.peek().is_some_and(char::is_whitespace) || before.is_none_or(|c| c.is_whitespace())
    }

    /// Steps over these characters, if they come next.
    pub fn take(&mut self, word: &str) -> bool {
        let comes = word.chars().enumerate().all(|(ahead, c)| self.look(ahead) == Some(c));
        if comes {
            self.at += word.chars().count();
        }
        comes
    }

    /// Whether this word (ASCII, lower case) comes next, in any case.
    pub fn begins(&self, word: &str) -> bool {
        word.chars().enumerate().all(|(ahead, c)| self.look(ahead).is_some_and(|found| found.to_ascii_lowercase() == c))
    }

    /// [`Self::begins`], and the word ends there.
    pub fn begins_word(&self, word: &str) -> bool {
        self.begins(word) && !self.look(word.len()).is_some_and(char::is_alphanumeric)
    }

    /// Whether a colon follows this many bytes of ASCII, blanks aside.
    pub fn colon(&self, word: &str) -> bool {
        self.chars[self.at.min(self.chars.len())..].iter().skip(word.len()).find(|c| !c.is_whitespace()) == Some(&':')
    }

    pub fn digits(&mut self) -> String {
        let digits: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).collect();
        self.at += digits.len();
        digits
    }

    /// A number without fraction, if one comes next.
    pub fn whole_number(&mut self) -> Result<Option<u32>, DiceFault> {
        let at = self.at;
        let digits = self.digits();
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits.parse::<u32>().ok().filter(|&number| number <= MAX_NUMBER);
        number.map(Some).ok_or_else(|| Trouble::NumberTooLarge.at(at))
    }

    /// Whether what comes behind this many characters (a `d` was the first) is a die's sides.
    pub fn dice_follow(&self, ahead: usize) -> bool {
        let mut next = self.chars[(self.at + ahead).min(self.chars.len())..].iter().skip_while(|c| c.is_whitespace());
        match next.next() {
            Some('%') => true,
            Some('F' | 'f') => !next.next().is_some_and(|c| c.is_alphabetic() && !"kperm".contains(*c)),
            Some(c) => c.is_ascii_digit(),
            None => false,
        }
    }

    /// A name: letters, digits, `_` and `.` between them.
    pub fn name(&mut self) -> String {
        let named = |c: &&char| c.is_alphanumeric() || **c == '_' || **c == '.';
        let name: String = self.chars[self.at..].iter().take_while(named).collect();
        self.at += name.chars().count();
        name
    }

    /// What stands before the next such character, which is stepped over too.
    pub fn until(&mut self, end: char) -> Option<String> {
        let length = self.chars[self.at..].iter().position(|&c| c == end)?;
        let text = self.chars[self.at..self.at + length].iter().collect();
        self.at += length + 1;
        Some(text)
    }

    /// The next few characters up to a blank, to be shown in a fault.
    pub fn word(&self) -> String {
        self.chars[self.at..].iter().take_while(|c| !c.is_whitespace()).take(12).collect()
    }

    /// All that is left.
    pub fn rest(&mut self) -> String {
        let rest = self.chars[self.at..].iter().collect();
        self.at = self.chars.len();
        rest
    }
}

// A number of sides is a number.
const _: () = assert!(MAX_SIDES <= MAX_NUMBER);
