//! How many connections a user may have, on all nodes together.

use chinwag_chat::StoreError;
use chinwag_chat::cluster::Admission;

use super::ClusterNode;
use crate::Mailbox;

/// Why a connection was not let in.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// The user has as many as they may have.
    #[error("the user has as many connections as they may have")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClusterNode {
    /// Whether a connection that is registered already may stay. Those that have to make room for it are closed: this
    /// node's at once, those of other nodes with their next round.
    ///
    /// # Errors
    /// [`NotAdmitted`]; then it has to be closed.
    pub async fn admit(&self, mailbox: &Mailbox) -> Result<(), NotAdmitted> {
        let Some(policy) = self.settings.policy else { return Ok(()) };
        let (node, incarnation) = {
            let report = self.report.lock();
            (report.name.clone(), report.incarnation)
        };
        match self.cluster.admit(incarnation, &mailbox.as_live(), policy).await? {
            Admission::Admitted { replaced } => {
                let here = replaced.into_iter().filter(|placed| placed.node == node);
                self.close(&here.map(|placed| placed.connection.id).collect::<Vec<_>>());
                Ok(())
            }
            Admission::Refused => Err(NotAdmitted::TooMany),
        }
    }
}
