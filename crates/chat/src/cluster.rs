//! The port to what the nodes of a cluster know of each other: who is there, and who is connected where.
//!
//! Nothing here is needed to deliver a message. It is a hint where to look, the source of presence, and the operator's
//! way to a node; all of it can be lost and is made again by the nodes themselves within seconds. A node holds a
//! *lease*: it says every few seconds that it lives, and one that does not for the lease's time is dead to the others.
//! What it held is taken away then, once, by whichever node notices first. Time is the adapter's own: no node's clock
//! decides about another node.
//!
//! The conformance suite of the testkit (`cluster_conformance`) says, case by case, what an adapter must do.

mod connection;
mod node;

use std::time::Duration;

use async_trait::async_trait;

pub use connection::{
    Admission, Counted, LiveConnection, MoreThanAllowed, PlacedConnection, Policy, Recorded, RegistryChange,
    Whose,
};
pub use node::{ClusterSecret, Incarnation, NodePhase, NodeReport, NodeStatus, Standing, Wish};

use crate::{NodeId, StoreError, UserId};

/// The version of what nodes say to each other, on the bus and from node to node. Nodes of different wire versions do
/// not make one cluster.
pub const WIRE_VERSION: u16 = 1;

/// Who is there.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// This node lives: its report is kept, and its lease lasts `lease` from now on.
    async fn renew(&self, report: &NodeReport, lease: Duration) -> Result<Standing, StoreError>;

    /// This node goes: it is there no more, and its connections are nowhere. Its users are online for the grace time of
    /// [`Connections::settle`] as after any other going.
    async fn leave(&self, incarnation: Incarnation) -> Result<(), StoreError>;

    /// The nodes, by name. One whose lease ran out may be among them for a moment.
    async fn nodes(&self) -> Result<Vec<NodeStatus>, StoreError>;

    /// Leaves a wish for a live node, which hears it with its next [`renew`](Self::renew). A later wish replaces an
    /// earlier one that was not heard yet. False where there is no such node.
    async fn ask(&self, node: &NodeId, wish: Wish) -> Result<bool, StoreError>;

    /// What the cluster's nodes know each other by: `proposed`, unless there was one already. The same for ever.
    async fn secret(&self, proposed: ClusterSecret) -> Result<ClusterSecret, StoreError>;
}

/// Who is connected where, and so who is online.
///
/// A user is *online* from their first connection on any node until they have been without one for the grace time. Each
/// coming is news to exactly one call of [`record`](Self::record), each going to exactly one of
/// [`settle`](Self::settle), on whatever node: who gets the news tells everybody.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Takes down who came to a node and who left it. Both may be repeated.
    async fn record(&self, node: Incarnation, change: &RegistryChange) -> Result<Recorded, StoreError>;

    /// Lets in a connection that is about to be opened on that node, if the user may have one more, and takes it down.
    /// Of several at once no more get in than may. Those on dead nodes do not count.
    async fn admit(
        &self,
        node: Incarnation,
        connection: &LiveConnection,
        policy: Policy,
    ) -> Result<Admission, StoreError>;

    /// Live connections, the oldest first, at most `limit`.
    async fn connections(&self, whose: Whose<'_>, limit: usize) -> Result<Vec<PlacedConnection>, StoreError>;

    /// Those of the users who are online, in any order.
    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError>;

    /// Those of the users who are connected, but by idle connections only, in any order.
    async fn idle(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError>;

    /// Takes away the nodes whose lease ran out with all their connections, and returns the users who have had no
    /// connection for the grace time: they are offline now.
    async fn settle(&self, grace: Duration) -> Result<Vec<UserId>, StoreError>;
}

/// All that a cluster's nodes know of each other.
pub trait Cluster: Nodes + Connections {}

impl<T: Nodes + Connections> Cluster for T {}
