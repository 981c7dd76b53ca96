//! What may be spent: by a turn, a day, a seat, a table, and by all tables together.
//! It counts nothing; who keeps the limits is elsewhere.

use figment::value::Value;

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};

/// More than anyone spends; keeps millionths of a dollar far from the end of a `u64`.
const MAX_USD: f64 = 1_000_000.0;

/// The keys of a table's budget.
pub(super) const KEYS: &[Key] = &[
    Key::new("per_turn_usd", Shape::Number),
    Key::new("per_day_usd", Shape::Number),
    Key::new("per_seat_day_usd", Shape::Number),
    Key::new("total_usd", Shape::Number),
];
/// The keys of the budget of all tables together.
pub(super) const HOUSE_KEYS: &[Key] = &[Key::new("per_day_usd", Shape::Number)];

/// Limits of what may be spent at one table, in US dollars, each above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// By one turn.
    pub per_turn_usd: Option<f64>,
    /// In one day, counted in UTC.
    pub per_day_usd: Option<f64>,
    /// By one seat in one day.
    pub per_seat_day_usd: Option<f64>,
    /// In all.
    pub total_usd: Option<f64>,
}

impl Budget {
    /// This budget, and of the other whatever this one does not say.
    pub fn or(self, other: Self) -> Self {
        Self {
            per_turn_usd: self.per_turn_usd.or(other.per_turn_usd),
            per_day_usd: self.per_day_usd.or(other.per_day_usd),
            per_seat_day_usd: self.per_seat_day_usd.or(other.per_seat_day_usd),
            total_usd: self.total_usd.or(other.total_usd),
        }
    }
}

/// Reads the budget below a table or the defaults.
pub(super) fn read<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> Budget {
    let section = &reader.section(section, "budget", KEYS);
    Budget {
        per_turn_usd: usd(reader, section, "per_turn_usd"),
        per_day_usd: usd(reader, section, "per_day_usd"),
        per_seat_day_usd: usd(reader, section, "per_seat_day_usd"),
        total_usd: usd(reader, section, "total_usd"),
    }
}

/// Reads what all tables may spend in one day.
pub(super) fn read_house<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Option<f64> {
    let section = &reader.section(root, "budget", HOUSE_KEYS);
    usd(reader, section, "per_day_usd")
}

fn usd<'a>(reader: &mut Reader<'a>, section: &Section<'a>, key: &str) -> Option<f64> {
    reader.parsed(section, key, "an amount of US dollars above 0, such as 0.50", |value| {
        let Value::Num(_, number) = value else { return None };
        let amount = number.to_u128_lossy().map(|whole| whole as f64).or_else(|| number.to_f64())?;
        (amount > 0.0 && amount <= MAX_USD).then_some(amount)
    })
}
