//! How the nodes tell each other what happened.

use std::fmt;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use tokio::task::block_in_place;

use super::database::Database;
use super::through::Network;
use crate::nats::{Access, Nats};
use crate::redis::{Redis, RedisCluster, RedisSentinel};

/// A channel whose owner in a Redis Cluster is killed: any will do, since each server owns a third of them.
const ANY_CHANNEL: &str = "any";

/// Which bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum BusKind {
    /// None at all: the nodes notice each other's changes only by comparing heads with the store's.
    None,
    /// One Redis.
    Redis,
    /// A Redis primary, two replicas, three sentinels.
    Sentinel,
    /// A Redis Cluster of three primaries and three replicas.
    Cluster,
    /// One NATS server.
    Nats,
    /// The store itself.
    Postgres,
}

impl BusKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Redis, Self::Sentinel, Self::Cluster, Self::Nats, Self::Postgres];

    /// Whether the bus is one server that can be restarted, frozen and cut off.
    #[must_use]
    pub fn is_one_server(self) -> bool {
        matches!(self, Self::Redis | Self::Nats)
    }

    /// Whether a replica takes over when a server is lost.
    #[must_use]
    pub fn fails_over(self) -> bool {
        matches!(self, Self::Sentinel | Self::Cluster)
    }
}

impl fmt::Display for BusKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Redis => "redis",
            Self::Sentinel => "sentinel",
            Self::Cluster => "cluster",
            Self::Nats => "nats",
            Self::Postgres => "postgres",
        })
    }
}

/// A running bus.
#[derive(Debug)]
pub enum Bus {
    /// See [`BusKind::None`].
    None,
    /// See [`BusKind::Redis`].
    Redis(Redis),
    /// See [`BusKind::Sentinel`].
    Sentinel {
        /// The servers.
        servers: RedisSentinel,
        /// The primary that was killed.
        killed: Option<SocketAddr>,
    },
    /// See [`BusKind::Cluster`].
    Cluster(RedisCluster),
    /// See [`BusKind::Nats`].
    Nats(Nats),
    /// See [`BusKind::Postgres`].
    Postgres,
}

impl Bus {
    pub(super) async fn start(kind: BusKind) -> Result<Self> {
        Ok(match kind {
            BusKind::None => Self::None,
            BusKind::Redis => Self::Redis(Redis::start_with_password().await?),
            BusKind::Sentinel => Self::Sentinel { servers: RedisSentinel::start().await?, killed: None },
            BusKind::Cluster => Self::Cluster(RedisCluster::start().await?),
            BusKind::Nats => Self::Nats(Nats::start(Access::Password).await?),
            BusKind::Postgres => Self::Postgres,
        })
    }

    /// What `--bus` is given for one node, and the network between it and the bus.
    pub(super) async fn network(&self, database: &Database) -> Result<(String, Network)> {
        match self {
            Self::None => Ok(("local".to_owned(), Network::default())),
            Self::Redis(redis) => Network::through(&redis.url()).await,
            Self::Nats(nats) => Network::through(&nats.url()).await,
            Self::Postgres => Network::through(&database.url()).await,
            // They tell their clients the addresses of their servers, so there is no way in between.
            Self::Sentinel { servers, .. } => Ok((servers.url(), Network::default())),
            Self::Cluster(servers) => Ok((servers.url(), Network::default())),
        }
    }

    /// Ends the server, or one that others depend on.
    ///
    /// # Errors
    /// This bus has none.
    pub fn crash(&mut self) -> Result<()> {
        block_in_place(|| match self {
            Self::Redis(redis) => {
                redis.crash();
                Ok(())
            }
            Self::Nats(nats) => {
                nats.crash();
                Ok(())
            }
            Self::Sentinel { servers, killed } => {
                *killed = Some(servers.crash_primary()?);
                Ok(())
            }
            Self::Cluster(servers) => servers.crash_owner_of(ANY_CHANNEL).map(drop),
            Self::None | Self::Postgres => bail!("this bus has no server of its own"),
        })
    }

    /// Starts again what was ended; where another server takes over, waits for that first.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.resume().await,
            Self::Nats(nats) => nats.resume().await,
            Self::Sentinel { servers, killed } => {
                if let Some(killed) = killed.take() {
                    servers.until_primary_is_not(killed).await?;
                }
                servers.resume().await
            }
            Self::Cluster(servers) => servers.resume().await,
            Self::None | Self::Postgres => Ok(()),
        }
    }

    /// Forgets everything that it holds.
    ///
    /// # Errors
    /// It does not answer, or is not Redis.
    pub fn flush(&self) -> Result<()> {
        match self {
            Self::Redis(redis) => block_in_place(|| redis.command(&["FLUSHALL"])).map(drop),
            _ => bail!("this bus cannot be flushed"),
        }
    }

    /// Stops the server where it stands.
    ///
    /// # Errors
    /// This bus has none.
    pub fn freeze(&self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.freeze(),
            Self::Nats(nats) => nats.freeze(),
            _ => bail!("this bus has no server of its own"),
        }
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// This bus has none.
    pub fn thaw(&self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.thaw(),
            Self::Nats(nats) => nats.thaw(),
            _ => bail!("this bus has no server of its own"),
        }
    }
}
