//! The operators behind dice and brackets, in our words and, when a dialect is named, in theirs.
//! A word that other programs read differently is refused with what to write instead.

use super::Reader;
use crate::dice::expression::{Dialect, Operation, Operator, Pick, Selector, Sides};
use crate::dice::fault::{DiceFault, Trouble};

/// The words of our own operators; longer ones first, so that `rr` is no `r`.
const WORDS: [(&str, Operator); 12] = [
    ("rr", Operator::RerollUntil),
    ("ro", Operator::RerollOnce),
    ("ra", Operator::AddOne),
    ("eo", Operator::ExplodeOnce),
    ("mi", Operator::Minimum),
    ("ma", Operator::Maximum),
    ("ms", Operator::Margin),
    ("cs", Operator::Successes),
    ("cf", Operator::Failures),
    ("k", Operator::Keep),
    ("p", Operator::Drop),
    ("e", Operator::Explode),
];

/// What other programs write with a number behind it, and what to write here; `#` stands for the number. Longer words
/// first.
const TRAPS: [(&str, &str); 9] = [
    ("dl", "write `pl#` to drop the lowest #"),
    ("dh", "write `ph#` to drop the highest #"),
    ("d", "write `pl#` to drop the lowest #, or a `+` between two kinds of dice"),
    ("xo", "write `eo#` to explode once"),
    ("x", "write `e#` to explode, or `#x(…)` to repeat"),
    ("ie", "write `e#` to explode again and again"),
    ("ir", "write `rr#` to reroll until none is left"),
    ("r", "write `ro#` to reroll once, `rr#` until none is left"),
    ("t", "write `cs>=#` to count successes"),
];

/// A dialect's word: what it does, what a bare number behind it selects, and the number when none is written.
type Foreign = (&'static str, Operator, Pick, Option<u32>);

impl Reader {
    /// All operators that follow. `sides` is given behind dice.
    pub(super) fn operations(&mut self, sides: Option<Sides>) -> Result<Vec<Operation>, DiceFault> {
        let mut operations: Vec<Operation> = Vec::new();
        loop {
            let before = self.cursor.at();
            self.cursor.blanks();
            let at = self.cursor.at();
            let read = match self.dialect_operation(sides, at)? {
                Some(read) => Some(read),
                None => self.operation(at)?,
            };
            let Some(next) = read else {
                self.trap(at)?;
                self.cursor.back_to(before);
                return Ok(operations);
            };
            if sides.is_none() && next.operator.dice_only() {
                return Err(Trouble::DiceOnly(next.operator.word()).at(at));
            }
            match operations.last_mut().filter(|last| last.operator == next.operator && last.operator.merges()) {
                Some(last) => last.selectors.extend(next.selectors),
                None => operations.push(next),
            }
        }
    }

    fn operation(&mut self, at: usize) -> Result<Option<Operation>, DiceFault> {
        let Some((word, operator)) = WORDS.into_iter().find(|(word, _)| self.cursor.begins(word)) else {
            return Ok(None);
        };
        self.cursor.skip(word.len());
        let Some((selector, bare)) = self.selector()? else {
            self.cursor.back_to(at);
            return Ok(None);
        };
        match operator {
            Operator::Minimum | Operator::Maximum if !bare => return Err(Trouble::BareNumber.at(at)),
            Operator::Keep if bare && self.dialect.is_none() => {
                let n = selector.number;
                let hint = format!("write `kh{n}` to keep the {n} highest, or `k={n}` to keep what shows {n}");
                return Err(Trouble::Ambiguous { found: format!("k{n}"), hint }.at(at));
            }
            _ => {}
        }
        Ok(Some(Operation { operator, selectors: vec![selector], at }))
    }

    /// A selector and whether it was a bare number.
    fn selector(&mut self) -> Result<Option<(Selector, bool)>, DiceFault> {
        let at = self.cursor.at();
        let picks = [
            (">=", Pick::AtLeast),
            ("<=", Pick::AtMost),
            (">", Pick::Over),
            ("<", Pick::Under),
            ("=", Pick::Equal),
            ("h", Pick::Highest),
            ("l", Pick::Lowest),
        ];
        let pick = picks.into_iter().find(|(word, _)| self.cursor.begins(word));
        if let Some((word, _)) = pick {
            self.cursor.skip(word.len());
        }
        let Some(number) = self.cursor.whole_number()? else {
            self.cursor.back_to(at);
            return Ok(None);
        };
        Ok(Some((Selector { pick: pick.map_or(Pick::Equal, |(_, pick)| pick), number }, pick.is_none())))
    }

    /// What the named dialect reads differently from us.
    fn dialect_operation(&mut self, sides: Option<Sides>, at: usize) -> Result<Option<Operation>, DiceFault> {
        let Some(dialect) = self.dialect.filter(|&dialect| dialect != Dialect::Avrae) else { return Ok(None) };
        let most = match sides {
            Some(Sides::Numbers(sides)) => sides.get(),
            Some(Sides::Tens) => 90,
            Some(Sides::Fate) | None => 1,
        };
        let words: &[Foreign] = match dialect {
            Dialect::Foundry => &[
                ("kh", Operator::Keep, Pick::Highest, Some(1)),
                ("kl", Operator::Keep, Pick::Lowest, Some(1)),
                ("k", Operator::Keep, Pick::Highest, Some(1)),
                ("dh", Operator::Drop, Pick::Highest, Some(1)),
                ("dl", Operator::Drop, Pick::Lowest, Some(1)),
                ("d", Operator::Drop, Pick::Lowest, Some(1)),
                ("xo", Operator::ExplodeOnce, Pick::Equal, Some(most)),
                ("x", Operator::Explode, Pick::Equal, Some(most)),
                ("rr", Operator::RerollUntil, Pick::Equal, Some(1)),
                ("r", Operator::RerollOnce, Pick::Equal, Some(1)),
            ],
            Dialect::Maiden | Dialect::Avrae => &[
                ("kl", Operator::Keep, Pick::Lowest, None),
                ("k", Operator::Keep, Pick::Highest, None),
                ("d", Operator::Drop, Pick::Lowest, None),
                ("ie", Operator::Explode, Pick::AtLeast, None),
                ("ir", Operator::RerollUntil, Pick::AtMost, None),
                ("e", Operator::ExplodeOnce, Pick::AtLeast, None),
                ("r", Operator::RerollOnce, Pick::AtMost, None),
                ("t", Operator::Successes, Pick::AtLeast, None),
                ("f", Operator::Failures, Pick::AtMost, None),
            ],
        };
        let Some((word, operator, pick, default)) = words.iter().find(|(word, ..)| self.cursor.begins(word)).copied()
        else {
            return Ok(None);
        };
        self.cursor.skip(word.len());
        let found = match self.selector()? {
            Some((selector, true)) => Some(Selector { pick, ..selector }),
            Some((selector, false)) => Some(selector),
            None if self.cursor.peek().is_some_and(char::is_alphabetic) => None,
            None => default.map(|number| Selector { pick, number }),
        };
        let Some(selector) = found else {
            self.cursor.back_to(at);
            return Ok(None);
        };
        Ok(Some(Operation { operator, selectors: vec![selector], at }))
    }

    /// Refuses what other programs write behind dice.
    fn trap(&mut self, at: usize) -> Result<(), DiceFault> {
        let found = self.cursor.word();
        let low = found.to_ascii_lowercase();
        for (word, hint) in TRAPS {
            let Some(rest) = low.strip_prefix(word) else { continue };
            let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() {
                return Err(Trouble::Foreign { found, hint: hint.replace('#', &number) }.at(at));
            }
        }
        if low.starts_with('!') && !low.starts_with("!=") {
            return Err(Trouble::Foreign { found, hint: "write `e6` to explode sixes".to_owned() }.at(at));
        }
        // An operator that stands right behind the dice and has no number.
        let bare = low.trim_end_matches(['h', 'l', '<', '>', '=']);
        if !self.cursor.blank_before() && WORDS.iter().any(|(word, _)| *word == bare) {
            return Err(Trouble::Missing("the number of the operator, as in `kh1`,").at(at));
        }
        Ok(())
    }
}
