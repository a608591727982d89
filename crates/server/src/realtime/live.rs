//! Who is connected, as the API and the operator see it.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chinwag_api::PresenceView;
use chinwag_chat::cluster::PlacedConnection;
use chinwag_chat::{Channel, PresenceEntry, SessionId, StoreError, UserId};
use chinwag_protocol::Encoding;
use chinwag_realtime::{ClusterNode, Hub, Mailbox};

use crate::admin::{ConnectionInfo, LiveConnections};

/// How many connections of other nodes are looked at.
const MAX_ELSEWHERE: usize = 50_000;

/// Looks into this node's hub, and at what the other nodes have registered.
#[derive(Clone)]
pub struct LiveView {
    hub: Arc<Hub>,
    node: Arc<ClusterNode>,
}

impl LiveView {
    /// The view from this node.
    #[must_use]
    pub fn new(hub: Arc<Hub>, node: Arc<ClusterNode>) -> Self {
        Self { hub, node }
    }
}

#[async_trait]
impl PresenceView for LiveView {
    async fn seen(&self, users: &[UserId]) -> Vec<PresenceEntry> {
        self.node.seen(users).await
    }

    fn note_change(&self, user: &UserId) {
        self.node.note_change(user);
    }

    async fn connection_count(&self, user: &UserId) -> usize {
        // Every connection follows its user's own channel.
        self.node.present(&Channel::User(user.clone())).await.len()
    }

    async fn connections_of(&self, sessions: &[SessionId]) -> HashMap<SessionId, usize> {
        let mut counts = HashMap::new();
        for session in sessions {
            let here = self.hub.connections(Some(*session), None).len();
            if here > 0 {
                counts.insert(*session, here);
            }
        }
        let elsewhere = self.elsewhere(sessions).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "cannot ask for connections elsewhere");
            vec![]
        });
        for session in elsewhere.iter().filter_map(|placed| placed.connection.session) {
            *counts.entry(session).or_default() += 1;
        }
        counts
    }
}

#[async_trait]
impl LiveConnections for LiveView {
    fn here(&self, session: Option<SessionId>) -> Vec<ConnectionInfo> {
        self.hub.connections(session, None).iter().map(|mailbox| info(mailbox)).collect()
    }

    async fn elsewhere(&self, sessions: &[SessionId]) -> Result<Vec<PlacedConnection>, StoreError> {
        self.node.elsewhere(sessions, MAX_ELSEWHERE).await
    }
}

fn info(mailbox: &Mailbox) -> ConnectionInfo {
    let owner = mailbox.owner();
    ConnectionInfo {
        id: owner.client.clone(),
        session: owner.session,
        transport: owner.transport.to_owned(),
        encoding: match owner.encoding {
            Encoding::Json => "json".to_owned(),
            Encoding::Protobuf => "protobuf".to_owned(),
        },
        since: owner.connected_at,
        address: owner.address,
        channels: mailbox.follows().iter().map(ToString::to_string).collect(),
        queued_bytes: mailbox.queued_bytes(),
    }
}
