//! What the gateway takes from its process instead of asking the operating system itself.

use std::sync::Arc;

/// The time, random bytes, and the figures that the process shows.
#[derive(Clone)]
pub struct Surroundings {
    /// Milliseconds since 1970.
    pub now_ms: fn() -> i64,
    /// Fills a buffer with random bytes that nobody can guess.
    pub fill_random: fn(&mut [u8]),
    /// All figures of the process, as Prometheus reads them.
    pub figures: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Surroundings {
    /// As many random bytes as the caller has room for.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill_random)(&mut bytes);
        bytes
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.now_ms)()
    }
}
