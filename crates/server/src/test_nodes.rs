//! A node as other nodes see it, for this crate's tests.

use std::time::Duration;

use chinwag_chat::cluster::{Incarnation, NodePhase, NodeReport, NodeStatus, WIRE_VERSION};

/// A running node that does everything, just heard of.
pub(crate) fn node(name: &str, incarnation: u64) -> NodeStatus {
    let report = NodeReport {
        name: name.parse().unwrap(),
        incarnation: Incarnation(incarnation),
        address: "127.0.0.1:1".to_owned(),
        version: "1".to_owned(),
        wire: WIRE_VERSION,
        roles: "all".to_owned(),
        phase: NodePhase::Running,
        connections: 0,
        max_connections: 1000,
        heard_wish: 0,
    };
    NodeStatus { report, silent: Duration::ZERO, lease_left: Duration::from_secs(1) }
}
