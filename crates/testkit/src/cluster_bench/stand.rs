//! What is measured: PostgreSQL, Redis and nodes, each of which can be killed and started again where it was.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::daemon::{self, free_address};
use crate::launcher::{Launch, Server};
use crate::postgres::Postgres;
use crate::process;
use crate::redis::Redis;

/// Pages of logs that a node has read, as its metrics have it.
const LOG_READS: &str = "chinwag_store_log_reads_total{what=\"changes\"}";

/// What each node is told beside where it is: no limit on how often anything is allowed.
pub(super) const FLAGS: [&str; 6] =
    ["--rate-limits-messages", "off", "--rate-limits-requests", "off", "--rate-limits-commands", "off"];

/// The cluster that is measured. Ended when it is dropped.
pub(super) struct Stand {
    nodes: Vec<Place>,
    binary: PathBuf,
    flags: Vec<String>,
    _directory: TempDir,
    _redis: Option<Redis>,
    _postgres: Postgres,
}

/// Where a node runs, or will again.
struct Place {
    address: SocketAddr,
    directory: PathBuf,
    name: String,
    server: Option<Server>,
}

impl Stand {
    /// Starts so many nodes; one alone has no bus.
    pub(super) async fn start(binary: &Path, count: usize) -> Result<Self> {
        let postgres = Postgres::start().await?;
        let redis = if count > 1 { Some(Redis::start().await?) } else { None };
        let directory = tempfile::Builder::new().prefix("chinwag-bench-").tempdir()?;
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.extend(["--store".to_owned(), postgres.url()]);
        if let Some(redis) = &redis {
            flags.extend(["--bus".to_owned(), redis.url()]);
        }
        let mut stand = Self {
            nodes: Vec::with_capacity(count),
            binary: binary.to_owned(),
            flags,
            _directory: directory,
            _redis: redis,
            _postgres: postgres,
        };
        for number in 1..=count {
            let name = format!("node-{number}");
            let directory = stand._directory.path().join(&name);
            std::fs::create_dir(&directory)?;
            stand.nodes.push(Place { address: free_address()?, directory, name, server: None });
            stand.start_node(number - 1).await?;
        }
        Ok(stand)
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Ends a node as `kill -9` does.
    pub(super) fn kill(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.server = None;
        }
    }

    /// Starts a node where it was.
    pub(super) async fn start_node(&mut self, node: usize) -> Result<()> {
        let place = self.nodes.get_mut(node).context("there is no such node")?;
        let mut flags = self.flags.clone();
        flags.extend(["--node-name".to_owned(), place.name.clone()]);
        let launch =
            Launch { binary: self.binary.clone(), data_dir: place.directory.clone(), flags, core: None };
        place.server = Some(Server::start_at(place.address, &launch).await?);
        Ok(())
    }

    /// The processor time that the nodes have used.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        let pids = self.nodes.iter().filter_map(|node| node.server.as_ref()).map(Server::pid);
        pids.map(process::cpu_time).sum()
    }

    /// How many pages of logs those nodes that run have read from the store.
    pub(super) async fn log_reads(&self) -> Result<Vec<u64>> {
        let mut reads = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            reads.push(if node.server.is_some() { counter(node.address, LOG_READS).await? } else { 0 });
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
