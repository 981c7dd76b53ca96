//! Throws an expression: the tree is walked from left to right, every die is drawn from [`Faces`].
//! It draws in that order and no other, so that a proof can draw again.

use std::num::NonZeroU32;

use super::expression::{Dice, Expression, Kind, Notation, Operation, Operator, Sides, Sign, TWENTY};
use super::fault::{DiceFault, Trouble};
use super::outcome::{Counted, Critical, Die, Outcome, Row, Shape, Term};
use super::pool::{self, Slot};
use super::{MAX_CHARS, MAX_DICE};

/// Where the faces of dice come from.
pub trait Faces {
    /// The face of one die: 1 to `sides`.
    fn face(&mut self, sides: NonZeroU32) -> u32;
}

/// The largest result: up to here every whole number is exact in an `f64`.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Throws a notation.
///
/// # Errors
///
/// When it throws too many dice, divides by zero, grows too large or uses a name that `names` does not know.
pub fn evaluate(
    notation: &Notation,
    faces: &mut dyn Faces,
    names: &dyn Fn(&str) -> Option<i64>,
) -> Result<Outcome, DiceFault> {
    let mut throw = Throw { faces, names, used: Vec::new(), thrown: 0 };
    let mut rows = Vec::new();
    for _ in 0..notation.repeat.unwrap_or(1) {
        let term = throw.term(&notation.expression)?;
        let total = term.value.trunc() as i64;
        let critical = critical(&notation.expression, &term);
        let compares = matches!(notation.expression.kind, Kind::Binary { sign, .. } if sign.compares());
        rows.push(Row { term, total, critical, compares });
    }
    Ok(Outcome { text: notation.text.clone(), label: notation.label.clone(), rows, names: throw.used })
}

struct Throw<'a> {
    faces: &'a mut dyn Faces,
    names: &'a dyn Fn(&str) -> Option<i64>,
    used: Vec<(String, i64)>,
    thrown: u32,
}

impl Throw<'_> {
    fn term(&mut self, expression: &Expression) -> Result<Term, DiceFault> {
        let at = expression.at;
        let (shape, value) = match &expression.kind {
            Kind::Number(value) => (Shape::Number, *value),
            Kind::Name(name) => (Shape::Name(name.clone()), self.name(name, at)?),
            Kind::Dice(dice) => self.dice(dice, at)?,
            Kind::Set { members, operations } => self.set(members, operations)?,
            Kind::Group(inner) => {
                let inner = self.term(inner)?;
                let value = inner.value;
                (Shape::Group(Box::new(inner)), value)
            }
            Kind::Negative(inner) => {
                let inner = self.term(inner)?;
                let value = -inner.value;
                (Shape::Signed('-', Box::new(inner)), value)
            }
            Kind::Positive(inner) => {
                let inner = self.term(inner)?;
                let value = inner.value;
                (Shape::Signed('+', Box::new(inner)), value)
            }
            Kind::Binary { left, sign, right } => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                let value = calculate(left.value, *sign, right.value).ok_or_else(|| Trouble::DividesByZero.at(at))?;
                (Shape::Binary(Box::new(left), sign.word(), Box::new(right)), value)
            }
        };
        if value.is_nan() || value.abs() > MOST {
            return Err(Trouble::ResultTooLarge.at(at));
        }
        Ok(Term { shape, value, notes: expression.notes.clone(), dropped: false })
    }

    fn name(&mut self, name: &str, at: usize) -> Result<f64, DiceFault> {
        let known = self.used.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let value = match known {
            Some(value) => value,
            None => {
                let short: String = name.chars().take(MAX_CHARS / 8).collect();
                let value = (self.names)(name).ok_or_else(|| Trouble::UnknownName(short).at(at))?;
                self.used.push((name.to_owned(), value));
                value
            }
        };
        Ok(value as f64)
    }

    fn set(&mut self, members: &[Expression], operations: &[Operation]) -> Result<(Shape, f64), DiceFault> {
        let mut terms = members.iter().map(|member| self.term(member)).collect::<Result<Vec<_>, _>>()?;
        let mut slots: Vec<Slot> = terms.iter().map(|term| Slot::new(term.value)).collect();
        for operation in operations {
            pool::sort_out(&mut slots, operation);
        }
        for (term, slot) in terms.iter_mut().zip(&slots) {
            term.dropped = !slot.kept;
        }
        Ok((Shape::Set { members: terms, counted: counted(operations) }, pool::total(&slots, operations)))
    }

    fn dice(&mut self, dice: &Dice, at: usize) -> Result<(Shape, f64), DiceFault> {
        let mut row = Vec::new();
        for _ in 0..dice.count {
            row.push(self.die(dice.sides, at)?);
        }
        for operation in &dice.operations {
            self.operate(&mut row, dice.sides, operation)?;
        }
        let value = pool::total(&slots(&row), &dice.operations);
        Ok((Shape::Dice { dice: row, counted: counted(&dice.operations) }, value))
    }

    fn operate(&mut self, row: &mut Vec<Die>, sides: Sides, operation: &Operation) -> Result<(), DiceFault> {
        let chosen = |row: &[Die], most| pool::select(&slots(row), &operation.selectors, most);
        match operation.operator {
            Operator::Keep | Operator::Drop | Operator::Successes | Operator::Failures => {
                let mut slots = slots(row);
                pool::sort_out(&mut slots, operation);
                for (die, slot) in row.iter_mut().zip(slots) {
                    (die.kept, die.mark) = (slot.kept, slot.mark);
                }
            }
            Operator::RerollUntil => loop {
                let places = in_order(chosen(row, usize::MAX));
                if places.is_empty() {
                    break;
                }
                self.again(row, &places, sides, operation.at)?;
            },
            Operator::RerollOnce => {
                let places = in_order(chosen(row, usize::MAX));
                self.again(row, &places, sides, operation.at)?;
            }
            Operator::AddOne => self.explode(row, chosen(row, 1), sides, operation.at)?,
            Operator::ExplodeOnce => self.explode(row, chosen(row, usize::MAX), sides, operation.at)?,
            Operator::Explode => loop {
                let fresh: Vec<usize> =
                    chosen(row, usize::MAX).into_iter().filter(|&place| !row[place].exploded).collect();
                if fresh.is_empty() {
                    break;
                }
                self.explode(row, fresh, sides, operation.at)?;
            },
            Operator::Minimum | Operator::Maximum => bound(row, operation),
            Operator::Margin => {}
        }
        Ok(())
    }

    fn again(&mut self, row: &mut [Die], places: &[usize], sides: Sides, at: usize) -> Result<(), DiceFault> {
        for &place in places {
            let face = self.face(sides, at)?;
            row[place].shown.push(face);
            row[place].set_to = None;
        }
        Ok(())
    }

    fn explode(&mut self, row: &mut Vec<Die>, places: Vec<usize>, sides: Sides, at: usize) -> Result<(), DiceFault> {
        for place in places {
            row[place].exploded = true;
            row.push(self.die(sides, at)?);
        }
        Ok(())
    }

    fn die(&mut self, sides: Sides, at: usize) -> Result<Die, DiceFault> {
        Ok(Die { shown: vec![self.face(sides, at)?], set_to: None, kept: true, exploded: false, mark: 0 })
    }

    fn face(&mut self, sides: Sides, at: usize) -> Result<i32, DiceFault> {
        self.thrown += 1;
        if self.thrown > MAX_DICE {
            return Err(Trouble::TooManyDice.at(at));
        }
        const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
        const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();
        // At most a million, so it fits.
        let mut draw = |sides| self.faces.face(sides).cast_signed();
        Ok(match sides {
            Sides::Numbers(sides) => draw(sides),
            Sides::Tens => (draw(TEN) - 1) * 10,
            Sides::Fate => draw(THREE) - 2,
        })
    }
}

/// Rerolls happen in the order of the dice, whatever the order in which selectors found them.
fn in_order(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places
}

fn slots(row: &[Die]) -> Vec<Slot> {
    row.iter().map(|die| Slot { value: f64::from(die.value()), kept: die.kept, mark: die.mark }).collect()
}

fn bound(row: &mut [Die], operation: &Operation) {
    let Some(limit) = operation.selectors.last().map(|selector| selector.number.cast_signed()) else { return };
    for die in row.iter_mut().filter(|die| die.kept) {
        let below = operation.operator == Operator::Minimum && die.value() < limit;
        let above = operation.operator == Operator::Maximum && die.value() > limit;
        if below || above {
            die.set_to = Some(limit);
        }
    }
}

fn counted(operations: &[Operation]) -> Counted {
    let has = |operator| operations.iter().any(|operation| operation.operator == operator);
    Counted { marks: has(Operator::Successes) || has(Operator::Failures), margin: has(Operator::Margin) }
}

/// None when it divides by zero.
fn calculate(left: f64, sign: Sign, right: f64) -> Option<f64> {
    let yes = |holds: bool| Some(f64::from(u8::from(holds)));
    match sign {
        Sign::Times => Some(left * right),
        Sign::Divided => (right != 0.0).then(|| left / right),
        Sign::DividedWhole => (right != 0.0).then(|| (left / right).floor()),
        // The remainder has the sign of the divisor, as it goes with rounding down.
        Sign::Remainder => (right != 0.0).then(|| left - (left / right).floor() * right),
        Sign::Plus => Some(left + right),
        Sign::Minus => Some(left - right),
        Sign::Equal => yes(left == right),
        Sign::Unequal => yes(left != right),
        Sign::Over => yes(left > right),
        Sign::Under => yes(left < right),
        Sign::AtLeast => yes(left >= right),
        Sign::AtMost => yes(left <= right),
    }
}

/// Whether the leftmost die is a d20 of which one is kept and shows 20 or 1.
fn critical(expression: &Expression, term: &Term) -> Option<Critical> {
    match (&expression.kind, &term.shape) {
        (Kind::Dice(dice), Shape::Dice { dice: row, .. }) if dice.sides == Sides::Numbers(TWENTY) => {
            let mut kept = row.iter().filter(|die| die.kept);
            match (kept.next().map(Die::value), kept.next()) {
                (Some(20), None) => Some(Critical::Hit),
                (Some(1), None) => Some(Critical::Miss),
                _ => None,
            }
        }
        (Kind::Binary { left, .. }, Shape::Binary(term, ..)) => critical(left, term),
        (Kind::Group(inner), Shape::Group(term)) => critical(inner, term),
        (Kind::Positive(inner) | Kind::Negative(inner), Shape::Signed(_, term)) => critical(inner, term),
        (Kind::Set { members, .. }, Shape::Set { members: terms, .. }) => critical(members.first()?, terms.first()?),
        _ => None,
    }
}
