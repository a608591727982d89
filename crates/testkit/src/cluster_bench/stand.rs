//! What is measured: PostgreSQL, Redis and nodes, each of which can be killed and started again where it was.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::launcher::{Launch, Node};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::scratch::Scratch;
use crate::{metrics, process};

/// Pages of logs that a node has read, as its metrics have it.
const LOG_READS: &str = "chinwag_store_log_reads_total{what=\"changes\"}";

/// What a node was asked to do about its clients.
#[derive(Deserialize)]
struct Shed {
    /// How many it sends elsewhere.
    shed: u64,
}

/// The cluster that is measured. Ended when it is dropped.
pub(super) struct Stand {
    binary: PathBuf,
    nodes: Vec<Node>,
    directory: Scratch,
    _redis: Option<Redis>,
    _postgres: Postgres,
}

impl Stand {
    /// Starts so many nodes; one alone has no bus.
    pub(super) async fn start(binary: &Path, count: usize) -> Result<Self> {
        let postgres = Postgres::start().await?;
        let redis = if count > 1 { Some(Redis::start().await?) } else { None };
        let directory = Scratch::new("bench")?;
        let mut flags = vec!["--store".to_owned(), postgres.url()];
        if let Some(redis) = &redis {
            flags.extend(["--bus".to_owned(), redis.url()]);
        }
        let mut nodes = Vec::with_capacity(count);
        for number in 1..=count {
            let name = format!("node-{number}");
            let mut launch = Launch::measured(binary, &name, &directory.path().join(&name))?;
            launch.flags.extend_from_slice(&flags);
            nodes.push(Node::running(&launch).await?);
        }
        Ok(Self { binary: binary.to_owned(), nodes, directory, _redis: redis, _postgres: postgres })
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Ends a node as `kill -9` does.
    pub(super) fn kill(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.kill();
        }
    }

    /// Starts a node where it was.
    pub(super) async fn start_node(&mut self, node: usize) -> Result<()> {
        self.nodes.get_mut(node).context("there is no such node")?.start().await
    }

    /// Asks that node, as its operator does, to have the nodes share their clients evenly. How many are to go elsewhere.
    pub(super) async fn rebalance(&self, node: usize) -> Result<u64> {
        let asked = self.nodes.get(node).context("there is no such node")?;
        let mut command = Command::new(&self.binary);
        command.args(["node", "rebalance", "--json", "--data-dir"]);
        command.arg(self.directory.path().join(&asked.name));
        let output = spawn_blocking(move || command.output()).await??;
        ensure!(output.status.success(), "rebalancing: {}", String::from_utf8_lossy(&output.stderr).trim());
        let sheds: Vec<Shed> = serde_json::from_slice(&output.stdout)?;
        Ok(sheds.iter().map(|shed| shed.shed).sum())
    }

    /// The processor time that the nodes have used.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        let pids = self.nodes.iter().filter(|node| node.is_running()).map(Node::pid);
        pids.map(process::cpu_time).sum()
    }

    /// How many pages of logs those nodes that run have read from the store.
    pub(super) async fn log_reads(&self) -> Result<Vec<u64>> {
        let mut reads = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let counted =
                if node.is_running() { metrics::counter(node.address, LOG_READS).await? } else { None };
            reads.push(counted.unwrap_or(0));
        }
        Ok(reads)
    }
}
