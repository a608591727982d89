//! Who types in large rooms: some of them, so that a crowd costs no more than a few.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::{RoomId, Timestamp};

/// How many rooms are told apart. Two that share a place take turns.
const PLACES: usize = 4_096;
/// How often one is told of at most.
const EVERY: Duration = Duration::from_secs(3);
/// Long before anybody types.
const NEVER: i64 = i64::MIN;

/// When somebody was last told to be typing, for each room or nearly so; as large as it will ever be.
pub(crate) struct TypingSample(Box<[AtomicI64]>);

impl Default for TypingSample {
    fn default() -> Self {
        Self((0..PLACES).map(|_| AtomicI64::new(NEVER)).collect())
    }
}

impl TypingSample {
    /// Whether this one is to be told, of all who type in the room at this time.
    pub(crate) fn takes(&self, room: RoomId, now: Timestamp) -> bool {
        // The end of an id is random.
        let [.., high, low] = room.to_bytes();
        let Some(place) = self.0.get(usize::from(u16::from_be_bytes([high, low])) % PLACES) else {
            return false;
        };
        let last = place.load(Ordering::Relaxed);
        let is_due = last == NEVER || {
            let last = Timestamp::from_unix_ms(last);
            // The clock may have been set back.
            now < last || now.since(last) >= EVERY
        };
        is_due && place.compare_exchange(last, now.unix_ms(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_those_who_type_is_taken_every_three_seconds() {
        let sample = TypingSample::default();
        let (room, other) = (RoomId::from_parts(1, 7), RoomId::from_parts(1, 8));
        let takes = |room, ms| sample.takes(room, Timestamp::from_unix_ms(ms));
        assert!(takes(room, 10_000));
        assert!(!takes(room, 10_000) && !takes(room, 12_999));
        assert!(takes(other, 10_001), "another room has a sample of its own");
        assert!(takes(room, 13_000) && !takes(room, 13_001));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nobody() {
        let sample = TypingSample::default();
        let room = RoomId::from_parts(1, 7);
        assert!(sample.takes(room, Timestamp::from_unix_ms(1_000_000)));
        assert!(sample.takes(room, Timestamp::from_unix_ms(5)));
        assert!(!sample.takes(room, Timestamp::from_unix_ms(6)));
    }

    #[test]
    fn however_many_rooms_there_are_they_take_no_more_room() {
        let sample = TypingSample::default();
        let told =
            (0..100_000).filter(|n| sample.takes(RoomId::from_parts(1, *n), Timestamp::from_unix_ms(1)));
        assert_eq!(told.count(), PLACES);
    }
}
