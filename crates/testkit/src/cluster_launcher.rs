//! A whole cluster for a test to break: real nodes on a real PostgreSQL and a real bus, and between all of them networks
//! that fail on command.
//!
//! Everything listens on free ports of this machine and ends with the test, however that ends.

mod bus;
mod database;
mod through;

use std::path::PathBuf;

use anyhow::Result;

pub use bus::{Bus, BusKind};
pub use database::Database;
pub use through::Network;

use crate::launcher::{Launch, Node, taking_tokens};
use crate::ports::free_address;
use crate::scratch::Scratch;

/// What to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `chinwag` binary.
    pub binary: PathBuf,
    /// Where logs go; removed at the end unless [`ClusterUnderTest::keep`] is asked for.
    pub directory: PathBuf,
    /// How many nodes.
    pub nodes: usize,
    /// The bus between them.
    pub bus: BusKind,
    /// Whether the database has a synchronous standby.
    pub standby: bool,
    /// Flags for each node beside those that say where it and its dependencies are.
    pub flags: Vec<String>,
}

/// A node and the networks around it.
#[derive(Debug)]
pub struct NetworkedNode {
    /// The node.
    pub node: Node,
    /// Between clients and the node.
    pub clients: Network,
    /// Between the node and its store.
    pub store: Network,
    /// Between the node and its bus; empty where there is nothing in between.
    pub bus: Network,
}

/// The cluster. All of it ends when it is dropped.
#[derive(Debug)]
pub struct ClusterUnderTest {
    /// The nodes. First, so that they end before what they stand on.
    pub nodes: Vec<NetworkedNode>,
    /// The bus.
    pub bus: Bus,
    /// The store.
    pub database: Database,
    directory: Scratch,
}

impl ClusterUnderTest {
    /// Starts everything, and waits until every node is ready.
    ///
    /// # Errors
    /// Something is not installed, or does not start.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let directory = Scratch::at(&settings.directory)?;
        let database = Database::start(settings.standby).await?;
        let bus = Bus::start(settings.bus).await?;
        let tokens = taking_tokens(directory.path())?;
        let mut cluster = Self { nodes: Vec::new(), bus, database, directory };
        for number in 1..=settings.nodes {
            let node = cluster.node(settings, number, &tokens).await?;
            cluster.nodes.push(node);
        }
        // All at once, as machines start after a power cut.
        for each in &mut cluster.nodes {
            each.node.spawn()?;
        }
        for each in &mut cluster.nodes {
            each.node.until_ready().await?;
        }
        Ok(cluster)
    }

    /// The directory, with the nodes' logs, is wanted after the end.
    pub fn keep(&mut self) {
        self.directory.keep();
    }

    async fn node(&self, settings: &Settings, number: usize, tokens: &[String]) -> Result<NetworkedNode> {
        let (store_url, store) = Network::through(&self.database.url()).await?;
        let (bus_url, bus) = self.bus.network(&self.database).await?;
        let mut flags: Vec<String> =
            ["--log-level", "info", "--store", &store_url, "--bus", &bus_url].map(str::to_owned).to_vec();
        flags.extend(tokens.iter().chain(&settings.flags).cloned());
        let name = format!("node-{number}");
        let directory = self.directory.path().join(&name);
        let launch = Launch { binary: settings.binary.clone(), name, directory, flags, core: None };
        let node = Node::new(&launch, free_address()?)?;
        let clients = Network::to(node.address).await?;
        Ok(NetworkedNode { node, clients, store, bus })
    }
}
