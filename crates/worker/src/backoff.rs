//! When work that failed is tried again.

use std::time::Duration;

use chinwag_chat::Entropy;

/// The longest that a receiver may ask to be left alone.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 60 * 60);

/// How often and when something is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts, the first one included.
    pub max_attempts: u32,
    /// The wait after the first attempt. Each wait is twice the one before it.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl RetryPolicy {
    /// The wait after that many attempts; none where there is to be no further one.
    ///
    /// Half of it is left to chance, so that many who failed together do not come back together.
    pub(crate) fn wait(
        &self,
        attempts: u32,
        not_before: Option<Duration>,
        entropy: &dyn Entropy,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(30);
        let full = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        let wait = full.mul_f64(0.5 + 0.5 * fraction(entropy));
        Some(wait.max(not_before.unwrap_or_default().min(LONGEST_WISH)))
    }
}

/// A number from 0 to 1, by chance.
pub(crate) fn fraction(entropy: &dyn Entropy) -> f64 {
    let mut bytes = [0; 4];
    entropy.fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(u8);

    impl Entropy for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    const POLICY: RetryPolicy = RetryPolicy {
        max_attempts: 8,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(20),
    };

    #[test]
    fn waits_double_up_to_the_longest_and_then_end() {
        let waits = (1..=8).map(|attempts| POLICY.wait(attempts, None, &Constant(0xff)));
        let seconds: Vec<_> = waits.map(|wait| wait.map(|wait| wait.as_secs_f64())).collect();
        let expected = [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0].map(Some);
        assert_eq!(seconds[..7], expected);
        assert_eq!(seconds[7], None);
    }

    #[test]
    fn chance_takes_at_most_half_of_a_wait() {
        assert_eq!(POLICY.wait(2, None, &Constant(0)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_but_not_for_ever() {
        let asked = |seconds| POLICY.wait(1, Some(Duration::from_secs(seconds)), &Constant(0xff));
        assert_eq!(asked(90), Some(Duration::from_secs(90)));
        assert_eq!(asked(0), Some(Duration::from_secs(1)));
        assert_eq!(asked(u64::MAX), Some(LONGEST_WISH));
    }

    #[test]
    fn a_policy_of_many_attempts_does_not_overflow() {
        let policy = RetryPolicy { max_attempts: u32::MAX, longest_wait: Duration::MAX, ..POLICY };
        assert!(policy.wait(u32::MAX - 1, None, &Constant(0)).is_some());
    }
}
