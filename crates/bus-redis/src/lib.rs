//! Hints between nodes over Redis or Valkey: one server, a primary that sentinels choose, or a cluster.
//!
//! Redis is a wire here and nothing else: what is published reaches whoever is subscribed at that moment, and nothing is
//! kept. [`RedisWire`] moves bytes for the [`RemoteBus`](chinwag_bus_remote::RemoteBus), which makes good what a wire
//! loses. The server must speak RESP3, so that one connection can publish and be subscribed: Redis 6 or newer (7 for a
//! cluster, which needs sharded pub/sub), or any Valkey.
//!
//! # URLs
//! | URL | meaning |
//! | --- | --- |
//! | `redis://host:6379/0` | one server; the port and the database may be left out |
//! | `redis+sentinel://host:26379,host:26379/name/0` | the primary that these sentinels call `name` |
//! | `redis+cluster://host:6379,host:6379` | a cluster; some of its servers are enough, the others are learned |
//!
//! `rediss` instead of `redis` speaks TLS, and `valkey` or `valkeys` mean the same. Before the hosts there may be
//! `user:password@` or `:password@`, with special characters written as `%40`. After the question mark there may be
//! - `prefix=chinwag`: what the names of all channels begin with. Two clusters of nodes that share a Redis need two
//!   prefixes, or two database numbers: Redis's channels know nothing of databases, so the number is part of the name;
//! - `ca=/path/ca.pem`: the authority to trust instead of the system's;
//! - `sentinel_user=` and `sentinel_password=`, for sentinels that want a login of their own.
#![forbid(unsafe_code)]

mod address;
mod cluster;
mod connection;
mod failure;
mod inbox;
mod login;
mod names;
mod one_server;
mod sentinel;

use async_trait::async_trait;
use chinwag_bus_remote::{Link, Wire, WireDescription, WireError};

use address::{Address, Deployment};

/// The most that one message may have. Redis itself carries more, but cuts off subscribers who are behind by some tens of
/// such messages.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The way to the other nodes through Redis.
#[derive(Debug)]
pub struct RedisWire {
    address: Address,
    description: WireDescription,
}

impl RedisWire {
    /// Understands a URL; connects to nothing yet.
    ///
    /// # Errors
    /// It is no URL of a Redis; or the file that `ca=` names cannot be read.
    pub fn new(url: &str) -> Result<Self, WireError> {
        let address = Address::parse(url)?;
        if address.tls.is_some() {
            // Refused if the process has chosen already, which is as good.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let server = match address.deployment {
            Deployment::One(_) => "Redis server",
            Deployment::Sentinel(_) => "Redis sentinel",
            Deployment::Cluster(_) => "Redis Cluster",
        };
        let place = address.place();
        let description = WireDescription { server, place, max_message_bytes: MAX_MESSAGE_BYTES };
        Ok(Self { address, description })
    }
}

#[async_trait]
impl Wire for RedisWire {
    fn description(&self) -> &WireDescription {
        &self.description
    }

    async fn connect(&self) -> Result<Link, WireError> {
        let Address { deployment, login, names, tls } = &self.address;
        match deployment {
            Deployment::One(host) => {
                let explain = |error| failure::explain(&error, &self.description);
                let client = connection::client(host, login, tls.as_ref()).map_err(explain)?;
                let (link, _) = one_server::link(&client, names).await.map_err(explain)?;
                Ok(link)
            }
            Deployment::Sentinel(sentinels) => {
                let link = sentinel::link(sentinels, &self.address).await;
                link.map_err(|error| sentinel::explain(&error, &self.description))
            }
            Deployment::Cluster(hosts) => cluster::link(hosts, &self.address, &self.description).await,
        }
    }
}
