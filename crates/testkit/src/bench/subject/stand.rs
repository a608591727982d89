//! A server that is being measured, and what it needs.

use std::any::Any;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Rooms;
use crate::bench::dialect::{Dialect, Each, Identity};
use crate::bench::wire::Wire;
use crate::process;

/// All of a subject's processes. Ended when it is dropped.
pub(in crate::bench) struct Stand {
    /// Where it listens; connection n goes to the n-th modulo their number.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) dialect: Dialect,
    /// What the rooms are called.
    pub(super) rooms: Vec<String>,
    /// The processes that clients talk to.
    pub(super) nodes: Vec<u32>,
    /// What stands between them, whose work counts too.
    pub(super) between: Vec<u32>,
    /// Ended and deleted together with this.
    pub(super) _held: Vec<Box<dyn Any>>,
}

impl Stand {
    /// The name of the room that connection n is a member of.
    pub(in crate::bench) fn room(&self, number: usize) -> &str {
        self.rooms.get(number % self.rooms.len().max(1)).map_or("", String::as_str)
    }

    /// Opens connection n, which follows and writes to its room.
    pub(in crate::bench) async fn join(&self, number: usize, each: &mut Each<'_>) -> Result<Wire> {
        let room = self.room(number);
        self.open(Identity { number, follows: &[room], writes: room }, each).await
    }

    /// Opens connection n, which only writes to its room.
    pub(in crate::bench) async fn publisher(&self, number: usize) -> Result<Wire> {
        let room = self.room(number);
        self.open(Identity { number, follows: &[], writes: room }, &mut |_| Ok(())).await
    }

    pub(in crate::bench) async fn open(&self, who: Identity<'_>, each: &mut Each<'_>) -> Result<Wire> {
        let address = self.addresses.get(who.number % self.addresses.len().max(1));
        Wire::open(*address.context("there is no server")?, self.dialect, who, each).await
    }

    /// The processor time of all its processes and their threads, user and system.
    pub(in crate::bench) fn cpu_time(&self) -> Result<Duration> {
        let between = self.between.iter().map(|pid| process::cpu_time(*pid)).sum::<Result<Duration>>()?;
        Ok(self.nodes_cpu_time()? + between)
    }

    /// The same without what stands between the nodes.
    pub(in crate::bench) fn nodes_cpu_time(&self) -> Result<Duration> {
        self.nodes.iter().map(|pid| process::cpu_time(*pid)).sum()
    }

    /// What all its processes have in memory.
    pub(in crate::bench) fn rss_bytes(&self) -> Result<u64> {
        self.nodes.iter().map(|pid| Ok(process::memory(*pid)?.rss_bytes)).sum()
    }
}

/// Rooms that come to be when somebody follows them.
pub(super) fn plain_rooms(rooms: Rooms) -> Vec<String> {
    (0..rooms.count).map(|number| format!("room-{number}")).collect()
}
