//! The hub as the API and the operator see it.

use std::sync::Arc;

use chinwag_api::PresenceView;
use chinwag_chat::{SessionId, UserId};
use chinwag_protocol::Encoding;
use chinwag_realtime::{Hub, Mailbox};

use crate::admin::{ConnectionInfo, LiveConnections};

/// Looks into a hub.
#[derive(Clone)]
pub struct LiveHub(pub Arc<Hub>);

impl PresenceView for LiveHub {
    fn online(&self, users: &[UserId]) -> Vec<UserId> {
        self.0.online(users)
    }

    fn connections_of(&self, session: SessionId) -> usize {
        self.0.connections(Some(session), None).len()
    }
}

impl LiveConnections for LiveHub {
    fn connections(&self, session: Option<SessionId>) -> Vec<ConnectionInfo> {
        self.0.connections(session, None).iter().map(|mailbox| info(mailbox)).collect()
    }

    fn count(&self, session: SessionId) -> usize {
        self.connections_of(session)
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
