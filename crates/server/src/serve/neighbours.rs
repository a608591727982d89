//! Looks out for other nodes where the bus is local and the store is not: such nodes share every room, but what happens
//! on one is not told to the other.

use std::collections::BTreeSet;
use std::time::Duration;

use chinwag_chat::cluster::{Incarnation, NodeStatus};
use metrics::gauge;

use super::Node;
use crate::config::{BusChoice, Config, StoreChoice};
use crate::metrics::names;

/// Nodes that this one cannot tell anything, and which of them the operator has been told of.
#[derive(Default)]
struct Neighbours {
    known: BTreeSet<Incarnation>,
}

impl Neighbours {
    /// Takes down who is there beside `own`; those who were not there before.
    fn update<'a>(&mut self, own: Incarnation, nodes: &'a [NodeStatus]) -> Vec<&'a NodeStatus> {
        let others = nodes.iter().filter(|node| node.is_live() && node.report.incarnation != own);
        let (known, mut came) = (std::mem::take(&mut self.known), vec![]);
        for other in others {
            self.known.insert(other.report.incarnation);
            if !known.contains(&other.report.incarnation) {
                came.push(other);
            }
        }
        came
    }
}

/// Warns of every node that shares the store, now and whenever one comes, where the bus reaches none. Runs until dropped.
pub(crate) fn watch(node: &Node, config: &Config) -> Option<impl Future<Output = ()> + Send + use<>> {
    let alone = config.node.bus == BusChoice::Local && matches!(config.node.store, StoreChoice::Postgres(_));
    let (cluster, own) = (node.store.cluster.clone(), node.cluster.report().incarnation);
    // As often as nodes renew their leases: one that comes is seen, and one that dies is forgotten, soon enough.
    let interval: Duration = config.cluster.lease / 3;
    alone.then_some(async move {
        let mut neighbours = Neighbours::default();
        loop {
            // That the store is away is said by those who need it.
            if let Ok(nodes) = cluster.nodes().await {
                for other in neighbours.update(own, &nodes) {
                    warn(other);
                }
                #[expect(clippy::cast_precision_loss, reason = "nobody has so many nodes")]
                gauge!(names::NODES_OUT_OF_REACH).set(neighbours.known.len() as f64);
            }
            tokio::time::sleep(interval).await;
        }
    })
}

fn warn(other: &NodeStatus) {
    tracing::warn!(
        node = %other.report.name,
        address = %other.report.address,
        "another node uses this store, but this node's `bus` is local and does not reach it: messages between people on \
         the two come late, typing and users' events not at all; give every node the same `bus`, such as postgres, which \
         needs nothing but the store"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_nodes;

    fn node(incarnation: u64) -> NodeStatus {
        test_nodes::node(&format!("node-{incarnation}"), incarnation)
    }

    #[test]
    fn every_node_that_comes_is_told_of_once_and_again_when_it_comes_back() {
        let mut neighbours = Neighbours::default();
        let own = Incarnation(1);
        let mut came = |nodes: &[NodeStatus]| {
            let came = neighbours.update(own, nodes);
            came.into_iter().map(|node| node.report.incarnation.0).collect::<Vec<_>>()
        };
        assert!(came(&[node(1)]).is_empty());
        assert_eq!(came(&[node(1), node(2)]), [2]);
        assert_eq!(came(&[node(1), node(2), node(3)]), [3]);
        let mut dead = node(2);
        dead.lease_left = Duration::ZERO;
        assert!(came(&[node(1), dead, node(3)]).is_empty());
        assert_eq!(came(&[node(1), node(2), node(3)]), [2]);
    }
}
