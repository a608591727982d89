//! Chinwag itself: one node, and rooms whose members have joined before anybody follows them.

use std::path::Path;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Rooms, Stand};
use crate::bench::dialect::Dialect;
use crate::bench::{Bench, crowd};
use crate::client::Target;
use crate::launcher::{Launch, Node};

/// How many people a room is told to take in at a time.
const JOINS_AT_ONCE: usize = 32;

/// Where a node keeps what it must not lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Store {
    /// A file, durable before anything is acknowledged.
    Sqlite,
    /// The process's memory, as most peers: nothing outlives it.
    Memory,
}

/// Starts a node in that directory, on the server's core.
pub(in crate::bench) async fn start_node(bench: &Bench, directory: &Path, more: &[&str]) -> Result<Node> {
    let mut launch = Launch::measured(&bench.binary, "node-1", directory)?;
    launch.core = bench.server_core;
    launch.flags.extend(more.iter().map(|&flag| flag.to_owned()));
    Node::running(&launch).await
}

pub(super) async fn start(bench: &Bench, store: Store, rooms: Rooms) -> Result<Stand> {
    let directory = bench.directory()?;
    let more: &[&str] = match store {
        Store::Sqlite => &[],
        Store::Memory => &["--store", "memory://"],
    };
    let server = start_node(bench, directory.path(), more).await?;
    Ok(Stand {
        addresses: vec![server.address],
        dialect: Dialect::Chinwag,
        rooms: fill_rooms(&[Target::chinwag(server.address)], rooms).await?,
        between: Vec::new(),
        nodes: vec![server.pid()],
        _held: vec![Box::new(server), Box::new(directory)],
    })
}

/// Makes the rooms and their members, and one member more of each room, who will write: the numbers go on behind those of
/// the members. Tells the rooms' ids.
pub(in crate::bench) async fn fill_rooms(nodes: &[Target], rooms: Rooms) -> Result<Vec<String>> {
    let node = |number: usize| nodes.get(number % nodes.len().max(1)).copied().context("there is no node");
    let everybody = rooms.count * (rooms.members + 1);
    // The first member of each room is its owner.
    let ids: Vec<String> = stream::iter(0..rooms.count)
        .map(|number| async move {
            crowd::create_room(&mut crowd::user(node(number)?, number).await?, &format!("bench {number}"))
                .await
        })
        .buffered(JOINS_AT_ONCE)
        .try_collect()
        .await
        .context("cannot create the rooms")?;
    // Whoever joins follows nothing yet: a thousand joins told to a thousand members would be a measurement of its own.
    stream::iter(rooms.count..everybody)
        .map(|number| {
            let room = &ids[number % ids.len()];
            async move { crowd::enter(&mut crowd::user(node(number)?, number).await?, number, room).await }
        })
        .buffer_unordered(JOINS_AT_ONCE)
        .try_for_each(|()| async { Ok(()) })
        .await
        .context("cannot fill the rooms")?;
    Ok(ids)
}
