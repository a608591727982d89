//! The admin socket: HTTP over a Unix domain socket, for the operator on the node's own machine.
//!
//! Who may open the socket's file may see and end every session; so it belongs to the node's user alone. It asks the
//! live node, not the database behind its back: a revoked session's connections close at once.

pub mod client;
pub mod exports;
pub mod import;
pub mod keys;
pub mod nodes;
pub mod outbox;
mod problem;
mod report;
mod routes;
mod socket;
#[cfg(test)]
mod tests;
pub mod users;

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_chat::cluster::PlacedConnection;
use chinwag_chat::store::{Sessions, Users};
use chinwag_chat::{SessionId, StoreError};

pub use report::{ConnectionInfo, SessionDetail, SessionReport, SessionUser};
pub use routes::router;
pub use socket::{AdminSocket, BindError};

/// What the admin socket asks of the real-time layer.
#[async_trait]
pub trait LiveConnections: Send + Sync {
    /// This node's connections of one session, or all of them.
    fn here(&self, session: Option<SessionId>) -> Vec<ConnectionInfo>;

    /// The other nodes' connections of these sessions.
    async fn elsewhere(&self, sessions: &[SessionId]) -> Result<Vec<PlacedConnection>, StoreError>;
}

/// Ends sessions.
#[async_trait]
pub trait RevokeSession: Send + Sync {
    /// Deletes a session and tells all nodes to close its connections; false where there was none.
    async fn revoke(&self, session: SessionId) -> Result<bool, StoreError>;
}

/// What the routes need.
#[derive(Clone)]
pub struct AdminState {
    /// To find a user by name.
    pub users: Arc<dyn Users>,
    /// To list sessions.
    pub sessions: Arc<dyn Sessions>,
    /// To see who is connected.
    pub live: Arc<dyn LiveConnections>,
    /// To end a session.
    pub revoke: Arc<dyn RevokeSession>,
}
