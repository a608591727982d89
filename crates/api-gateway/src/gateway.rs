//! The gateway as it runs: everything that requests need.

mod build;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use http::HeaderMap;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::api::Apis;
use crate::config::{Drain, Limits, Management};
use crate::connection_id::NodeTag;
use crate::connections::Connections;
use crate::function::Function;
use crate::listen::Peer;
use crate::nodes::Nodes;
use crate::rates::Rates;
use crate::sigv4::{KeyRing, Verifier};
use crate::surroundings::Surroundings;

/// All of it.
pub(crate) struct Gateway {
    pub(crate) node: NodeTag,
    pub(crate) nodes: Nodes,
    pub(crate) apis: Apis,
    pub(crate) functions: HashMap<String, Arc<Function>>,
    pub(crate) connections: Connections,
    pub(crate) limits: Limits,
    pub(crate) drain: Drain,
    pub(crate) management: Management,
    pub(crate) keys: KeyRing,
    pub(crate) rates: Rates,
    pub(crate) region: String,
    pub(crate) account_id: String,
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
    pub(crate) surroundings: Arc<Surroundings>,
    /// How many messages may be worked on at once.
    pub(crate) in_flight: Arc<Semaphore>,
    /// Everything that is under way beside requests.
    pub(crate) tasks: TaskTracker,
    pub(crate) is_draining: AtomicBool,
}

impl Gateway {
    /// Checks signatures for one of AWS's services.
    pub(crate) fn verifier<'a>(&'a self, service: &'a str) -> Verifier<'a> {
        Verifier {
            keys: &self.keys,
            region: &self.region,
            service,
            clock_skew: self.management.clock_skew,
            now_ms: self.surroundings.now_ms(),
        }
    }

    /// The client behind a socket: the other end of it, unless that is a proxy that is trusted to say who is.
    pub(crate) fn source(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        let is_trusted =
            |address: &IpAddr| self.trusted_proxies.iter().any(|network| network.contains(address));
        let mut source = peer.address;
        let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        // Each proxy appends whom it heard from, so what the last trusted one heard stands furthest to the right.
        for hop in hops.iter().rev() {
            let (true, Ok(hop)) = (is_trusted(&source), hop.parse::<IpAddr>()) else { break };
            source = hop.to_canonical();
        }
        source
    }
}
