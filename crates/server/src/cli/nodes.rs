//! `chinwag node …`: the nodes of the cluster, and what the operator wants of them.

use std::fmt::Write;
use std::path::Path;

use chinwag_chat::cluster::{NodePhase, NodeStatus};
use clap::Subcommand;
use serde_json::json;

use super::WhereTheNodeIs;
use super::admin::json as to_json;
use crate::admin::client::AdminClient;
use crate::admin::nodes::Shed;

#[derive(Debug, Subcommand)]
pub(super) enum NodeCommand {
    /// List the nodes of the cluster.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Have a node send its clients away and stop, as on SIGTERM.
    Drain {
        /// The node's name.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
    /// Have the nodes with more clients than others send the rest of them elsewhere, spread over time.
    Rebalance {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        node: WhereTheNodeIs,
    },
}

/// A question about nodes.
#[derive(Debug)]
pub(super) struct NodeQuestion {
    what: What,
    json: bool,
}

#[derive(Debug)]
enum What {
    List,
    Drain { name: String },
    Rebalance,
}

impl NodeQuestion {
    /// The question in a command, and the flags that tell whom to ask.
    pub(super) fn of(command: NodeCommand) -> (WhereTheNodeIs, Self) {
        match command {
            NodeCommand::List { json, node } => (node, Self { what: What::List, json }),
            NodeCommand::Drain { name, json, node } => (node, Self { what: What::Drain { name }, json }),
            NodeCommand::Rebalance { json, node } => (node, Self { what: What::Rebalance, json }),
        }
    }

    /// Asks the node behind a socket; the answer is for standard output.
    pub(super) async fn ask(self, socket: &Path) -> Result<String, String> {
        let client = AdminClient::new(socket);
        match self.what {
            What::List => {
                let nodes = client.nodes().await.map_err(|error| error.to_string())?;
                if self.json { to_json(&nodes) } else { Ok(table(&nodes)) }
            }
            What::Drain { name } => {
                client.drain(&name).await.map_err(|error| error.to_string())?;
                if self.json {
                    to_json(&json!({ "draining": name }))
                } else {
                    Ok(format!(
                        "{name} will hear of it within seconds; `chinwag node list` shows how it gets on."
                    ))
                }
            }
            What::Rebalance => {
                let asked = client.rebalance().await.map_err(|error| error.to_string())?;
                if self.json { to_json(&asked) } else { Ok(rebalanced(&asked)) }
            }
        }
    }
}

fn table(nodes: &[NodeStatus]) -> String {
    let mut text = format!(
        "{:<20}  {:<21}  {:<10}  {:<8}  {:<18}  {:>11}  LAST HEARD\n",
        "NODE", "ADDRESS", "VERSION", "PHASE", "ROLES", "CONNECTIONS"
    );
    for node in nodes {
        let report = &node.report;
        let phase = match (node.is_live(), report.phase) {
            (false, _) => "dead",
            (true, NodePhase::Running) => "running",
            (true, NodePhase::Draining) => "draining",
        };
        let _ = writeln!(
            text,
            "{:<20}  {:<21}  {:<10}  {phase:<8}  {:<18}  {:>11}  {:.1} s ago",
            report.name.to_string(),
            report.address,
            report.version,
            report.roles,
            report.connections,
            node.silent.as_secs_f32(),
        );
    }
    text
}

fn rebalanced(asked: &[Shed]) -> String {
    if asked.is_empty() {
        return "No node has more clients than the others.".to_owned();
    }
    let line = |shed: &Shed| {
        format!("{} will send {} of its {} clients elsewhere.\n", shed.node, shed.shed, shed.connections)
    };
    asked.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_nodes::node;

    #[test]
    fn a_node_that_is_dead_is_said_to_be() {
        let mut node = node("north", 1);
        node.report.address = "10.0.0.1:8000".to_owned();
        node.silent = Duration::from_millis(1_540);
        node.lease_left = Duration::ZERO;
        let dead = table(std::slice::from_ref(&node));
        assert!(
            dead.contains("dead") && dead.contains("1.5 s ago") && dead.contains("10.0.0.1:8000"),
            "{dead}"
        );
        node.lease_left = Duration::from_secs(1);
        assert!(table(&[node]).contains("running"));
    }
}
