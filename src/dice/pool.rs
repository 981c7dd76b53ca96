//! What operators do to a row of values: which of them a selector means, who is kept, what is counted.
//! It throws no dice; that is asked of who has them.

use super::expression::{Operation, Operator, Pick, Selector};

/// A value an operator works on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub value: f64,
    pub kept: bool,
    /// 1 for a success, -1 for a failure.
    pub mark: i8,
}

impl Slot {
    pub fn new(value: f64) -> Self {
        Self { value, kept: true, mark: 0 }
    }
}

/// The places that the selectors mean among the kept values: each once, in the order in which they were found, at most
/// `most` of them.
pub(super) fn select(slots: &[Slot], selectors: &[Selector], most: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for selector in selectors {
        for place in matching(slots, *selector) {
            if found.len() < most && !found.contains(&place) {
                found.push(place);
            }
        }
    }
    found
}

fn matching(slots: &[Slot], selector: Selector) -> Vec<usize> {
    let kept = || (0..slots.len()).filter(|&place| slots[place].kept);
    let number = f64::from(selector.number);
    let count = selector.number as usize;
    let ranked = |turned: f64| {
        let mut places: Vec<usize> = kept().collect();
        // A stable sort: among equals the earlier one is taken.
        places.sort_by(|&a, &b| (slots[a].value * turned).total_cmp(&(slots[b].value * turned)));
        places.truncate(count);
        places
    };
    match selector.pick {
        Pick::Highest => ranked(-1.0),
        Pick::Lowest => ranked(1.0),
        Pick::Equal => kept().filter(|&place| slots[place].value == number).collect(),
        Pick::Over => kept().filter(|&place| slots[place].value > number).collect(),
        Pick::Under => kept().filter(|&place| slots[place].value < number).collect(),
        Pick::AtLeast => kept().filter(|&place| slots[place].value >= number).collect(),
        Pick::AtMost => kept().filter(|&place| slots[place].value <= number).collect(),
    }
}

/// Keeps, drops or marks. Other operators are left to who can throw.
pub(super) fn sort_out(slots: &mut [Slot], operation: &Operation) {
    let chosen = select(slots, &operation.selectors, usize::MAX);
    for (place, slot) in slots.iter_mut().enumerate().filter(|(_, slot)| slot.kept) {
        let is_chosen = chosen.contains(&place);
        match operation.operator {
            Operator::Keep => slot.kept = is_chosen,
            Operator::Drop => slot.kept = !is_chosen,
            Operator::Successes if is_chosen => slot.mark = 1,
            Operator::Failures if is_chosen => slot.mark = -1,
            _ => {}
        }
    }
}

/// What the values come to after all operators: added, or counted when the operators say so, less the margin's number.
pub(super) fn total(slots: &[Slot], operations: &[Operation]) -> f64 {
    let has = |operator| operations.iter().any(|operation| operation.operator == operator);
    let kept = slots.iter().filter(|slot| slot.kept);
    let sum = match (has(Operator::Successes), has(Operator::Failures)) {
        (false, false) => kept.map(|slot| slot.value).sum(),
        // Failures alone are counted; beside successes they are taken off.
        (false, true) => kept.filter(|slot| slot.mark < 0).count() as f64,
        (true, _) => kept.map(|slot| f64::from(slot.mark)).sum(),
    };
    let margins = operations.iter().filter(|operation| operation.operator == Operator::Margin);
    let selectors = margins.flat_map(|operation| &operation.selectors);
    selectors.fold(sum, |value, selector| match selector.pick {
        Pick::Under | Pick::AtMost | Pick::Lowest => f64::from(selector.number) - value,
        Pick::Equal | Pick::Over | Pick::AtLeast | Pick::Highest => value - f64::from(selector.number),
    })
}
