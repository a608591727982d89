//! A primary, two replicas, and three sentinels that make another one the primary when it is gone.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::{Instant, sleep};

use super::server::{Access, Instance, words};
use super::{PASSWORD, PASSWORD_IN_URL};
use crate::scratch::Scratch;

/// What the sentinels call the primary.
const NAME: &str = "chinwag";
/// How many sentinels must agree that it is gone.
const QUORUM: usize = 2;
/// After what time without an answer it is.
const DOWN_AFTER: Duration = Duration::from_millis(500);
/// How long the six may take to find each other.
const TOGETHER_WITHIN: Duration = Duration::from_secs(60);

/// Three servers with [`PASSWORD`], and three sentinels without one. All end when it is dropped.
#[derive(Debug)]
pub struct RedisSentinel {
    servers: Vec<Instance>,
    sentinels: Vec<Instance>,
    _directory: Scratch,
}

impl RedisSentinel {
    /// Starts all six, and waits until every sentinel knows of all others.
    ///
    /// # Errors
    /// There is no Redis on this machine, or one of them does not start.
    pub async fn start() -> Result<Self> {
        let directory = Scratch::new("sentinel")?;
        let access = Access { password: Some(PASSWORD), tls: None };
        let mut primary = Instance::start(directory.path(), "server-0", access.clone(), &[])?;
        primary.until_ready().await?;
        let port = primary.address().port();
        let mut servers = vec![primary];
        for n in 1..3 {
            let follow = ["--replicaof".to_owned(), format!("127.0.0.1 {port}")];
            let quick = words("--repl-diskless-sync-delay 0");
            let more = [&follow[..], &quick].concat();
            servers.push(Instance::start(directory.path(), &format!("server-{n}"), access.clone(), &more)?);
        }
        let configuration = format!(
            "sentinel monitor {NAME} 127.0.0.1 {port} {QUORUM}\n\
             sentinel auth-pass {NAME} \"{PASSWORD}\"\n\
             sentinel down-after-milliseconds {NAME} {}\n\
             sentinel failover-timeout {NAME} 5000\n",
            DOWN_AFTER.as_millis()
        );
        let mut sentinels = vec![];
        for n in 0..3 {
            sentinels.push(Instance::start_sentinel(
                directory.path(),
                &format!("sentinel-{n}"),
                &configuration,
            )?);
        }
        for instance in servers.iter_mut().chain(&mut sentinels) {
            instance.until_ready().await?;
        }
        let these = Self { servers, sentinels, _directory: directory };
        these.until_whole().await?;
        Ok(these)
    }

    /// The sentinels' URL, with the servers' password.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(|sentinel| sentinel.address().to_string()).collect();
        format!("redis+sentinel://:{PASSWORD_IN_URL}@{}/{NAME}", hosts.join(","))
    }

    /// Who the primary is, by the first sentinel that answers.
    ///
    /// # Errors
    /// None of them does.
    pub fn primary(&self) -> Result<SocketAddr> {
        let ask = ["sentinel", "get-master-addr-by-name", NAME];
        let answer = self.sentinels.iter().find_map(|sentinel| sentinel.command(&ask).ok());
        let answer = answer.context("no sentinel answers")?;
        Ok(answer.split_whitespace().collect::<Vec<_>>().join(":").parse()?)
    }

    /// Kills the primary, and tells who it was.
    ///
    /// # Errors
    /// Nobody knows who it is.
    pub fn crash_primary(&mut self) -> Result<SocketAddr> {
        let address = self.primary()?;
        let server = self.servers.iter_mut().find(|server| server.address() == address);
        server.context("an unknown primary")?.daemon.crash();
        Ok(address)
    }

    /// Freezes the primary for good, and tells who it was.
    ///
    /// # Errors
    /// Nobody knows who it is.
    pub fn freeze_primary(&self) -> Result<SocketAddr> {
        let address = self.primary()?;
        let server = self.servers.iter().find(|server| server.address() == address);
        server.context("an unknown primary")?.daemon.freeze()?;
        Ok(address)
    }

    /// Has the sentinels make another server the primary while all live: a planned failover.
    ///
    /// # Errors
    /// They refuse.
    pub fn hand_over(&self) -> Result<()> {
        let first = self.sentinels.first().context("no sentinels")?;
        first.command(&["sentinel", "failover", NAME])?;
        Ok(())
    }

    /// Waits until another than that is the primary.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn until_primary_is_not(&self, address: SocketAddr) -> Result<()> {
        until(|| Ok(self.primary()? != address)).await.context("no other became the primary")
    }

    /// Starts again what was killed, and waits until all is as it was first, with another primary.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        for server in &mut self.servers {
            server.daemon.resume()?;
            server.until_ready().await?;
        }
        self.until_whole().await
    }

    async fn until_whole(&self) -> Result<()> {
        until(|| {
            for sentinel in &self.sentinels {
                let known = sentinel.command(&["info", "sentinel"])?;
                if !known.contains("status=ok") || !known.contains("slaves=2,sentinels=3") {
                    return Ok(false);
                }
                let replicas = sentinel.command(&["sentinel", "replicas", NAME])?;
                if replicas.matches("master-link-status\nok").count() != 2 {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
        .context("the sentinels did not find each other")
    }
}

/// Waits for something that takes these servers a moment; what fails on the way is tried again.
pub(super) async fn until(mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !matches!(done(), Ok(true)) {
        ensure!(started.elapsed() < TOGETHER_WITHIN, "not within {TOGETHER_WITHIN:?}");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
