//! Money: who pays, what may be spent and which limit was met. Amounts are millionths of a US dollar.
//! Nothing is counted here; that is done at the table.

use serde::{Deserialize, Serialize};

/// Who pays for what a provider does, as far as the provider tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purse {
    /// A subscription of the provider's: an amount is what the same would cost by key.
    Subscription,
    /// A key, by use.
    Key,
    /// Nobody: it costs nothing.
    Free,
}

/// What may be spent; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// By one turn.
    pub turn: Option<u64>,
    /// By the table in one UTC day.
    pub day: Option<u64>,
    /// By the table in all.
    pub table: Option<u64>,
    /// By one seat in one UTC day.
    pub seat_day: Option<u64>,
}

/// Which purse is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyPurse {
    /// The table's of this day.
    Day,
    /// The table's altogether.
    Table,
    /// The seat's of this day.
    Seat,
    /// That of all tables of this day.
    House,
}
