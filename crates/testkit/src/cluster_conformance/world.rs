//! A cluster and the nodes and connections that the cases put into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chinwag_chat::cluster::{
    Cluster, Incarnation, LiveConnection, NodePhase, NodeReport, Recorded, RegistryChange, Standing,
    WIRE_VERSION, Whose,
};
use chinwag_chat::{SessionId, Timestamp, UserId};

/// A lease that outlasts every case.
pub(super) const LONG: Duration = Duration::from_secs(600);
/// A lease that runs out while a case waits.
pub(super) const SHORT: Duration = Duration::from_millis(1500);
/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A cluster under test.
pub struct ClusterWorld {
    /// The adapter.
    pub cluster: Arc<dyn Cluster>,
    count: AtomicU64,
}

impl ClusterWorld {
    /// A world over a fresh cluster.
    #[must_use]
    pub fn new(cluster: Arc<dyn Cluster>) -> Self {
        Self { cluster, count: AtomicU64::new(1) }
    }

    /// What a new run of the node of that name says of itself.
    pub(super) fn report(&self, name: &str) -> NodeReport {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        NodeReport {
            name: name.parse().unwrap(),
            // With the highest bit set, which not every database has room for.
            incarnation: Incarnation(u64::MAX - n),
            address: format!("10.0.0.{n}:8000"),
            version: "1.2.3".to_owned(),
            wire: WIRE_VERSION,
            roles: "all".to_owned(),
            phase: NodePhase::Running,
            connections: 7,
            max_connections: 1000,
            heard_wish: 0,
        }
    }

    /// A node that has joined.
    pub(super) async fn node(&self, name: &str, lease: Duration) -> NodeReport {
        let report = self.report(name);
        assert_eq!(self.cluster.renew(&report, lease).await.unwrap(), Standing::Joined);
        report
    }

    /// Takes down who came and went on a node; the users for whom that is news.
    pub(super) async fn record(
        &self,
        node: &NodeReport,
        came: &[&LiveConnection],
        gone: &[&LiveConnection],
    ) -> Vec<UserId> {
        let change = RegistryChange {
            afresh: false,
            came: came.iter().map(|&connection| connection.clone()).collect(),
            gone: gone.iter().map(|connection| connection.id.clone()).collect(),
        };
        match self.cluster.record(node.incarnation, &change).await.unwrap() {
            Recorded::Taken { online, .. } => online,
            Recorded::NotThere => panic!("{} is not there", node.name),
        }
    }

    /// Settles until there is news.
    pub(super) async fn settled(&self, grace: Duration) -> Vec<UserId> {
        let began = now();
        loop {
            let news = self.cluster.settle(grace).await.unwrap();
            if !news.is_empty() {
                return news;
            }
            assert!(began.elapsed() < PATIENCE, "nobody goes offline");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until a node's lease has run out.
    pub(super) async fn dies(&self, node: &NodeReport) {
        let began = now();
        loop {
            let nodes = self.cluster.nodes().await.unwrap();
            if nodes.iter().all(|other| other.report.incarnation != node.incarnation || !other.is_live()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{} does not die", node.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn is_online(&self, user: &str) -> bool {
        !self.cluster.online(&[user.parse().unwrap()]).await.unwrap().is_empty()
    }

    /// The ids of a user's connections, each with its node.
    pub(super) async fn found(&self, user: &str) -> Vec<(String, String)> {
        let users = [user.parse().unwrap()];
        let found = self.cluster.connections(Whose::Users(&users), 100).await.unwrap();
        found.into_iter().map(|placed| (placed.node.to_string(), placed.connection.id)).collect()
    }
}

pub(super) fn users(names: &[&str]) -> Vec<UserId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A connection of that id.
pub(super) fn connection(id: &str, user: &str, session: Option<u128>) -> LiveConnection {
    LiveConnection {
        id: id.to_owned(),
        user: user.parse().unwrap(),
        session: session.map(|n| SessionId::from_parts(1, n)),
        transport: "websocket".to_owned(),
        since: Timestamp::from_unix_ms(1_763_700_000_120),
        idle: false,
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may look at the clock to give up")]
fn now() -> Instant {
    Instant::now()
}
