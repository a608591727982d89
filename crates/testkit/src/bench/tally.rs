//! Counts what a room's members get, checks its order, and says when a message has reached them all.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::time::Instant;

/// What one member has got so far.
#[derive(Debug, Default)]
pub(crate) struct Position {
    offset: u64,
}

impl Position {
    pub(crate) fn at(offset: u64) -> Self {
        Self { offset }
    }

    /// Moves on by one delivery.
    pub(crate) fn advance(&mut self, offset: u64) -> Result<()> {
        ensure!(offset == self.offset + 1, "message {offset} came after {}", self.offset);
        self.offset = offset;
        Ok(())
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }
}

/// The room's members together, and messages 1, 2, 3, … of one sender.
#[derive(Debug)]
pub(super) struct Tally {
    started: Instant,
    members: usize,
    /// How many members got the message at `complete + 1`, `complete + 2`, …
    received: VecDeque<usize>,
    complete: u64,
    /// Deliveries in all.
    pub(super) deliveries: u64,
    latency_us: Option<Histogram<u64>>,
}

impl Tally {
    pub(super) fn new(members: usize) -> Self {
        Self {
            started: Instant::now(),
            members,
            received: VecDeque::new(),
            complete: 0,
            deliveries: 0,
            latency_us: None,
        }
    }

    /// The clock that messages are stamped with, in nanoseconds.
    pub(super) fn now_ns(&self) -> u64 {
        nanoseconds(self.started.elapsed())
    }

    /// Up to which message every member has everything.
    pub(super) fn complete(&self) -> u64 {
        self.complete
    }

    /// Begins to take latencies, or ends and hands them over.
    pub(super) fn take_latencies(&mut self, next: Option<Histogram<u64>>) -> Option<Histogram<u64>> {
        std::mem::replace(&mut self.latency_us, next)
    }

    /// Counts a message that a member got; tells whether with it some message reached everybody.
    pub(super) fn count(
        &mut self,
        position: &mut Position,
        number: u64,
        sent_at_ns: u64,
        now_ns: u64,
    ) -> Result<bool> {
        position.advance(number)?;
        self.deliveries += 1;
        if let Some(latency) = &mut self.latency_us {
            latency.saturating_record(now_ns.saturating_sub(sent_at_ns) / 1_000);
        }
        Ok(self.reached(number))
    }

    fn reached(&mut self, number: u64) -> bool {
        let Some(index) = number.checked_sub(self.complete + 1).and_then(|index| usize::try_from(index).ok())
        else {
            return false;
        };
        if self.received.len() <= index {
            self.received.resize(index + 1, 0);
        }
        self.received[index] += 1;
        let before = self.complete;
        while self.received.front() == Some(&self.members) {
            self.received.pop_front();
            self.complete += 1;
        }
        self.complete > before
    }
}

pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_when_everybody_has_it() {
        let mut tally = Tally::new(2);
        let (mut ada, mut grace) = (Position::default(), Position::default());
        assert!(!tally.count(&mut ada, 1, 0, 0).unwrap());
        assert!(!tally.count(&mut ada, 2, 0, 0).unwrap());
        assert!(tally.count(&mut grace, 1, 0, 0).unwrap());
        assert_eq!((tally.complete(), tally.deliveries), (1, 3));
        assert!(tally.count(&mut grace, 2, 0, 0).unwrap());
        assert_eq!(tally.complete(), 2);
    }

    #[test]
    fn holes_repeats_and_steps_back_are_errors() {
        for number in [12, 10, 9] {
            let mut tally = Tally::new(1);
            assert!(tally.count(&mut Position::at(10), number, 0, 0).is_err(), "{number} after 10");
        }
    }
}
