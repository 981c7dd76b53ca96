//! Money in words: what was spent, who pays, and which limit refuses a turn. What is not known is said to be unknown.
//! It counts nothing; the table does.

use super::provider_name;
use crate::domain::{EmptyPurse, ProviderName, Purse};
use crate::table::TableView;
use crate::table::money::Spending;

/// Millionths of a US dollar as people read it, never rounded to nothing.
pub fn dollars(micros: u64) -> String {
    let (whole, parts) = (micros / 1_000_000, micros % 1_000_000 / 100);
    match parts {
        0 if whole == 0 && micros > 0 => "less than $0.0001".to_owned(),
        parts if parts % 100 == 0 => format!("${whole}.{:02}", parts / 100),
        parts => format!("${whole}.{parts:04}"),
    }
}

/// What was spent, as far as known.
pub fn spent(spent: &Spending) -> String {
    let unknown = match spent.unknown_turns {
        0 => None,
        1 => Some("one turn of unknown price".to_owned()),
        many => Some(format!("{many} turns of unknown price")),
    };
    match (spent.micros, unknown) {
        (micros, None) => dollars(micros),
        (0, Some(unknown)) => unknown,
        (micros, Some(unknown)) => format!("{} and {unknown}", dollars(micros)),
    }
}

/// What today cost at a table, beside its limits.
pub fn today(view: &TableView) -> String {
    let mut out = spent(&view.today);
    if let Some(day) = view.budget.day {
        out.push_str(&format!(", of {} a day", dollars(day)));
    }
    if view.today.assumed_micros > 0 {
        let held = dollars(view.today.assumed_micros);
        out.push_str(&format!(" ({held} more is counted for what was cut off before it told its price)"));
    }
    if let Some(table) = view.budget.table {
        out.push_str(&format!("; in all {} of {}", spent(&view.spent), dollars(table)));
    }
    out
}

/// Who pays who answers.
pub fn payer(provider: &ProviderName, purse: Option<Purse>) -> String {
    let name = provider_name(provider);
    match purse {
        Some(Purse::Subscription) => format!("{name}'s subscription; amounts are what a key would cost"),
        Some(Purse::Key) => "a key, by use".to_owned(),
        Some(Purse::Free) => format!("nobody; {name} costs nothing"),
        None => format!("not known; {name} has not told"),
    }
}

/// Why a turn cannot begin, and when it can.
pub fn purse_is_empty(empty: EmptyPurse) -> &'static str {
    match empty {
        EmptyPurse::Day => {
            "Today's budget of this table is spent. It starts anew at midnight UTC; the host can raise `budget.per_day_usd`."
        }
        EmptyPurse::Table => {
            "This table's whole budget is spent. The host can raise `budget.total_usd`; the story waits here until then."
        }
        EmptyPurse::Seat => {
            "Your part of today's budget is spent. It starts anew at midnight UTC; the host can raise `budget.per_seat_day_usd`."
        }
        EmptyPurse::House => {
            "Today's budget of all tables together is spent. It starts anew at midnight UTC; the host can raise it at the top of the configuration."
        }
    }
}

/// Why somebody who costs nothing answers instead.
pub(super) fn spares(empty: EmptyPurse) -> &'static str {
    match empty {
        EmptyPurse::Day => "Today's budget of this table is spent; it starts anew at midnight UTC.",
        EmptyPurse::Table => "This table's whole budget is spent; the host can raise it.",
        EmptyPurse::Seat => "A seat's part of today's budget is spent; it starts anew at midnight UTC.",
        EmptyPurse::House => "Today's budget of all tables together is spent; it starts anew at midnight UTC.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_never_rounded_to_nothing() {
        for (micros, words) in [
            (0, "$0.00"),
            (40, "less than $0.0001"),
            (49_500, "$0.0495"),
            (120_000, "$0.12"),
            (5_000_000, "$5.00"),
            (12_345_678, "$12.3456"),
        ] {
            assert_eq!(dollars(micros), words);
        }
    }

    #[test]
    fn what_is_unknown_is_said_to_be_unknown() {
        let with = |micros, unknown_turns| spent(&Spending { micros, unknown_turns, assumed_micros: 0 });
        assert_eq!(with(0, 0), "$0.00");
        assert_eq!(with(0, 1), "one turn of unknown price");
        assert_eq!(with(120_000, 3), "$0.12 and 3 turns of unknown price");
    }
}
