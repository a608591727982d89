//! What the nodes of one process know of each other, in memory: a cluster of one, or the cluster of a simulation.

mod registry;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::cluster::{
    Admission, ClusterSecret, Connections, Incarnation, LiveConnection, NodeReport, NodeStatus, Nodes,
    PlacedConnection, Policy, Recorded, RegistryChange, Standing, Whose, Wish,
};
use chinwag_chat::{NodeId, StoreError, UserId};
use parking_lot::Mutex;
use tokio::time::Instant;

use registry::Registry;

/// A cluster that is gone with its process. Time is the runtime's.
#[derive(Debug, Default)]
pub struct LocalCluster(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<Incarnation, Node>,
    registry: Registry,
    wishes: u64,
    secret: Option<ClusterSecret>,
}

#[derive(Debug)]
struct Node {
    report: NodeReport,
    heard_at: Instant,
    lease_until: Instant,
    wish: Option<(u64, Wish)>,
}

impl State {
    fn live_node(&mut self, name: &NodeId, now: Instant) -> Option<&mut Node> {
        self.nodes.values_mut().find(|node| node.report.name == *name && node.lease_until > now)
    }

    fn name_of(&self, incarnation: Incarnation, live_at: Option<Instant>) -> Option<NodeId> {
        let node = self.nodes.get(&incarnation)?;
        live_at.is_none_or(|now| node.lease_until > now).then(|| node.report.name.clone())
    }
}

#[async_trait]
impl Nodes for LocalCluster {
    async fn renew(&self, report: &NodeReport, lease: Duration) -> Result<Standing, StoreError> {
        let mut state = self.0.lock();
        let now = Instant::now();
        if let Some(other) = state.live_node(&report.name, now)
            && other.report.incarnation != report.incarnation
        {
            let (address, lease_left) = (other.report.address.clone(), other.lease_until - now);
            return Ok(Standing::NameTaken { address, lease_left });
        }
        let fresh = Node { report: report.clone(), heard_at: now, lease_until: now + lease, wish: None };
        let Some(known) = state.nodes.get_mut(&report.incarnation) else {
            state.nodes.insert(report.incarnation, fresh);
            return Ok(Standing::Joined);
        };
        let wish = known.wish.filter(|(number, _)| *number > report.heard_wish);
        *known = Node { wish, ..fresh };
        Ok(Standing::Kept { wish })
    }

    async fn leave(&self, incarnation: Incarnation) -> Result<(), StoreError> {
        let mut state = self.0.lock();
        state.nodes.remove(&incarnation);
        state.registry.remove_node(incarnation, Instant::now());
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<NodeStatus>, StoreError> {
        let (state, now) = (self.0.lock(), Instant::now());
        let status = |node: &Node| NodeStatus {
            report: node.report.clone(),
            silent: now - node.heard_at,
            lease_left: node.lease_until.saturating_duration_since(now),
        };
        let mut nodes: Vec<NodeStatus> = state.nodes.values().map(status).collect();
        nodes.sort_by(|a, b| a.report.name.cmp(&b.report.name));
        Ok(nodes)
    }

    async fn ask(&self, node: &NodeId, wish: Wish) -> Result<bool, StoreError> {
        let mut state = self.0.lock();
        state.wishes += 1;
        let number = state.wishes;
        let node = state.live_node(node, Instant::now());
        Ok(node.map(|node| node.wish = Some((number, wish))).is_some())
    }

    async fn secret(&self, proposed: ClusterSecret) -> Result<ClusterSecret, StoreError> {
        Ok(*self.0.lock().secret.get_or_insert(proposed))
    }
}

#[async_trait]
impl Connections for LocalCluster {
    async fn record(&self, node: Incarnation, change: &RegistryChange) -> Result<Recorded, StoreError> {
        let mut state = self.0.lock();
        if !state.nodes.contains_key(&node) {
            return Ok(Recorded::NotThere);
        }
        let online = state.registry.record(node, change, Instant::now());
        Ok(Recorded::Taken { online, replaced: state.registry.replaced(node) })
    }

    async fn admit(
        &self,
        node: Incarnation,
        connection: &LiveConnection,
        policy: Policy,
    ) -> Result<Admission, StoreError> {
        let (mut state, now) = (self.0.lock(), Instant::now());
        let mut others = state.registry.counted(&connection.user);
        others.retain(|(other, placed)| {
            placed.id != connection.id && state.name_of(*other, Some(now)).is_some()
        });
        let Some(replaced) = policy.making_room(connection, others) else { return Ok(Admission::Refused) };
        for (_, gone) in &replaced {
            state.registry.replace(&gone.id);
        }
        if state.nodes.contains_key(&node) {
            state.registry.insert(node, connection);
        }
        Ok(Admission::Admitted { replaced: state.placed(replaced, usize::MAX) })
    }

    async fn connections(&self, whose: Whose<'_>, limit: usize) -> Result<Vec<PlacedConnection>, StoreError> {
        let state = self.0.lock();
        let found = match whose {
            Whose::Users(users) => state.registry.of_users(users),
            Whose::Sessions(sessions) => state.registry.of_sessions(sessions),
        };
        Ok(state.placed(found, limit))
    }

    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let state = self.0.lock();
        Ok(users.iter().filter(|user| state.registry.is_online(user)).cloned().collect())
    }

    async fn idle(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let state = self.0.lock();
        Ok(users.iter().filter(|user| state.registry.is_idle(user)).cloned().collect())
    }

    async fn settle(&self, grace: Duration) -> Result<Vec<UserId>, StoreError> {
        let mut state = self.0.lock();
        let now = Instant::now();
        let dead = state.nodes.extract_if(.., |_, node| node.lease_until <= now);
        for incarnation in dead.map(|(incarnation, _)| incarnation).collect::<Vec<_>>() {
            state.registry.remove_node(incarnation, now);
        }
        Ok(state.registry.settle(grace, now))
    }
}

impl State {
    fn placed(&self, found: Vec<(Incarnation, LiveConnection)>, limit: usize) -> Vec<PlacedConnection> {
        let placed = found.into_iter().filter_map(|(node, connection)| {
            Some(PlacedConnection { node: self.name_of(node, None)?, connection })
        });
        placed.take(limit).collect()
    }
}
