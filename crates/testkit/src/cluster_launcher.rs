//! A whole cluster for a test to break: real nodes on a real PostgreSQL and a real bus, and between all of them networks
//! that fail on command.
//!
//! Everything listens on free ports of this machine and ends with the test, however that ends.

mod bus;
mod database;
mod guard;
mod node;
mod through;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

pub use bus::{Bus, BusKind};
pub use database::Database;
pub use node::Node;
pub use through::Network;

use crate::daemon::free_address;
use crate::launcher::write_secret;
use guard::Guard;
use node::Place;

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

/// The cluster. All of it ends when it is dropped.
#[derive(Debug)]
pub struct ClusterUnderTest {
    /// The nodes. First, so that they end before what they stand on.
    pub nodes: Vec<Node>,
    /// The bus.
    pub bus: Bus,
    /// The store.
    pub database: Database,
    guard: Arc<Guard>,
}

impl ClusterUnderTest {
    /// Starts everything, and waits until every node is ready.
    ///
    /// # Errors
    /// Something is not installed, or does not start.
    pub async fn start(settings: &Settings) -> Result<Self> {
        fs::create_dir_all(&settings.directory)?;
        let guard = Arc::new(Guard::start(&settings.directory)?);
        let database = Database::start(settings.standby).await?;
        let bus = Bus::start(settings.bus).await?;
        let secret_file = settings.directory.join("jwt.secret");
        write_secret(&secret_file).with_context(|| format!("cannot write {}", secret_file.display()))?;
        let mut cluster = Self { nodes: Vec::new(), bus, database, guard };
        for number in 1..=settings.nodes {
            let node = cluster.node(settings, number, &secret_file).await?;
            cluster.nodes.push(node);
        }
        // All at once, as machines start after a power cut.
        for node in &mut cluster.nodes {
            node.spawn()?;
        }
        for node in &mut cluster.nodes {
            node.wait_until_ready().await?;
        }
        Ok(cluster)
    }

    /// The directory, with the nodes' logs, is wanted after the end.
    pub fn keep(&self) {
        self.guard.keep();
    }

    async fn node(&self, settings: &Settings, number: usize, secret_file: &Path) -> Result<Node> {
        let (store_url, store) = Network::through(&self.database.url()).await?;
        let (bus_url, bus) = self.bus.network(&self.database).await?;
        let mut flags: Vec<String> =
            ["--log-level", "info", "--store", &store_url, "--bus", &bus_url].map(str::to_owned).to_vec();
        flags.extend(["--jwt-secret-file".to_owned(), secret_file.display().to_string()]);
        flags.extend(settings.flags.iter().cloned());
        let name = format!("node-{number}");
        let directory = settings.directory.join(&name);
        fs::create_dir_all(&directory)?;
        let listen = free_address()?;
        let place = Place { name, binary: settings.binary.clone(), directory, listen, flags };
        Node::new(place, self.guard.clone(), store, bus).await
    }
}
