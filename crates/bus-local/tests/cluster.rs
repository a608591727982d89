//! The cluster in memory does what every cluster must do.

use std::sync::Arc;

use chinwag_bus_local::LocalCluster;
use chinwag_chat::cluster::Cluster;

chinwag_testkit::cluster_conformance!(fresh_cluster);

async fn fresh_cluster() -> Arc<dyn Cluster> {
    Arc::new(LocalCluster::default())
}
