//! Questions about the nodes of the cluster.

use chinwag_chat::cluster::NodeStatus;
use http::Method;

use super::{AdminClient, ClientError, percent_encoded};
use crate::admin::nodes::Shed;

impl AdminClient {
    /// The nodes.
    pub async fn nodes(&self) -> Result<Vec<NodeStatus>, ClientError> {
        self.get("/nodes").await
    }

    /// Has a node send its clients away and stop.
    pub async fn drain(&self, node: &str) -> Result<(), ClientError> {
        self.ask(Method::POST, &format!("/nodes/{}/drain", percent_encoded(node))).await.map(drop)
    }

    /// Has the nodes that have more clients than others send the rest away. Which, and how many.
    pub async fn rebalance(&self) -> Result<Vec<Shed>, ClientError> {
        Ok(serde_json::from_slice(&self.ask(Method::POST, "/nodes/rebalance").await?)?)
    }
}
