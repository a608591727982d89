//! All the randomness there is: a stream of numbers that the seed decides.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::Entropy;
use parking_lot::Mutex;

/// A seeded source of chance. Clones share the stream; [`Chance::fork`] begins another.
#[derive(Clone)]
pub(crate) struct Chance(Arc<Mutex<u64>>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    /// A stream of its own, so that who draws more from one does not change what another draws.
    pub(crate) fn fork(&self) -> Self {
        Self::new(self.next())
    }

    /// The next number: SplitMix64, which is small, fast and good enough to decide what breaks.
    pub(crate) fn next(&self) -> u64 {
        let mut state = self.0.lock();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero if there is none.
    pub(crate) fn below(&self, end: usize) -> usize {
        let end = end as u64;
        usize::try_from(self.next().checked_rem(end).unwrap_or(0)).unwrap_or(0)
    }

    /// Whether something happens that does so many times in a thousand.
    pub(crate) fn happens(&self, per_mille: u32) -> bool {
        self.below(1000) < per_mille as usize
    }

    /// A time up to `longest`, in whole milliseconds.
    pub(crate) fn up_to(&self, longest: Duration) -> Duration {
        let ms = usize::try_from(longest.as_millis()).unwrap_or(usize::MAX);
        Duration::from_millis(self.below(ms.saturating_add(1)) as u64)
    }

    /// A time between the two, in whole milliseconds.
    pub(crate) fn between(&self, shortest: Duration, longest: Duration) -> Duration {
        shortest + self.up_to(longest.saturating_sub(shortest))
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&self, first: T, others: &[T]) -> T {
        match self.below(others.len() + 1) {
            0 => first,
            n => others.get(n - 1).copied().unwrap_or(first),
        }
    }
}

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}
