//! A Redis Cluster of three primaries, each with a replica that takes over when it is gone.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};

use super::sentinel::until;
use super::server::{Access, Instance, words};
use super::{PASSWORD, PASSWORD_IN_URL};
use crate::certificate::Certificate;
use crate::ports::free_address;
use crate::scratch::Scratch;

/// How long a server may be silent before the others call it gone, in milliseconds.
const NODE_TIMEOUT: u32 = 1_000;

/// Six servers with [`PASSWORD`]. All end when it is dropped.
#[derive(Debug)]
pub struct RedisCluster {
    servers: Vec<Instance>,
    tls: Option<Certificate>,
    _directory: Scratch,
}

impl RedisCluster {
    /// Starts six servers, makes a cluster of them, and waits until all are content.
    ///
    /// # Errors
    /// There is no Redis on this machine, or one of them does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(false).await
    }

    /// The same, speaking TLS only.
    ///
    /// # Errors
    /// As [`start`](Self::start); or there is no `openssl`.
    pub async fn start_with_tls() -> Result<Self> {
        Self::start_with(true).await
    }

    async fn start_with(is_secure: bool) -> Result<Self> {
        let directory = Scratch::new("redis-cluster")?;
        let tls = if is_secure { Some(Certificate::make(directory.path())?) } else { None };
        let access = Access { password: Some(PASSWORD), tls: tls.clone() };
        let mut servers = vec![];
        for n in 0..6 {
            let talk = free_address()?.port();
            let mut more = words(&format!(
                "--cluster-enabled yes --cluster-port {talk} --cluster-node-timeout {NODE_TIMEOUT} \
                 --cluster-replica-validity-factor 0 --repl-diskless-sync-delay 0"
            ));
            if is_secure {
                more.extend(words("--tls-cluster yes --tls-replication yes"));
            }
            servers.push(Instance::start(directory.path(), &format!("server-{n}"), access.clone(), &more)?);
        }
        for server in &mut servers {
            server.until_ready().await?;
        }
        let first = servers.first().context("no servers")?;
        let mut create = first.cli()?;
        create.args(["--cluster", "create"]).args(servers.iter().map(|server| server.address().to_string()));
        let output = create.args(["--cluster-replicas", "1", "--cluster-yes"]).output()?;
        ensure!(output.status.success(), "no cluster: {}", String::from_utf8_lossy(&output.stdout));
        let these = Self { servers, tls, _directory: directory };
        these.until_whole().await?;
        Ok(these)
    }

    /// The URL of all of them, with their password.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.servers.iter().map(|server| server.address().to_string()).collect();
        let hosts = hosts.join(",");
        match &self.tls {
            None => format!("redis+cluster://:{PASSWORD_IN_URL}@{hosts}"),
            Some(tls) => {
                let authority = tls.authority.display();
                format!("rediss+cluster://:{PASSWORD_IN_URL}@{hosts}?ca={authority}")
            }
        }
    }

    /// Which server is responsible for a channel now.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn owner_of(&self, channel: &str) -> Result<SocketAddr> {
        let slot: u16 = self.ask(&["cluster", "keyslot", channel])?.parse()?;
        // Each line: id, address, flags, primary, sent, received, epoch, state, slots…
        let nodes = self.ask(&["cluster", "nodes"])?;
        let mut owners = nodes.lines().filter(|line| line.contains("master") && !line.contains("fail"));
        let line = owners.find(|line| line.split(' ').skip(8).any(|slots| holds(slots, slot)));
        let address = line.context("a slot without an owner")?.split(' ').nth(1).context("no address")?;
        Ok(address.split(['@', ',']).next().unwrap_or_default().parse()?)
    }

    /// Kills the server that is responsible for a channel, and tells which it was.
    ///
    /// # Errors
    /// Nobody knows which it is.
    pub fn crash_owner_of(&mut self, channel: &str) -> Result<SocketAddr> {
        let address = self.owner_of(channel)?;
        let server = self.servers.iter_mut().find(|server| server.address() == address);
        server.context("an unknown owner")?.daemon.crash();
        Ok(address)
    }

    /// Freezes the server that is responsible for a channel for good, and tells which it was.
    ///
    /// # Errors
    /// Nobody knows which it is.
    pub fn freeze_owner_of(&self, channel: &str) -> Result<SocketAddr> {
        let address = self.owner_of(channel)?;
        self.server(address)?.daemon.freeze()?;
        Ok(address)
    }

    /// Gives the slot of a channel to another of the three primaries, as when a cluster grows.
    ///
    /// # Errors
    /// Nobody knows who has it, or the servers refuse.
    pub async fn move_slot_of(&self, channel: &str) -> Result<()> {
        let slot = self.ask(&["cluster", "keyslot", channel])?;
        let from = self.server(self.owner_of(channel)?)?;
        let nodes = self.ask(&["cluster", "nodes"])?;
        let mut others = nodes.lines().filter(|line| line.contains("master"));
        let to = others.find(|line| !line.contains(&from.address().to_string())).context("no other")?;
        let to_id = to.split(' ').next().unwrap_or_default();
        let to = self.servers.iter().find(|server| to.contains(&server.address().to_string()));
        let to = to.context("an unknown primary")?;
        let from_id = from.command(&["cluster", "myid"])?;
        to.command(&["cluster", "setslot", &slot, "importing", &from_id])?;
        from.command(&["cluster", "setslot", &slot, "migrating", to_id])?;
        to.command(&["cluster", "setslot", &slot, "node", to_id])?;
        from.command(&["cluster", "setslot", &slot, "node", to_id])?;
        until(|| Ok(self.owner_of(channel)? == to.address())).await
    }

    /// Makes the replica of a channel's owner the owner, while all of them live: a planned failover, which sends those
    /// who follow the channel away.
    ///
    /// # Errors
    /// Nobody knows which it is, or it does not become the owner.
    pub async fn hand_over(&self, channel: &str) -> Result<()> {
        let owner = self.owner_of(channel)?;
        let nodes = self.ask(&["cluster", "nodes"])?;
        let owner_line = nodes.lines().find(|line| line.contains(&owner.to_string())).context("no owner")?;
        let owner_id = owner_line.split(' ').next().unwrap_or_default();
        let mut others = nodes.lines().filter(|line| line.contains("slave") && !line.contains("fail"));
        let replica = others.find(|line| line.split(' ').nth(3) == Some(owner_id)).context("no replica")?;
        let is_it = |server: &&Instance| replica.contains(&server.address().to_string());
        let server = self.servers.iter().find(is_it).context("an unknown replica")?;
        server.command(&["cluster", "failover"])?;
        until(|| Ok(self.owner_of(channel)? == server.address())).await
    }

    /// Starts again what was killed, and waits until all are content.
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

    fn server(&self, address: SocketAddr) -> Result<&Instance> {
        self.servers.iter().find(|server| server.address() == address).context("an unknown server")
    }

    fn ask(&self, words: &[&str]) -> Result<String> {
        let mut living = self.servers.iter().filter(|server| server.daemon.is_started());
        living.find_map(|server| server.command(words).ok()).context("no server answers")
    }

    async fn until_whole(&self) -> Result<()> {
        until(|| {
            for server in &self.servers {
                let info = server.command(&["cluster", "info"])?;
                let nodes = server.command(&["cluster", "nodes"])?;
                let whole = info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:6");
                if !whole || nodes.matches("slave").count() != 3 || nodes.contains("fail") {
                    return Ok(false);
                }
                let replication = server.command(&["info", "replication"])?;
                if replication.contains("role:slave") && !replication.contains("master_link_status:up") {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
        .context("the servers became no cluster")
    }
}

/// Whether a range such as `0-5460` holds the slot. Those on the move, in brackets, are not looked at.
fn holds(slots: &str, slot: u16) -> bool {
    let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
    matches!((first.parse(), last.parse()), (Ok(first), Ok(last)) if (first..=last).contains(&slot))
}
