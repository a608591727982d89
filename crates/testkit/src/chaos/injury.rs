//! Makes faults happen to a cluster, and mends them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::fault::{Fault, Kind};
use super::shared::Shared;
use crate::cluster_launcher::{ClusterUnderTest, Network, NetworkedNode};
use crate::launcher::Node;

/// How long a node that was told to leave may take, whatever became of what it stands on: the phases of its drain, and
/// some for a busy machine.
const LEAVES_WITHIN: Duration = Duration::from_secs(15);
/// How far a clock is off.
const CLOCK_OFF_BY_SECONDS: i32 = 3_600;

/// Makes it happen.
pub(super) async fn inject(fault: &Fault, cluster: &mut ClusterUnderTest, shared: &Shared) -> Result<()> {
    shared.recorder.note(format!("FAULT: {fault}"));
    let NetworkedNode { node, clients, store, bus } =
        cluster.nodes.get_mut(fault.node).context("no such node")?;
    match fault.kind {
        Kind::NodeKilled => node.kill(),
        Kind::NodePaused => node.pause()?,
        Kind::NodeDrained => node.terminate()?,
        Kind::ClockOff => {
            node.kill();
            node.set_clock_off_by(if fault.heads { CLOCK_OFF_BY_SECONDS } else { -CLOCK_OFF_BY_SECONDS });
        }
        Kind::CutFromBus => cut(bus, fault.heads).await,
        Kind::CutFromStore => cut(store, fault.heads).await,
        Kind::CutFromClients => cut(clients, fault.heads).await,
        Kind::BusRestarted | Kind::BusFailedOver => cluster.bus.crash()?,
        Kind::BusFrozen => cluster.bus.freeze()?,
        Kind::BusFlushed => cluster.bus.flush()?,
        Kind::DatabaseRestarted | Kind::DatabaseFailedOver => cluster.database.crash(),
        Kind::SentTwice => shared.doubling.store(true, Ordering::Release),
        Kind::SlowReaders => shared.flooding.store(true, Ordering::Release),
    }
    Ok(())
}

/// Mends it. What nodes stand on must be mended before nodes are.
pub(super) async fn heal(fault: &Fault, cluster: &mut ClusterUnderTest, shared: &Shared) -> Result<()> {
    let NetworkedNode { node, clients, store, bus } =
        cluster.nodes.get_mut(fault.node).context("no such node")?;
    match fault.kind {
        Kind::NodeKilled | Kind::ClockOff => node.start().await?,
        Kind::NodePaused => node.resume()?,
        Kind::NodeDrained => {
            leaves(node, shared).await;
            node.start().await?;
        }
        Kind::CutFromBus => bus.heal().await,
        Kind::CutFromStore => store.heal().await,
        Kind::CutFromClients => clients.heal().await,
        Kind::BusRestarted | Kind::BusFailedOver => cluster.bus.resume().await?,
        Kind::BusFrozen => cluster.bus.thaw()?,
        Kind::BusFlushed => {}
        Kind::DatabaseRestarted => cluster.database.resume().await?,
        Kind::DatabaseFailedOver => cluster.database.fail_over().await?,
        Kind::SentTwice => shared.doubling.store(false, Ordering::Release),
        Kind::SlowReaders => shared.flooding.store(false, Ordering::Release),
    }
    shared.recorder.note(format!("HEALED: {fault}"));
    Ok(())
}

async fn leaves(node: &mut Node, shared: &Shared) {
    let problem = match node.until_ended(LEAVES_WITHIN).await {
        Ok(status) if status.success() => return,
        Ok(status) => format!("{} was told to leave, and ended with {status}", node.name),
        Err(error) => format!("{error:#}"),
    };
    shared.recorder.problem(problem);
}

async fn cut(network: &Network, connections_end: bool) {
    if connections_end {
        network.go_down().await;
    } else {
        network.black_hole();
    }
}
