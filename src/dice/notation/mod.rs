//! Reads a notation: what people write becomes an [`Expression`], or a fault that says what to write instead.
//! It throws nothing; the operators behind dice and brackets are read in `operators`.

mod cursor;
mod operators;

use std::num::NonZeroU32;
use std::str::FromStr;

use self::cursor::Cursor;
use super::expression::{Advantage, Dialect, Dice, Expression, Kind, Notation, Sides, Sign};
use super::fault::{DiceFault, Trouble};
use super::{MAX_CHARS, MAX_DEPTH, MAX_DICE, MAX_REPEATS, MAX_SIDES};

impl FromStr for Notation {
    type Err = DiceFault;

    fn from_str(text: &str) -> Result<Self, DiceFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Trouble::Empty.at(0));
        }
        if text.chars().count() > MAX_CHARS {
            return Err(Trouble::TooLong.at(MAX_CHARS));
        }
        let mut reader = Reader { cursor: Cursor::new(text), dialect: None, depth: 0 };
        reader.notation(text)
    }
}

struct Reader {
    cursor: Cursor,
    dialect: Option<Dialect>,
    depth: usize,
}

impl Reader {
    fn notation(&mut self, text: &str) -> Result<Notation, DiceFault> {
        self.dialect = self.dialect_word();
        let mut advantage = self.advantage_word();
        let repeat = self.repeat()?;
        let mut expression = self.comparison()?;
        if self.cursor.blank_before() && advantage.is_none() {
            advantage = self.advantage_word();
        }
        if let Some(which) = advantage
            && !expression.advantage(which)
        {
            return Err(Trouble::NoD20.at(expression.at));
        }
        let label = self.label()?;
        Ok(Notation { text: text.to_owned(), repeat, expression, label })
    }

    /// `foundry:` at the beginning.
    fn dialect_word(&mut self) -> Option<Dialect> {
        let found = Dialect::NAMED.iter().find(|(word, _)| self.cursor.begins_word(word) && self.cursor.colon(word))?;
        self.cursor.skip(found.0.len());
        self.cursor.blanks();
        self.cursor.take(":");
        Some(found.1)
    }

    fn advantage_word(&mut self) -> Option<Advantage> {
        self.cursor.blanks();
        let words = [
            ("advantage", Advantage::Higher),
            ("adv", Advantage::Higher),
            ("disadvantage", Advantage::Lower),
            ("dis", Advantage::Lower),
        ];
        let (word, which) = words.into_iter().find(|(word, _)| self.cursor.begins_word(word))?;
        self.cursor.skip(word.len());
        Some(which)
    }

    /// `6x(` at the beginning; the bracket is left to be read.
    fn repeat(&mut self) -> Result<Option<u32>, DiceFault> {
        self.cursor.blanks();
        let start = self.cursor.at();
        let Some(count) = self.cursor.whole_number()? else { return Ok(None) };
        self.cursor.blanks();
        if !(self.cursor.take("x") || self.cursor.take("X")) {
            self.cursor.back_to(start);
            return Ok(None);
        }
        if !(1..=MAX_REPEATS).contains(&count) {
            return Err(Trouble::Repeats.at(start));
        }
        Ok(Some(count))
    }

    /// Whatever stands behind the expression: a label behind `#`, or plain words behind a blank.
    fn label(&mut self) -> Result<Option<String>, DiceFault> {
        let apart = self.cursor.blank_before();
        self.cursor.blanks();
        let at = self.cursor.at();
        let Some(first) = self.cursor.peek() else { return Ok(None) };
        let hash = self.cursor.take("#");
        let is_label = hash || (apart && first.is_alphabetic());
        if !is_label {
            return Err(match first {
                ')' | '}' | ']' => Trouble::Missing("an opening bracket").at(at),
                ';' => {
                    Trouble::Foreign { found: ";".into(), hint: "write `(4d6, 2d8)` for several at once".into() }.at(at)
                }
                _ => Trouble::Unexpected(self.cursor.word()).at(at),
            });
        }
        let label = self.cursor.rest();
        Ok(Some(label.trim().to_owned()).filter(|label| !label.is_empty()))
    }

    fn comparison(&mut self) -> Result<Expression, DiceFault> {
        let signs = [
            ("==", Sign::Equal),
            ("!=", Sign::Unequal),
            (">=", Sign::AtLeast),
            ("<=", Sign::AtMost),
            (">", Sign::Over),
            ("<", Sign::Under),
        ];
        self.chain(&signs, Self::sum)
    }

    fn sum(&mut self) -> Result<Expression, DiceFault> {
        self.chain(&[("+", Sign::Plus), ("-", Sign::Minus), ("−", Sign::Minus)], Self::product)
    }

    fn product(&mut self) -> Result<Expression, DiceFault> {
        let signs = [
            ("*", Sign::Times),
            ("×", Sign::Times),
            ("//", Sign::DividedWhole),
            ("/", Sign::Divided),
            ("÷", Sign::Divided),
            ("%", Sign::Remainder),
        ];
        self.chain(&signs, Self::signed)
    }

    /// Terms of one rank with signs between them, read from left to right.
    fn chain(
        &mut self,
        signs: &[(&str, Sign)],
        term: fn(&mut Self) -> Result<Expression, DiceFault>,
    ) -> Result<Expression, DiceFault> {
        let mut left = term(self)?;
        loop {
            let before = self.cursor.at();
            self.cursor.blanks();
            let Some(sign) = signs.iter().find(|(word, _)| self.cursor.take(word)).map(|(_, sign)| *sign) else {
                self.cursor.back_to(before);
                return Ok(left);
            };
            let right = Box::new(term(self)?);
            let at = left.at;
            left = Expression { kind: Kind::Binary { left: Box::new(left), sign, right }, notes: Vec::new(), at };
        }
    }

    fn signed(&mut self) -> Result<Expression, DiceFault> {
        self.cursor.blanks();
        let at = self.cursor.at();
        let negative = self.cursor.take("-") || self.cursor.take("−");
        if !negative && !self.cursor.take("+") {
            return self.noted();
        }
        let inner = Box::new(self.deeper(at, Self::signed)?);
        let kind = if negative { Kind::Negative(inner) } else { Kind::Positive(inner) };
        Ok(Expression { kind, notes: Vec::new(), at })
    }

    fn deeper(
        &mut self,
        at: usize,
        read: fn(&mut Self) -> Result<Expression, DiceFault>,
    ) -> Result<Expression, DiceFault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Trouble::TooDeep.at(at));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    /// A term with its notes in square brackets.
    fn noted(&mut self) -> Result<Expression, DiceFault> {
        let at = self.cursor.at();
        let kind = self.term()?;
        let mut notes = Vec::new();
        loop {
            let before = self.cursor.at();
            self.cursor.blanks();
            if !self.cursor.take("[") {
                self.cursor.back_to(before);
                return Ok(Expression { kind, notes, at });
            }
            notes.push(self.cursor.until(']').ok_or_else(|| Trouble::Missing("a closing `]`").at(before))?);
        }
    }

    fn term(&mut self) -> Result<Kind, DiceFault> {
        let at = self.cursor.at();
        match self.cursor.peek() {
            Some('(') => self.bracket('(', ')'),
            Some('{') => self.bracket('{', '}'),
            Some('@') => {
                self.cursor.skip(1);
                let name = self.cursor.name();
                if name.is_empty() {
                    return Err(Trouble::Missing("a name behind `@`").at(at));
                }
                Ok(Kind::Name(name))
            }
            Some('d' | 'D') if self.cursor.dice_follow(1) => self.dice(1, at),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(at),
            Some(_) | None => Err(Trouble::Missing("a number or dice").at(at)),
        }
    }

    fn number(&mut self, at: usize) -> Result<Kind, DiceFault> {
        let whole = self.cursor.whole_number()?;
        if self.cursor.take(".") {
            let digits = self.cursor.digits();
            if whole.is_none() && digits.is_empty() {
                return Err(Trouble::Missing("a number").at(at));
            }
            let fraction: f64 = format!("0.{digits}0").parse().unwrap_or_default();
            return Ok(Kind::Number(f64::from(whole.unwrap_or_default()) + fraction));
        }
        let Some(whole) = whole else { return Err(Trouble::Missing("a number").at(at)) };
        let before = self.cursor.at();
        self.cursor.blanks();
        if matches!(self.cursor.peek(), Some('d' | 'D')) && self.cursor.dice_follow(1) {
            return self.dice(whole, at);
        }
        self.cursor.back_to(before);
        Ok(Kind::Number(f64::from(whole)))
    }

    /// Dice, from their `d` on.
    fn dice(&mut self, count: u32, at: usize) -> Result<Kind, DiceFault> {
        self.cursor.skip(1);
        if count > MAX_DICE {
            return Err(Trouble::TooManyDice.at(at));
        }
        self.cursor.blanks();
        let here = self.cursor.at();
        let sides = if self.cursor.take("%") {
            Sides::Tens
        } else if self.cursor.take("F") || self.cursor.take("f") {
            Sides::Fate
        } else {
            let number =
                self.cursor.whole_number()?.ok_or_else(|| Trouble::Missing("the sides of the die").at(here))?;
            if number > MAX_SIDES {
                return Err(Trouble::TooManySides.at(here));
            }
            Sides::Numbers(NonZeroU32::new(number).ok_or_else(|| Trouble::NoSides.at(here))?)
        };
        let operations = self.operations(Some(sides))?;
        Ok(Kind::Dice(Dice { count, sides, operations }))
    }

    fn bracket(&mut self, open: char, close: char) -> Result<Kind, DiceFault> {
        let at = self.cursor.at();
        self.cursor.skip(open.len_utf8());
        let mut members = Vec::new();
        let mut comma = false;
        loop {
            self.cursor.blanks();
            if self.cursor.peek() == Some(close) {
                break;
            }
            if self.cursor.peek().is_none() {
                return Err(Trouble::Missing("a closing bracket").at(self.cursor.at()));
            }
            members.push(self.deeper(at, Self::comparison)?);
            self.cursor.blanks();
            let more = self.cursor.take(",");
            comma |= more;
            if !more && self.cursor.peek() != Some(close) {
                let trouble = match self.cursor.peek() {
                    Some(';') => {
                        Trouble::Foreign { found: ";".into(), hint: "put commas between the parts of a pool".into() }
                    }
                    _ => Trouble::Missing("a closing bracket"),
                };
                return Err(trouble.at(self.cursor.at()));
            }
        }
        self.cursor.skip(close.len_utf8());
        let operations = self.operations(None)?;
        if members.len() == 1 && !comma && operations.is_empty() {
            // One member without a comma: the brackets only group.
            if let Some(only) = members.pop() {
                return Ok(Kind::Group(Box::new(only)));
            }
        }
        Ok(Kind::Set { members, operations })
    }
}
