//! The nodes of the cluster, for the operator. A wish for a node is left in the store, and the node hears it with its next
//! heartbeat: it needs no way from here to there, and no bus.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use chinwag_chat::NodeId;
use chinwag_chat::cluster::{NodePhase, NodeStatus, Nodes, Wish};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::problem::AdminProblem;
use crate::config::{Role, Roles};

/// How many clients a node is asked to send elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shed {
    /// The node.
    pub node: NodeId,
    /// How many it has.
    pub connections: u32,
    /// How many are to go.
    pub shed: u32,
}

/// The routes, for the listener on the socket.
pub fn router(nodes: Arc<dyn Nodes>) -> Router {
    Router::new()
        .route("/nodes", get(list))
        .route("/nodes/{name}/drain", post(drain))
        .route("/nodes/rebalance", post(rebalance))
        .with_state(nodes)
}

async fn list(State(nodes): State<Arc<dyn Nodes>>) -> Result<Json<Vec<NodeStatus>>, AdminProblem> {
    Ok(Json(nodes.nodes().await?))
}

async fn drain(
    State(nodes): State<Arc<dyn Nodes>>,
    Path(name): Path<String>,
) -> Result<StatusCode, AdminProblem> {
    let asked = match name.parse() {
        Ok(node) => nodes.ask(&node, Wish::Drain).await?,
        Err(_) => false,
    };
    if !asked {
        return Err(AdminProblem::unknown_node(&name));
    }
    tracing::info!(node = %name, "drain wished by the operator");
    Ok(StatusCode::ACCEPTED)
}

async fn rebalance(State(nodes): State<Arc<dyn Nodes>>) -> Result<Json<Vec<Shed>>, AdminProblem> {
    let mut asked = vec![];
    for shed in excess(&nodes.nodes().await?) {
        if nodes.ask(&shed.node, Wish::Shed(shed.shed)).await? {
            tracing::info!(node = %shed.node, shed = shed.shed, "rebalancing wished by the operator");
            asked.push(shed);
        }
    }
    Ok(Json(asked))
}

/// What every running gateway has above the average of all.
fn excess(nodes: &[NodeStatus]) -> Vec<Shed> {
    let takes_clients = |node: &&NodeStatus| {
        let roles = node.report.roles.parse::<Roles>();
        let is_gateway = roles.is_ok_and(|roles| roles.has(Role::Gateway));
        node.is_live() && node.report.phase == NodePhase::Running && is_gateway
    };
    let gateways: Vec<&NodeStatus> = nodes.iter().filter(takes_clients).collect();
    let total: u64 = gateways.iter().map(|node| u64::from(node.report.connections)).sum();
    let average = total.div_ceil(gateways.len().max(1) as u64);
    let sheds = gateways.iter().filter_map(|node| {
        let connections = node.report.connections;
        let shed = u32::try_from(u64::from(connections).saturating_sub(average)).ok()?;
        (shed > 0).then(|| Shed { node: node.report.name.clone(), connections, shed })
    });
    sheds.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chinwag_chat::cluster::NodeReport;

    use super::*;
    use crate::test_nodes;

    fn node(name: &str, connections: u32, roles: &str, phase: NodePhase) -> NodeStatus {
        let node = test_nodes::node(name, 1);
        let report = NodeReport { connections, roles: roles.to_owned(), phase, ..node.report };
        NodeStatus { report, ..node }
    }

    #[test]
    fn running_gateways_above_the_average_give_the_rest_away() {
        let (running, draining) = (NodePhase::Running, NodePhase::Draining);
        let mut dead = node("dead", 9_000, "all", running);
        dead.lease_left = Duration::ZERO;
        let nodes = [
            node("a", 100, "all", running),
            node("b", 40, "gateway,api", running),
            node("c", 0, "gateway", running),
            node("d", 500, "all", draining),
            node("e", 0, "api,worker", running),
            dead,
        ];
        let sheds: Vec<_> =
            excess(&nodes).into_iter().map(|shed| (shed.node.to_string(), shed.shed)).collect();
        assert_eq!(sheds, [("a".to_owned(), 53)]);
        assert!(excess(&[]).is_empty());
    }
}
