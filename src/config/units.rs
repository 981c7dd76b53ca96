//! Durations such as `90s` and sizes such as `10MB`.
//! It never guesses: a duration without a unit is none.

use std::time::Duration;

/// Reads a whole number with `ms`, `s`, `m`, `h` or `d` behind it.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let millis = match unit.to_ascii_lowercase().as_str() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

/// Reads a whole number of bytes, alone or with `B`, `KB`, `MB`, `GB` (thousands) or `KiB`, `MiB`, `GiB` behind it.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

/// Writes a duration the way it is read, in the largest unit that loses nothing.
pub(super) fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    show(millis, &units, "ms")
}

/// Writes a size the way it is read, in the largest unit that loses nothing.
pub(super) fn show_size(bytes: u64) -> String {
    let units =
        [(1 << 30, "GiB"), (1_000_000_000, "GB"), (1 << 20, "MiB"), (1_000_000, "MB"), (1 << 10, "KiB"), (1_000, "KB")];
    show(u128::from(bytes), &units, "B")
}

fn show(amount: u128, units: &[(u128, &str)], smallest: &str) -> String {
    let fitting = units.iter().find(|(size, _)| amount >= *size && amount.is_multiple_of(*size));
    match fitting {
        Some((size, unit)) => format!("{}{unit}", amount / size),
        None => format!("{amount}{smallest}"),
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_need_their_unit() {
        for (text, millis) in
            [("500ms", 500), ("90s", 90_000), ("5m", 300_000), (" 2 h ", 7_200_000), ("1D", 86_400_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "5", "m", "-5s", "1.5h", "5 minutes", "99999999999999999999s", "18446744073709551615d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_tell_thousands_from_powers_of_two() {
        for (text, bytes) in
            [("0", 0), ("4096", 4096), ("10MB", 10_000_000), ("16MiB", 16 << 20), ("64 kb", 64_000), ("1GB", 1 << 30)]
        {
            let expect = if text == "1GB" { 1_000_000_000 } else { bytes };
            assert_eq!(size(text), Some(expect), "{text}");
        }
        for bad in ["", "MB", "-1", "1.5MB", "10 apples", "99999999999GB"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(amount in any::<u64>()) {
            prop_assert_eq!(size(&show_size(amount)), Some(amount));
            let time = Duration::from_millis(amount);
            prop_assert_eq!(duration(&show_duration(time)), Some(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (size(&text), duration(&text));
        }
    }
}
