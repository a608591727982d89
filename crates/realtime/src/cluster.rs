//! This node as one of its cluster: its lease, the registry of its connections, presence across nodes, and what the
//! operator wants of it.
//!
//! Nothing here is needed to deliver a message. While the cluster's store is away the node serves as before; its lease
//! runs out, and when the store is back it joins anew and registers everything again. That is also all that happens to a
//! process that was stopped for longer than its lease.

mod admission;
mod heartbeat;
mod join;
mod online;
mod present;
mod registration;
mod seen;
mod shedding;
mod telling;
#[cfg(test)]
mod tests;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chinwag_chat::cluster::{Cluster, NodePhase, NodeReport, Policy};
use chinwag_chat::{Clock, UserId};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Hub;
use registration::Whereabouts;

pub use admission::NotAdmitted;
pub use join::JoinError;

/// How a node keeps in touch with the others.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// How long the others believe that it lives after they last heard of it. It says so three times as often.
    pub lease: Duration,
    /// How long the departure of clients is spread over that the operator wants elsewhere.
    pub spread: Duration,
    /// How many connections a user may have, if that is limited.
    pub policy: Option<Policy>,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self { lease: Duration::from_secs(6), spread: Duration::from_secs(5), policy: None }
    }
}

/// This node as one of its cluster.
pub struct ClusterNode {
    hub: Arc<Hub>,
    cluster: Arc<dyn Cluster>,
    clock: Arc<dyn Clock>,
    settings: ClusterSettings,
    report: Mutex<NodeReport>,
    /// Whether the others know of it, as far as it knows.
    registered: AtomicBool,
    /// Something changed that the others should hear of at once.
    news: Notify,
    drain: CancellationToken,
    /// Users who came online or went offline and whose rooms were not told yet: where they are now.
    untold: Mutex<BTreeMap<UserId, Whereabouts>>,
    told: Mutex<told::Told>,
    shedding: shedding::Shedding,
    online: online::OnlineCache,
    present: present::PresentCache,
}

impl ClusterNode {
    /// A node that reports itself so. It is one of the cluster from [`join`](Self::join) on.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        cluster: Arc<dyn Cluster>,
        clock: Arc<dyn Clock>,
        report: NodeReport,
        settings: ClusterSettings,
    ) -> Self {
        if settings.policy.is_some() {
            hub.registry.tell_of_all_that_go();
        }
        Self {
            hub,
            cluster,
            clock,
            settings,
            report: Mutex::new(report),
            registered: AtomicBool::new(false),
            news: Notify::new(),
            drain: CancellationToken::new(),
            untold: Mutex::default(),
            told: Mutex::default(),
            shedding: shedding::Shedding::default(),
            online: online::OnlineCache::default(),
            present: present::PresentCache::default(),
        }
    }

    /// What the nodes of the cluster share.
    #[must_use]
    pub fn cluster(&self) -> &Arc<dyn Cluster> {
        &self.cluster
    }

    /// What the node says of itself at this moment.
    #[must_use]
    pub fn report(&self) -> NodeReport {
        let mut report = self.report.lock().clone();
        report.connections = u32::try_from(self.hub.connection_count()).unwrap_or(u32::MAX);
        report
    }

    /// Tells the others that the node sends its clients away.
    pub fn begin_drain(&self) {
        self.report.lock().phase = NodePhase::Draining;
        self.news.notify_one();
    }

    /// Waits until the operator wants the node to drain and stop.
    pub async fn drain_wished(&self) {
        self.drain.cancelled().await;
    }

    /// Goes in good order: the node's name is free at once, and its users are online for the grace time.
    ///
    /// # Errors
    /// The store's; then its lease runs out by itself.
    pub async fn leave(&self) -> Result<(), chinwag_chat::StoreError> {
        let incarnation = self.report.lock().incarnation;
        self.cluster.leave(incarnation).await
    }
}
