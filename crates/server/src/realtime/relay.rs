//! From node to node: a command of a fallback transport that came to another node than its connection is on.
//!
//! The transports that only lead down are as free of affinity as the others: `POST /emulation` may reach any node. The
//! request names the node of its connection, as the connect reply told it, and one that holds no such connection asks
//! the named node by `POST /cluster/emulation`. Only nodes can do that: [`seal`] says how they know each other.

mod seal;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chinwag_api::{ApiError, ErrorCode};
use chinwag_chat::StoreError;
use chinwag_chat::cluster::{ClusterSecret, Incarnation, NodeStatus, Nodes};
use chinwag_protocol::{EmulationRequest, Encoding};
use hashbrown::HashMap;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::emulation::gone;
use crate::http::Failure;
use seal::{BrokenSeal, ERA_HEADER, SEAL_HEADER, Seals};

/// Where nodes bring each other the commands of fallback transports.
pub(super) const PATH: &str = "/cluster/emulation";

/// How long the other node may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to reach it.
const REACH_TIMEOUT: Duration = Duration::from_secs(2);
/// How many commands may be on their way to other nodes.
const CALLS_AT_ONCE: usize = 256;
/// How many idle connections to each of them are kept.
const IDLE_PER_NODE: usize = 16;
/// How long the list of nodes is good for.
const NODES_KEPT: Duration = Duration::from_secs(2);
/// How long to wait before it is read again for a name that is not on it.
const NODES_PAUSE: Duration = Duration::from_millis(250);
/// How long to wait for it.
const NODES_TIMEOUT: Duration = Duration::from_secs(2);

/// This node's way to the others.
pub struct Relay {
    name: String,
    nodes: Arc<dyn Nodes>,
    known: tokio::sync::Mutex<Known>,
    seals: Seals,
    http: reqwest::Client,
    on_their_way: Semaphore,
}

/// Another node.
#[derive(Debug, Clone)]
struct Peer {
    incarnation: Incarnation,
    address: String,
}

/// Why a call between nodes is not done.
pub(super) enum Refused {
    /// Its seal is not good.
    Seal(BrokenSeal),
    /// The call itself is not.
    Call(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Call(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            // Only nodes come so far: the seal is the cluster's.
            Self::Seal(BrokenSeal::TooOld(era)) => {
                (StatusCode::CONFLICT, [(ERA_HEADER, era.to_string())]).into_response()
            }
            // Nothing is said of why: outsiders find here only what they would find on any path that there is not.
            Self::Seal(_) => Failure::new(ErrorCode::NotFound).into_response(),
            Self::Call(failure) => failure.into_response(),
        }
    }
}

/// The live nodes as they were a moment ago, by name.
#[derive(Debug, Default)]
struct Known {
    peers: HashMap<String, Peer>,
    asked_at: Option<Instant>,
    /// Whether the last question was not answered.
    is_old: bool,
}

impl Relay {
    /// The way from this run of the node of that name to those that `nodes` tells of and that have the same secret.
    ///
    /// # Errors
    /// The system lacks what an HTTP client needs.
    pub fn new(
        nodes: Arc<dyn Nodes>,
        name: String,
        own: Incarnation,
        secret: &ClusterSecret,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // The other nodes are next door, whatever the environment says of the way out.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(REACH_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_NODE)
            .build()?;
        Ok(Self {
            name,
            nodes,
            known: tokio::sync::Mutex::default(),
            seals: Seals::new(own, secret),
            http,
            on_their_way: Semaphore::new(CALLS_AT_ONCE),
        })
    }

    /// Whether the request is for a connection of another node.
    pub(super) fn leads_elsewhere(&self, request: &EmulationRequest) -> bool {
        !request.node.is_empty() && request.node != self.name
    }

    /// Brings a command to the node that its connection is on.
    pub(super) async fn pass_on(&self, request: &EmulationRequest) -> Result<StatusCode, Failure> {
        let Ok(_permit) = self.on_their_way.try_acquire() else {
            return Err(ApiError::too_many_requests(Duration::from_secs(1)).into());
        };
        let peer = self.find(&request.node).await.map_err(ApiError::unavailable)?.ok_or_else(gone)?;
        let body = request.encode_body(Encoding::Protobuf);
        let mut answer = self.call(&peer, 0, body.clone()).await;
        if let Ok(refused) = &answer
            && refused.status() == StatusCode::CONFLICT
            && let Some(era) =
                refused.headers().get(ERA_HEADER).and_then(|era| era.to_str().ok()?.parse().ok())
        {
            answer = self.call(&peer, era, body).await;
        }
        match answer.map(|answer| answer.status()) {
            Ok(StatusCode::NO_CONTENT) => Ok(StatusCode::NO_CONTENT),
            Ok(StatusCode::NOT_FOUND) => Err(gone().into()),
            Ok(StatusCode::TOO_MANY_REQUESTS) => {
                Err(ApiError::too_many_requests(Duration::from_secs(1)).into())
            }
            Ok(status) => {
                Err(ApiError::unavailable(format!("node {} answered {status}", request.node)).into())
            }
            Err(error) => {
                // It may be gone, or be back under another address.
                self.known.lock().await.asked_at = None;
                Err(ApiError::unavailable(format!("node {} is out of reach: {error}", request.node)).into())
            }
        }
    }

    async fn call(&self, peer: &Peer, era: u64, body: Bytes) -> reqwest::Result<reqwest::Response> {
        let seal = self.seals.seal(peer.incarnation, era, PATH, &body);
        let url = format!("http://{}{PATH}", peer.address);
        let call = self.http.post(url).header(SEAL_HEADER, seal);
        call.header(header::CONTENT_TYPE, "application/octet-stream").body(body).send().await
    }

    /// Takes in a command that another node brings.
    pub(super) fn open(&self, headers: &HeaderMap, body: &[u8]) -> Result<EmulationRequest, Refused> {
        let shown = headers.get(SEAL_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Err(broken) = self.seals.open(shown, PATH, body) {
            tracing::debug!(%broken, "refused a call between nodes");
            return Err(Refused::Seal(broken));
        }
        EmulationRequest::decode_body(Encoding::Protobuf, body).map_err(|error| {
            Refused::Call(ApiError::because(ErrorCode::BadRequest, error.to_string()).into())
        })
    }

    /// The live node of that name.
    async fn find(&self, name: &str) -> Result<Option<Peer>, StoreError> {
        let mut known = self.known.lock().await;
        let peer = known.peers.get(name).cloned();
        let good_for = if peer.is_some() { NODES_KEPT } else { NODES_PAUSE };
        if known.asked_at.is_some_and(|asked_at| asked_at.elapsed() < good_for) {
            return if known.is_old && peer.is_none() { Err(no_list()) } else { Ok(peer) };
        }
        let nodes = timeout(NODES_TIMEOUT, self.nodes.nodes()).await.unwrap_or_else(|_| Err(no_list()));
        // Counted from the answer: while the store says nothing, not everybody in turn waits for it.
        known.asked_at = Some(Instant::now());
        known.is_old = nodes.is_err();
        match nodes {
            Ok(nodes) => {
                let live = nodes.into_iter().filter(NodeStatus::is_live).map(|node| {
                    let (incarnation, address) = (node.report.incarnation, node.report.address);
                    (node.report.name.to_string(), Peer { incarnation, address })
                });
                known.peers = live.collect();
                Ok(known.peers.get(name).cloned())
            }
            // What was known is better than nothing: the node may well be where it was.
            Err(_) if peer.is_some() => Ok(peer),
            Err(error) => Err(error),
        }
    }
}

fn no_list() -> StoreError {
    StoreError::Unavailable("the store does not say which nodes there are".to_owned())
}

#[cfg(test)]
mod tests;
