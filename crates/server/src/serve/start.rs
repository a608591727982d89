//! From a configuration to a node that is one of its cluster, unless somebody wants the process to end before.

use std::net::SocketAddr;

use chinwag_realtime::JoinError;
use chinwag_worker::Worker;

use super::cluster;
use super::node::Node;
use crate::admin::AdminSocket;
use crate::config::Config;
use crate::shutdown::signals::Signals;

/// A node that is ready to serve.
pub(super) struct Started {
    pub(super) node: Node,
    pub(super) admin: AdminSocket,
    pub(super) workers: Vec<Worker>,
}

/// Starts a node; none where a signal came first. A store or a bus that says nothing can hold a start up for long, and
/// nothing is under way yet that would be worth a wait.
pub(super) async fn start(
    config: &Config,
    listening: SocketAddr,
    max_connections: usize,
    signals: &mut Signals,
) -> anyhow::Result<Option<Started>> {
    let preparing = prepare(config, listening, max_connections);
    let started = tokio::select! {
        prepared = preparing => prepared?,
        _ = signals.next() => {
            tracing::info!("told to stop while the bus and the store were being opened: stopped");
            return Ok(None);
        }
    };
    // Last of all: what cannot run should not be seen by the others.
    tokio::select! {
        joined = started.node.cluster.join() => {
            joined.map_err(|error| in_words(error, &started.node.store.place))?;
        }
        _ = signals.next() => {
            // The others may have heard of it all the same, by a word that was not answered in time.
            cluster::leave(&started.node.cluster).await;
            tracing::info!("told to stop before the other nodes knew of this one: stopped");
            return Ok(None);
        }
    }
    Ok(Some(started))
}

async fn prepare(config: &Config, listening: SocketAddr, max_connections: usize) -> anyhow::Result<Started> {
    let node = Node::open(config, listening, max_connections).await?;
    // After the store, which makes the directory that it is in.
    let admin = AdminSocket::bind(&config.admin.socket_path(&config.node)).await?;
    let workers = node.workers(config)?;
    Ok(Started { node, admin, workers })
}

/// Which setting brings the node to where it cannot be.
fn in_words(error: JoinError, place: &str) -> anyhow::Error {
    match error {
        JoinError::NameTaken { .. } => error.into(),
        JoinError::OtherWire { .. } => anyhow::Error::new(error)
            .context(format!("`store` names {place}, which a node of another version uses")),
        JoinError::Store(_) => {
            anyhow::Error::new(error).context(format!("`store` names {place}, which cannot be used"))
        }
    }
}
