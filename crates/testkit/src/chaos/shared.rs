//! What all clients of a run share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::recorder::Recorder;
use crate::history::{Event, Position};
use crate::launcher::get_status;

/// How often the balancer asks a node whether it is well, and how long the answer may take.
const HEALTH_EVERY: Duration = Duration::from_millis(500);
const HEALTH_WITHIN: Duration = Duration::from_secs(1);

/// What clients are about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// They write and read.
    Writing,
    /// They only read, and see to it that what they wrote arrives.
    Reading,
}

/// The cluster as its clients see it, and what they are told to do.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) recorder: Recorder,
    pub(super) seed: u64,
    /// Where clients reach the nodes.
    pub(super) nodes: Vec<SocketAddr>,
    /// The same past the network that may fail: for clients that have a bad network of their own.
    pub(super) direct: Vec<SocketAddr>,
    pub(super) rooms: Vec<Room>,
    /// The incarnation of the logs when the run began; it must not change.
    pub(super) epoch: String,
    turn: AtomicUsize,
    /// Which nodes the balancer takes for well.
    well: Vec<AtomicBool>,
    phase: AtomicU8,
    /// Everything is sent on two nodes at once.
    pub(super) doubling: AtomicBool,
    /// Messages are large, and slow readers do not read at all.
    pub(super) flooding: AtomicBool,
}

/// A room of the run.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: String,
    /// The newest `rev` that was acknowledged.
    pub(super) acknowledged: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        seed: u64,
        nodes: Vec<SocketAddr>,
        direct: Vec<SocketAddr>,
        rooms: Vec<String>,
        epoch: String,
    ) -> Self {
        let rooms = rooms.into_iter().map(|id| Room { id, acknowledged: AtomicU64::new(0) }).collect();
        let well = nodes.iter().map(|_| AtomicBool::new(true)).collect();
        Self {
            recorder: Recorder::start(),
            seed,
            nodes,
            direct,
            rooms,
            epoch,
            turn: AtomicUsize::new(0),
            well,
            phase: AtomicU8::new(Phase::Writing as u8),
            doubling: AtomicBool::new(false),
            flooding: AtomicBool::new(false),
        }
    }

    /// The next node in turn, as a balancer chooses it: one that is well, and any if none is.
    pub(super) fn next_node(&self) -> usize {
        let count = self.nodes.len().max(1);
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let is_well = |node: &usize| self.well.get(*node).is_some_and(|well| well.load(Ordering::Acquire));
        (first..first + count).map(|turn| turn % count).find(is_well).unwrap_or(first % count)
    }

    /// Asks a node from time to time whether it is well, as balancers do.
    pub(super) async fn check_health(&self, node: usize) {
        let (Some(address), Some(well)) = (self.nodes.get(node), self.well.get(node)) else { return };
        loop {
            let answer = timeout(HEALTH_WITHIN, get_status(*address, "/readyz")).await;
            let is_well = matches!(answer, Ok(Ok(200)));
            if well.swap(is_well, Ordering::AcqRel) != is_well {
                let how = if is_well { "well" } else { "not well" };
                self.recorder.note(format!("node {} is {how}", node + 1));
            }
            sleep(HEALTH_EVERY).await;
        }
    }

    pub(super) fn is_writing(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Phase::Writing as u8
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub(super) fn room(&self, index: usize) -> &str {
        self.rooms.get(index).map_or("", |room| &room.id)
    }

    /// Writes down an acknowledgement.
    pub(super) fn acknowledged(&self, id: &str, room: usize, rev: u64) {
        let position = Position { epoch: self.epoch.clone(), offset: rev };
        self.recorder.event(Event::Acknowledged { id: id.to_owned(), position });
        if let Some(room) = self.rooms.get(room) {
            room.acknowledged.fetch_max(rev, Ordering::AcqRel);
        }
    }
}
