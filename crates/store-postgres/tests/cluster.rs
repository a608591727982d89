//! What nodes know of each other through PostgreSQL is what they must know of each other through anything.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;

use chinwag_chat::cluster::Cluster;

chinwag_testkit::cluster_conformance!(fresh_cluster);

async fn fresh_cluster() -> Arc<dyn Cluster> {
    Arc::new(fixture::connect(&fixture::fresh_url().await).await.unwrap())
}
