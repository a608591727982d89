//! The time, from the operating system. The only place in Chinwag that asks for it.

use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_chat::{Clock, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port's one real adapter")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 is a clock that was never set; nothing sensible can be made of it.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_ms(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The time in nanoseconds since 1970, for what is measured and not only dated.
#[expect(clippy::disallowed_methods, reason = "as above")]
pub(crate) fn now_ns() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_has_been_set() {
        assert!(SystemClock.now() > Timestamp::from_unix_ms(1_760_000_000_000));
    }
}
