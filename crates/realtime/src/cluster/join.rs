//! Becoming one of the cluster.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chinwag_chat::StoreError;
use chinwag_chat::cluster::Standing;
use tokio::time::{Instant, sleep};

use super::ClusterNode;

/// How often it is looked whether another node's lease on the name has run out.
const NAME_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Why a node cannot be one of the cluster.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Two nodes would have one name.
    #[error(
        "another node of the name \"{name}\" is running at {address}; give every node of the cluster its own \
         `node_name`"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// Where the other is reached.
        address: String,
    },
    /// The nodes would not understand each other.
    #[error(
        "the node \"{name}\" at {address} runs Chinwag {version}, which does not understand this one's words \
         (wire version {wire}, here {here}); stop it first, or start a version in between"
    )]
    OtherWire {
        /// The other's name.
        name: String,
        /// Where it is reached.
        address: String,
        /// Its version.
        version: String,
        /// What it speaks.
        wire: u16,
        /// What this node speaks.
        here: u16,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClusterNode {
    /// Takes the node's name in the cluster. Where a node of that name has died a moment ago, this waits until its lease
    /// has run out.
    ///
    /// # Errors
    /// A [`JoinError`]; then the node must not run.
    pub async fn join(&self) -> Result<(), JoinError> {
        self.understand_the_others().await?;
        let give_up = Instant::now() + self.settings.lease * 2;
        let mut least_left = Duration::MAX;
        loop {
            let report = self.report();
            match self.cluster.renew(&report, self.settings.lease).await? {
                Standing::Joined | Standing::Kept { .. } => break,
                Standing::NameTaken { address, lease_left } => {
                    // A lease that grows is one of a node that lives. One that only shrinks is of a node that died, or of
                    // one that has not spoken again yet.
                    if lease_left > least_left || Instant::now() > give_up {
                        return Err(JoinError::NameTaken { name: report.name.to_string(), address });
                    }
                    if least_left == Duration::MAX {
                        tracing::info!(%address, "waiting for the lease of the node that had this name");
                    }
                    least_left = lease_left;
                    sleep(NAME_CHECK_INTERVAL.min(lease_left)).await;
                }
            }
        }
        self.registered.store(true, Ordering::Release);
        self.hub.registry.say_everything();
        Ok(())
    }

    async fn understand_the_others(&self) -> Result<(), JoinError> {
        let here = self.report.lock().wire;
        for other in self.cluster.nodes().await? {
            if other.is_live() && other.report.wire != here {
                let report = other.report;
                return Err(JoinError::OtherWire {
                    name: report.name.to_string(),
                    address: report.address,
                    version: report.version,
                    wire: report.wire,
                    here,
                });
            }
        }
        Ok(())
    }
}
