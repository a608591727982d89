//! Chinwag as several nodes that share PostgreSQL and Redis.

use std::any::Any;

use anyhow::Result;

use super::chinwag::fill_rooms;
use super::peer::start_redis;
use super::{Rooms, Stand};
use crate::bench::Bench;
use crate::bench::dialect::Dialect;
use crate::client::Target;
use crate::launcher::{Launch, Node};
use crate::postgres::Postgres;
use crate::process;

/// Starts PostgreSQL on all cores, as the kernel sees fit, with its disk in earnest.
pub(in crate::bench) async fn start_postgres(bench: &Bench) -> Result<Postgres> {
    let postgres = Postgres::start().await?;
    if bench.server_core.is_some() {
        // The first line of this file of its own is the process that starts all others.
        let file = postgres.query("SELECT pg_read_file('postmaster.pid')")?;
        if let Some(pid) = file.lines().next().and_then(|line| line.parse().ok()) {
            process::unpin(pid)?;
        }
    }
    Ok(postgres)
}

/// So many nodes on the server's core; one alone has no bus.
pub(in crate::bench) async fn start_cluster(bench: &Bench, count: usize, rooms: Rooms) -> Result<Stand> {
    let (directory, postgres) = (bench.directory()?, start_postgres(bench).await?);
    let mut flags = vec!["--store".to_owned(), postgres.url()];
    let mut held: Vec<Box<dyn Any>> = Vec::new();
    let (mut addresses, mut nodes, mut between) = (Vec::new(), Vec::new(), Vec::new());
    if count > 1 {
        let (address, redis) = start_redis(bench.server_core, directory.path()).await?;
        flags.extend(["--bus".to_owned(), format!("redis://{address}")]);
        between.push(redis.pid());
        held.push(Box::new(redis));
    }
    for number in 1..=count {
        let name = format!("node-{number}");
        let mut launch = Launch::measured(&bench.binary, &name, &directory.path().join(&name))?;
        launch.core = bench.server_core;
        launch.flags.extend_from_slice(&flags);
        let node = Node::running(&launch).await?;
        addresses.push(node.address);
        nodes.push(node.pid());
        held.insert(0, Box::new(node));
    }
    held.extend([Box::new(postgres) as Box<dyn Any>, Box::new(directory)]);
    let targets: Vec<Target> = addresses.iter().copied().map(Target::chinwag).collect();
    let rooms = fill_rooms(&targets, rooms).await?;
    Ok(Stand { addresses, dialect: Dialect::Chinwag, rooms, nodes, between, _held: held })
}
