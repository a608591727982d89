//! What each node believes the time to be.

use std::sync::atomic::{AtomicI64, Ordering};

use chinwag_chat::{Clock, Timestamp};
use tokio::time::Instant;

/// When every simulation begins.
const BEGINNING_UNIX_MS: i64 = 1_760_000_000_000;

/// A clock that shows virtual time, more or less wrong.
pub(crate) struct SkewedClock {
    began: Instant,
    ahead_ms: AtomicI64,
}

impl SkewedClock {
    pub(crate) fn new(began: Instant) -> Self {
        Self { began, ahead_ms: AtomicI64::new(0) }
    }

    /// Sets it wrong by so much.
    pub(crate) fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::Relaxed);
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_unix_ms(BEGINNING_UNIX_MS + elapsed + self.ahead_ms.load(Ordering::Relaxed))
    }
}
