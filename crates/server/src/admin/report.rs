//! What the admin socket tells about sessions and connections. Shared by the node and the command line.

use std::net::IpAddr;

use chinwag_chat::cluster::PlacedConnection;
use chinwag_chat::{Session, SessionId, Timestamp, User};
use serde::{Deserialize, Serialize};

/// A user, by id and name.
pub type SessionUser = User;

/// A session and how many connections it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionReport {
    /// The session's id.
    pub id: SessionId,
    /// Whose it is.
    pub user: SessionUser,
    /// What the person would call the device.
    pub device: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// How many live connections it has, on all nodes.
    pub connections: usize,
}

impl SessionReport {
    pub(super) fn new(session: Session, connections: usize) -> Self {
        let Session { id, user, device, created_at, last_seen_at, expires_at } = session;
        Self { id, user, device, created_at, last_seen_at, expires_at, connections }
    }
}

/// A session and its connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDetail {
    /// The session.
    #[serde(flatten)]
    pub report: SessionReport,
    /// Its connections on this node.
    pub live: Vec<ConnectionInfo>,
    /// Its connections on the others, as those last said.
    pub elsewhere: Vec<PlacedConnection>,
}

/// One live connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionInfo {
    /// The connection's id, as the client knows it.
    pub id: String,
    /// Its session; none where a token of the embedding application opened it.
    pub session: Option<SessionId>,
    /// `websocket`, `sse` or `http_stream`.
    pub transport: String,
    /// `json` or `protobuf`.
    pub encoding: String,
    /// When it was opened.
    pub since: Timestamp,
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// The channels that it follows.
    pub channels: Vec<String>,
    /// How much waits to be sent to it.
    pub queued_bytes: usize,
}
