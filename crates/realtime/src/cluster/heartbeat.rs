//! The node's lease, what it hears of the others, and what the operator wants of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chinwag_chat::StoreError;
use chinwag_chat::cluster::{Incarnation, NodePhase, NodeReport, NodeStatus, Standing, Wish};
use metrics::gauge;
use tokio::time::{Instant, timeout_at};

use super::ClusterNode;

/// How many times a node speaks while its lease lasts: two words may be lost. No word is waited for longer than until the
/// next one is due, so that one that hangs does not use up the lease.
const BEATS_PER_LEASE: u32 = 3;

/// What was last heard of the others.
#[derive(Default)]
struct Heard {
    others: BTreeMap<Incarnation, NodeReport>,
    trouble: Option<Trouble>,
}

/// What keeps the node out of its cluster; logged when it changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Store,
    Name,
}

impl ClusterNode {
    /// Renews the node's lease, and does what the answer says. Runs until dropped.
    pub async fn beat(self: Arc<Self>) {
        let mut heard = Heard::default();
        let pause = self.settings.lease / BEATS_PER_LEASE;
        loop {
            let next = Instant::now() + pause;
            let trouble = match timeout_at(next, self.beat_once(&mut heard)).await {
                Ok(Ok(trouble)) => trouble,
                Ok(Err(error)) => heard.store_is_away(&error),
                Err(_) => heard.store_is_away(&StoreError::Unavailable("no answer in time".to_owned())),
            };
            if heard.trouble.is_some() && trouble.is_none() {
                tracing::info!("the other nodes know of this one again");
                // It may have joined anew by a beat whose answer was lost.
                self.hub.registry.say_everything();
            }
            heard.trouble = trouble;
            self.registered.store(trouble.is_none(), Ordering::Release);
            let _ = timeout_at(next, self.news.notified()).await;
        }
    }

    async fn beat_once(&self, heard: &mut Heard) -> Result<Option<Trouble>, StoreError> {
        let report = self.report();
        match self.cluster.renew(&report, self.settings.lease).await? {
            Standing::Joined => {
                tracing::info!("the other nodes had given this one up: registering everything again");
                self.hub.registry.say_everything();
            }
            Standing::Kept { wish: None } => {}
            Standing::Kept { wish: Some((number, wish)) } => self.hear(number, wish),
            Standing::NameTaken { address, .. } => {
                if heard.trouble != Some(Trouble::Name) {
                    tracing::error!(
                        node = %report.name, %address,
                        "another node has taken this one's `node_name` while it was away; this one goes on without the others"
                    );
                }
                return Ok(Some(Trouble::Name));
            }
        }
        self.hear_of_others(heard, self.cluster.nodes().await?);
        Ok(None)
    }

    fn hear(&self, number: u64, wish: Wish) {
        self.report.lock().heard_wish = number;
        match wish {
            Wish::Drain => {
                tracing::info!("the operator wants this node to drain");
                self.drain.cancel();
            }
            Wish::Shed(count) => {
                tracing::info!(count, "the operator wants clients of this node elsewhere");
                self.shedding.want(count);
            }
        }
    }

    fn hear_of_others(&self, heard: &mut Heard, nodes: Vec<NodeStatus>) {
        let own = self.report.lock().clone();
        let live = nodes.into_iter().filter(NodeStatus::is_live).map(|node| node.report);
        let others: BTreeMap<Incarnation, NodeReport> = live
            .filter(|node| node.incarnation != own.incarnation)
            .map(|node| (node.incarnation, node))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "nobody has so many nodes")]
        gauge!("chinwag_nodes").set((others.len() + 1) as f64);
        for other in others.values().filter(|other| !heard.others.contains_key(&other.incarnation)) {
            tracing::info!(node = %other.name, address = %other.address, version = %other.version, "a node is there");
            if other.wire != own.wire {
                tracing::error!(
                    node = %other.name, version = %other.version,
                    "the node speaks another wire version: hints do not reach it, nor this one its own"
                );
            } else if other.version != own.version {
                tracing::info!(node = %other.name, version = %other.version, here = %own.version, "versions are mixed");
            }
        }
        let gone = heard.others.values().filter(|other| !others.contains_key(&other.incarnation));
        let mut any_died = false;
        for other in gone {
            tracing::info!(node = %other.name, "a node is gone");
            any_died |= other.phase == NodePhase::Running;
        }
        if any_died {
            // It may have committed what it did not come to announce.
            self.hub.repairs.uncertain.add_everything();
        }
        heard.others = others;
    }
}

impl Heard {
    fn store_is_away(&self, error: &StoreError) -> Option<Trouble> {
        if self.trouble != Some(Trouble::Store) {
            tracing::warn!(%error, "cannot tell the other nodes that this one lives; it serves on");
        }
        Some(Trouble::Store)
    }
}
