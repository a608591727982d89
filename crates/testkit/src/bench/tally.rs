//! Counts what a room's members get, checks its order, and says when a message has reached them all.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::client::delivery::{Delivery, Scanner};

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
        ensure!(offset == self.offset + 1, "offset {offset} came after {}", self.offset);
        self.offset = offset;
        Ok(())
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }
}

/// The room's members together.
#[derive(Debug)]
pub(crate) struct Tally {
    scanner: Scanner,
    started: Instant,
    members: usize,
    /// How many members got the message at `complete + 1`, `complete + 2`, …
    received: VecDeque<usize>,
    complete: u64,
    /// Deliveries in all.
    pub(crate) deliveries: u64,
    /// The length of the newest delivery's line, in bytes.
    pub(crate) line_bytes: usize,
    latency_us: Option<Histogram<u64>>,
}

impl Tally {
    /// Of a room whose members all have everything up to an offset.
    pub(crate) fn new(members: usize, complete: u64) -> Self {
        Self {
            scanner: Scanner::default(),
            started: Instant::now(),
            members,
            received: VecDeque::new(),
            complete,
            deliveries: 0,
            line_bytes: 0,
            latency_us: None,
        }
    }

    /// The clock that messages are stamped with, in nanoseconds.
    pub(crate) fn now_ns(&self) -> u64 {
        nanoseconds(self.started.elapsed())
    }

    /// Up to which offset every member has everything.
    pub(crate) fn complete(&self) -> u64 {
        self.complete
    }

    /// Begins to take latencies, or ends and hands them over.
    pub(crate) fn take_latencies(&mut self, next: Option<Histogram<u64>>) -> Option<Histogram<u64>> {
        std::mem::replace(&mut self.latency_us, next)
    }

    /// Counts a line that a member got, if it is a delivery; tells whether with it some message reached everybody.
    pub(crate) fn count(&mut self, position: &mut Position, line: &[u8], now_ns: u64) -> Result<bool> {
        let Some(Delivery { offset, sent_at_ns }) = self.scanner.scan(line) else { return Ok(false) };
        position.advance(offset)?;
        self.deliveries += 1;
        self.line_bytes = line.len();
        if let (Some(latency), Some(sent_at_ns)) = (&mut self.latency_us, sent_at_ns) {
            latency.saturating_record(now_ns.saturating_sub(sent_at_ns) / 1_000);
        }
        Ok(self.reached(offset))
    }

    fn reached(&mut self, offset: u64) -> bool {
        let Some(index) = offset.checked_sub(self.complete + 1).and_then(|index| usize::try_from(index).ok())
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

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(offset: u64) -> Vec<u8> {
        format!(r#"{{"push":{{"channel":"room:r","pub":{{"data":{{}},"offset":{offset}}}}}}}"#).into_bytes()
    }

    #[test]
    fn a_message_is_complete_when_everybody_has_it() {
        let mut tally = Tally::new(2, 10);
        let (mut ada, mut grace) = (Position::at(10), Position::at(10));
        assert!(!tally.count(&mut ada, &line(11), 0).unwrap());
        assert!(!tally.count(&mut ada, &line(12), 0).unwrap());
        assert!(tally.count(&mut grace, &line(11), 0).unwrap());
        assert_eq!((tally.complete(), tally.deliveries), (11, 3));
        assert!(!tally.count(&mut grace, b"{\"id\":1}", 0).unwrap());
        assert!(tally.count(&mut grace, &line(12), 0).unwrap());
        assert_eq!(tally.complete(), 12);
    }

    #[test]
    fn holes_repeats_and_steps_back_are_errors() {
        for offset in [12, 10, 9] {
            let mut tally = Tally::new(1, 10);
            assert!(tally.count(&mut Position::at(10), &line(offset), 0).is_err(), "{offset} after 10");
        }
    }
}
