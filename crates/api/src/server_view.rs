//! What the server knows about itself: its nodes and what they do.

use async_trait::async_trait;
use chinwag_chat::{StoreError, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// The version of Chinwag that it runs.
    pub version: String,
    /// What it does: `all`, or some of `gateway`, `api` and `worker`.
    pub roles: String,
    /// How many connections it has.
    pub connections: u32,
    /// `running`, `draining` or `dead`.
    pub state: &'static str,
    /// When it was last heard of.
    #[schema(value_type = String, format = DateTime)]
    pub heard_at: Timestamp,
    /// How many rooms its connections follow: of the node that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rooms: Option<usize>,
    /// When it started: of the node that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    pub started_at: Option<Timestamp>,
}

/// How much there is and how much goes on. What is per second, the memory and the processor are of the node that answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The node that answers.
    pub node: String,
    /// Live connections, on all nodes.
    pub connections: u64,
    /// Accounts, as of some seconds ago.
    pub users: u64,
    /// Rooms, as of some seconds ago.
    pub rooms: u64,
    /// Messages that were ever sent, as of some seconds ago.
    pub messages: u64,
    /// Messages that are sent.
    pub sends_per_s: f64,
    /// Publications that are handed to connections.
    pub deliveries_per_s: f64,
    /// How much memory the process holds.
    pub memory_bytes: u64,
    /// How much processor time it has used.
    pub cpu_s: f64,
}

/// Tells about the server.
#[async_trait]
pub trait ServerView: Send + Sync {
    /// The nodes of the cluster.
    async fn nodes(&self) -> Result<Vec<NodeView>, StoreError>;

    /// How much there is and how much goes on.
    async fn figures(&self) -> Result<Figures, StoreError>;
}
