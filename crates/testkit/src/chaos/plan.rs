//! What a run consists of, before it begins.

use std::path::PathBuf;
use std::time::Duration;

use super::dice::Dice;
use super::fault::Kind;
use super::schedule::{self, Round};
use crate::cluster_launcher::{BusKind, Settings};

/// How many rooms a client follows.
const ROOMS_PER_CLIENT: usize = 3;
/// The flags of every node: no limit on how often anything is allowed, and whatever waits, waits briefly.
const FLAGS: [&str; 22] = [
    "--rate-limits-messages",
    "off",
    "--rate-limits-room-messages",
    "off",
    "--rate-limits-requests",
    "off",
    "--rate-limits-commands",
    "off",
    "--realtime-ping-interval",
    "2s",
    "--realtime-pong-timeout",
    "1500ms",
    "--realtime-write-timeout",
    "4s",
    "--drain-not-ready",
    "500ms",
    "--drain-spread",
    "1s",
    "--drain-timeout",
    "4s",
    "--drain-flush-timeout",
    "2s",
];

/// What a run consists of.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) bus: BusKind,
    pub(super) kinds: Vec<Kind>,
    pub(super) rounds: usize,
    pub(super) nodes: usize,
    pub(super) clients: usize,
    pub(super) guests: usize,
    pub(super) js_clients: usize,
    pub(super) rooms: usize,
    /// How often each client writes.
    pub(super) writes_every: Duration,
    pub(super) binary: PathBuf,
    pub(super) directory: PathBuf,
    /// Whether it is kept though all went well.
    pub(super) keep: bool,
}

impl Plan {
    /// What goes wrong, and when.
    pub(super) fn schedule(&self) -> Vec<Round> {
        schedule::rounds(self.seed, self.bus, self.nodes, &self.kinds, self.rounds)
    }

    /// The cluster that it happens to.
    pub(super) fn cluster(&self) -> Settings {
        let mut faults =
            self.schedule().into_iter().flat_map(|round| round.faults().cloned().collect::<Vec<_>>());
        Settings {
            binary: self.binary.clone(),
            directory: self.directory.clone(),
            nodes: self.nodes,
            bus: self.bus,
            standby: faults.any(|fault| fault.kind == Kind::DatabaseFailedOver),
            flags: FLAGS.map(str::to_owned).to_vec(),
        }
    }

    /// The rooms that each client follows.
    pub(super) fn who_follows_what(&self, clients: usize) -> Vec<Vec<usize>> {
        let mut dice = Dice::of(self.seed, self.rooms);
        let choose = |_| {
            let mut rooms: Vec<usize> = (0..self.rooms).collect();
            dice.shuffle(&mut rooms);
            rooms.truncate(ROOMS_PER_CLIENT);
            rooms
        };
        (0..clients).map(choose).collect()
    }
}
