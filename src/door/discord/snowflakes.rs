//! Discord's ids as points in time, and back. PURE.
//! It asks no clock.

use crate::domain::Timestamp;

/// How far the clocks may differ when a message is looked for by its time.
const CLOCKS_MS: i64 = 30 * 1000;
/// The first millisecond of Discord's ids (reference, "Snowflakes").
const EPOCH_MS: i64 = 1_420_070_400_000;

/// Before the smallest id of what was sent at `at`, however the clocks differ.
pub(super) fn about(at: Timestamp) -> u64 {
    snowflake(Timestamp::from_millis(at.millis() - CLOCKS_MS))
}

/// The smallest id of a message that is written at `at`.
pub(super) fn snowflake(at: Timestamp) -> u64 {
    u64::try_from(at.millis() - EPOCH_MS).unwrap_or(0) << 22
}

/// When the message of this id was written.
pub(super) fn written_at(id: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(id >> 22).unwrap_or(i64::MAX / 2) + EPOCH_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_time() {
        let at = Timestamp::from_millis(1_795_269_600_123);
        assert_eq!(written_at(snowflake(at)), at);
        assert_eq!(snowflake(Timestamp::from_millis(0)), 0);
    }
}
