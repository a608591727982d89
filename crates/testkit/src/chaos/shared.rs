//! What all clients of a run share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use super::recorder::Recorder;
use crate::history::{Event, Position};

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
        Self {
            recorder: Recorder::start(),
            seed,
            nodes,
            direct,
            rooms,
            epoch,
            turn: AtomicUsize::new(0),
            phase: AtomicU8::new(Phase::Writing as u8),
            doubling: AtomicBool::new(false),
            flooding: AtomicBool::new(false),
        }
    }

    /// The next node in turn, as a balancer would choose it.
    pub(super) fn next_node(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len().max(1)
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
