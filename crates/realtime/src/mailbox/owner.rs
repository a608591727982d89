//! Whose mailbox it is.

use std::net::IpAddr;

use chinwag_chat::cluster::LiveConnection;
use chinwag_chat::{SessionId, Timestamp, UserId};
use chinwag_protocol::Encoding;

/// Whose mailbox it is.
#[derive(Debug, Clone)]
pub struct MailboxOwner {
    /// The user.
    pub user: UserId,
    /// The session that it was opened with; none for a token of an embedding application.
    pub session: Option<SessionId>,
    /// The id that the client knows its connection by.
    pub client: String,
    /// How it speaks.
    pub encoding: Encoding,
    /// Which transport carries it: `websocket`, `http_stream` or `sse`.
    pub transport: &'static str,
    /// From where.
    pub address: Option<IpAddr>,
    /// Since when.
    pub connected_at: Timestamp,
}

impl MailboxOwner {
    /// The connection as other nodes see it.
    pub(crate) fn as_live(&self, idle: bool) -> LiveConnection {
        LiveConnection {
            id: self.client.clone(),
            user: self.user.clone(),
            session: self.session,
            transport: self.transport.to_owned(),
            since: self.connected_at,
            idle,
        }
    }
}
