//! This node among the others: who it says that it is, and how it finds them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chinwag_chat::Entropy;
use chinwag_chat::cluster::{Cluster, ClusterSecret, Incarnation, NodePhase, NodeReport, WIRE_VERSION};
use chinwag_realtime::{ClusterNode, ClusterSettings, Hub};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::realtime::Relay;
use crate::settings::VERSION;

/// How long a node that stops may take to tell the others. Those it does not tell notice by themselves.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

/// This node as it will be one of its cluster, and its way to the others.
pub(super) async fn member(
    config: &Config,
    cluster: Arc<dyn Cluster>,
    hub: Arc<Hub>,
    listening: SocketAddr,
    max_connections: usize,
    entropy: &dyn Entropy,
) -> anyhow::Result<(Arc<ClusterNode>, Relay)> {
    let name = config.node.name();
    let incarnation = Incarnation(u64::from_ne_bytes(random(entropy)));
    let report = NodeReport {
        name: name.parse().context("`node_name`")?,
        incarnation,
        address: config.cluster.advertised(listening),
        version: VERSION.to_owned(),
        wire: WIRE_VERSION,
        roles: config.node.role.to_string(),
        phase: NodePhase::Running,
        connections: 0,
        max_connections: u32::try_from(max_connections).unwrap_or(u32::MAX),
        heard_wish: 0,
    };
    let settings = ClusterSettings {
        lease: config.cluster.lease,
        spread: config.drain.spread,
        policy: config.connections.policy(),
    };
    let secret = cluster.secret(ClusterSecret(random(entropy))).await.context("`store` cannot be used")?;
    let relay = Relay::new(cluster.clone(), name, incarnation, &secret)?;
    Ok((Arc::new(ClusterNode::new(hub, cluster, Arc::new(SystemClock), report, settings)), relay))
}

/// Tells the others that this node goes.
pub(super) async fn leave(node: &ClusterNode) {
    match tokio::time::timeout(LEAVE_TIMEOUT, node.leave()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot tell the other nodes that this one goes"),
        Err(_) => tracing::warn!("cannot tell the other nodes that this one goes: the store says nothing"),
    }
}

fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
