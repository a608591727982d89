//! What the storm's senders and listeners note down together.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Error;
use hdrhistogram::Histogram;
use tokio::time::Instant;

/// One room: what was sent to it, and how late its members got it.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The room's `rev` before the storm.
    pub(super) base: u64,
    /// How many messages were acknowledged.
    pub(super) acknowledged: u64,
    /// Messages whose sender had to send them again: their way began before the one that succeeded.
    repeated: HashSet<u64>,
    /// The longest time, in microseconds, that the message at `base + 1`, `base + 2`, … took to somebody whose
    /// connection held.
    slowest_us: Vec<u32>,
}

/// A node that was killed.
#[derive(Debug)]
pub(super) struct Kill {
    pub(super) node: usize,
    at: Instant,
    /// It runs again: who leaves it now does so for another reason.
    is_over: bool,
    /// Until each of its clients was connected elsewhere and had all that it missed.
    pub(super) caught_up: Vec<Duration>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Ledger {
    started: Instant,
    pub(super) rooms: Vec<Room>,
    pub(super) kills: Vec<Kill>,
    pub(super) deliveries: u64,
    /// How often a client had to connect again, for whatever reason.
    pub(super) reconnects: u64,
    pub(super) acknowledged_ms: Histogram<u64>,
    failure: Option<Error>,
}

/// Shared by the tasks of one thread.
pub(super) type Shared = Rc<RefCell<Ledger>>;

impl Ledger {
    pub(super) fn new(bases: Vec<u64>) -> anyhow::Result<Self> {
        Ok(Self {
            started: Instant::now(),
            rooms: bases.into_iter().map(|base| Room { base, ..Room::default() }).collect(),
            kills: Vec::new(),
            deliveries: 0,
            reconnects: 0,
            acknowledged_ms: Histogram::new(3)?,
            failure: None,
        })
    }

    /// The clock that messages are stamped with.
    pub(super) fn now_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn killed(&mut self, node: usize) {
        self.kills.push(Kill { node, at: Instant::now(), is_over: false, caught_up: Vec::new() });
    }

    /// A killed node is back.
    pub(super) fn started_again(&mut self, node: usize) {
        for kill in self.kills.iter_mut().filter(|kill| kill.node == node) {
            kill.is_over = true;
        }
    }

    /// A client has lost its connection to that node. Which of the kills did it, if one did.
    pub(super) fn lost(&mut self, node: usize) -> Option<usize> {
        self.reconnects += 1;
        self.kills.iter().position(|kill| kill.node == node && !kill.is_over)
    }

    /// A client that lost its connection by that kill has all that it missed.
    pub(super) fn caught_up(&mut self, kill: usize) {
        if let Some(kill) = self.kills.get_mut(kill) {
            kill.caught_up.push(kill.at.elapsed());
        }
    }

    /// A message reached somebody whose connection held.
    pub(super) fn delivered(&mut self, room: usize, offset: u64, sent_at_ns: u64) {
        self.deliveries += 1;
        let took_us = u32::try_from(self.now_ns().saturating_sub(sent_at_ns) / 1_000).unwrap_or(u32::MAX);
        let room = &mut self.rooms[room];
        let Some(index) = offset.checked_sub(room.base + 1).and_then(|index| usize::try_from(index).ok())
        else {
            return;
        };
        if room.slowest_us.len() <= index {
            room.slowest_us.resize(index + 1, 0);
        }
        room.slowest_us[index] = room.slowest_us[index].max(took_us);
    }

    /// A message was acknowledged.
    pub(super) fn acknowledged(&mut self, room: usize, rev: u64, took: Duration, attempts: u32) {
        let room = &mut self.rooms[room];
        room.acknowledged += 1;
        if attempts > 1 {
            room.repeated.insert(rev);
        }
        self.acknowledged_ms.saturating_record(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    }

    /// The longest that a message took to somebody whose connection held, among those that were sent once.
    pub(super) fn longest_gap(&self) -> Duration {
        let slowest = self.rooms.iter().flat_map(|room| {
            let offsets = room.base + 1..;
            offsets
                .zip(&room.slowest_us)
                .filter(|(offset, _)| !room.repeated.contains(offset))
                .map(|(_, us)| *us)
        });
        Duration::from_micros(slowest.max().unwrap_or(0).into())
    }

    /// The `rev` that each room must have come to: every acknowledged message once, and nothing else.
    pub(super) fn head(&self, room: usize) -> u64 {
        let room = &self.rooms[room];
        room.base + room.acknowledged
    }

    pub(super) fn acknowledged_in_all(&self) -> u64 {
        self.rooms.iter().map(|room| room.acknowledged).sum()
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
    }

    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }
}
