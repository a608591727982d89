//! Who is measured: Chinwag, the bare limits, and the peers.

mod chinwag;
mod cluster;
mod limit;
mod peer;
mod stand;

use anyhow::Result;

pub(super) use chinwag::{Store, fill_rooms, start_node};
pub(super) use cluster::{start_cluster, start_postgres};
pub use peer::Peer;
pub(super) use peer::start_two_socket_io;
pub(super) use stand::Stand;

use super::Bench;
use crate::limit::Mode;

/// What a measurement needs of rooms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rooms {
    pub(super) count: usize,
    /// Connection n is a member of room n modulo their number.
    pub(super) members: usize,
}

/// Who delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Chinwag(Store),
    Limit(Mode),
    Peer(Peer),
}

impl Subject {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chinwag(Store::Sqlite) => "Chinwag, durable",
            Self::Chinwag(Store::Memory) => "Chinwag, `memory://`",
            Self::Limit(Mode::Direct) => "bare limit, direct",
            Self::Limit(Mode::Coalesced) => "bare limit, coalesced",
            Self::Peer(peer) => peer.name(),
        }
    }

    /// Neither Chinwag nor a limit.
    pub(super) fn is_peer(self) -> bool {
        matches!(self, Self::Peer(_))
    }

    /// Starts it on the server's core, with rooms that everybody who will come is a member of.
    pub(super) async fn start(self, bench: &Bench, rooms: Rooms) -> Result<Stand> {
        match self {
            Self::Chinwag(store) => chinwag::start(bench, store, rooms).await,
            Self::Limit(mode) => limit::start(bench, mode, rooms),
            Self::Peer(peer) => peer.start(bench.server_core, bench.directory()?, rooms).await,
        }
    }
}
