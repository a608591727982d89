//! Monotonic time, as handed in by the driver.

use std::num::NonZero;
use std::time::Duration;

/// A moment of monotonic time in microseconds since some origin of the driver's choice. Unlike wall-clock time it
/// never jumps, so timers can be made of it.
// Counted from one, so that no moment takes no more room than a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(NonZero<u64>);

impl Moment {
    /// The moment that long after the origin.
    #[must_use]
    pub fn after_origin(elapsed: Duration) -> Self {
        Self(NonZero::<u64>::MIN).plus(elapsed)
    }

    /// Time since the origin.
    #[must_use]
    pub fn since_origin(self) -> Duration {
        Duration::from_micros(self.0.get() - 1)
    }

    /// This moment and `later` more.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(later.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.get().saturating_sub(earlier.0.get()))
    }
}
