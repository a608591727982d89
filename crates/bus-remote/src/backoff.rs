//! When to try again: at growing intervals with an end, and never all nodes at the same moment.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::Entropy;

pub(crate) struct Backoff {
    first: Duration,
    last: Duration,
    next: Duration,
    entropy: Arc<dyn Entropy>,
}

impl Backoff {
    pub(crate) fn new(first: Duration, last: Duration, entropy: Arc<dyn Entropy>) -> Self {
        Self { first, last, next: first, entropy }
    }

    /// How long to wait before the next attempt: between half of the interval and the whole.
    pub(crate) fn wait(&mut self) -> Duration {
        let mut random = [0; 4];
        self.entropy.fill(&mut random);
        let fraction = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        let wait = self.next.mul_f64(0.5 + fraction / 2.0);
        self.next = (self.next * 2).min(self.last);
        wait
    }

    /// An attempt has succeeded.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Entropy for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn the_intervals_grow_to_an_end_and_are_spread_over_their_second_half() {
        let (first, last) = (Duration::from_millis(100), Duration::from_secs(1));
        let waits = |byte| {
            let mut backoff = Backoff::new(first, last, Arc::new(Always(byte)));
            (0..6).map(|_| backoff.wait().as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(waits(255), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(waits(0), [50, 100, 200, 400, 500, 500]);
        let mut backoff = Backoff::new(first, last, Arc::new(Always(255)));
        backoff.wait();
        backoff.reset();
        assert_eq!(backoff.wait(), first);
    }
}
