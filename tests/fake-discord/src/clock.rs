//! The world's clock: real time, or behind it, plus an offset that tests may push forward. Never goes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Real time, plus what a test added to it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    behind: Duration,
    offset: Duration,
}

impl Clock {
    /// A clock that is behind real time by this much.
    pub(crate) fn behind(behind: Duration) -> Self {
        Self { behind, offset: Duration::ZERO }
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> u64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from((real + self.offset).saturating_sub(self.behind).as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.offset += by;
    }
}

/// Writes milliseconds since the epoch the way Discord writes times: `2026-11-21T13:45:00.123000+00:00`.
pub(crate) fn iso(ms: u64) -> String {
    let (days, of_day) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (h, m, s, milli) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{milli:03}000+00:00")
}

/// Days since 1970-01-01 to a date (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_discords() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(iso(1_709_210_096_789), "2024-02-29T12:34:56.789000+00:00");
        assert_eq!(iso(1_767_225_599_999), "2025-12-31T23:59:59.999000+00:00");
    }
}
