//! Numbers that look random and follow from a seed.

use std::time::Duration;

/// A generator (SplitMix64). The same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for each number, so that one who throws more often changes nothing for the others.
    pub(super) fn of(seed: u64, number: usize) -> Self {
        let mut dice = Self(seed ^ (number as u64).wrapping_mul(0xa076_1d64_78bd_642f));
        Self(dice.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `end - 1`; 0 where there is nothing to choose from.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = self.next() % (end.max(1) as u64);
        usize::try_from(number).unwrap_or_default()
    }

    /// True once in so many throws.
    pub(super) fn once_in(&mut self, throws: usize) -> bool {
        self.below(throws) == 0
    }

    pub(super) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let spread = most.saturating_sub(least).as_millis();
        let thrown = self.below(usize::try_from(spread).unwrap_or(usize::MAX).saturating_add(1));
        least + Duration::from_millis(thrown as u64)
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let throw = |mut dice: Dice| (0..20).map(|_| dice.below(1000)).collect::<Vec<_>>();
        assert_eq!(throw(Dice::of(7, 3)), throw(Dice::of(7, 3)));
        assert_ne!(throw(Dice::of(7, 3)), throw(Dice::of(7, 4)));
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut items: Vec<usize> = (0..50).collect();
        Dice::new(1).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_duration_is_within_its_bounds() {
        let (least, most) = (Duration::from_millis(10), Duration::from_millis(12));
        let mut dice = Dice::new(1);
        assert!((0..100).all(|_| (least..=most).contains(&dice.between(least, most))));
    }
}
