//! What is measured: PostgreSQL, Redis and nodes, each of which can be killed and started again where it was.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::daemon;
use crate::launcher::{Launch, Node};
use crate::postgres::Postgres;
use crate::process;
use crate::redis::Redis;
use crate::scratch::Scratch;

/// Pages of logs that a node has read, as its metrics have it.
const LOG_READS: &str = "chinwag_store_log_reads_total{what=\"changes\"}";

/// The cluster that is measured. Ended when it is dropped.
pub(super) struct Stand {
    nodes: Vec<Node>,
    _directory: Scratch,
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
        Ok(Self { nodes, _directory: directory, _redis: redis, _postgres: postgres })
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

    /// The processor time that the nodes have used.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        let pids = self.nodes.iter().filter(|node| node.is_running()).map(Node::pid);
        pids.map(process::cpu_time).sum()
    }

    /// How many pages of logs those nodes that run have read from the store.
    pub(super) async fn log_reads(&self) -> Result<Vec<u64>> {
        let mut reads = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            reads.push(if node.is_running() { counter(node.address, LOG_READS).await? } else { 0 });
        }
        Ok(reads)
    }
}

/// The sum of a counter over its labels; zero where it does not exist yet.
async fn counter(node: SocketAddr, name: &str) -> Result<u64> {
    let mut stream = TcpStream::connect(node).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {node}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let values =
        answer.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next());
    values.map(|value| value.parse::<u64>().context("a counter is no number")).sum()
}

pub(super) fn postgres_version() -> Result<String> {
    first_line(Command::new("psql").arg("--version"))
}

pub(super) fn redis_version() -> Result<String> {
    first_line(Command::new(daemon::program("redis-server", "redis-server")?).arg("--version"))
}

fn first_line(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot ask for a version")?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned())
}
