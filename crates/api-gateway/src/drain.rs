//! How the gateway ends: it is not ready first, then asks its clients to leave, then waits for what is at work.

use std::sync::atomic::Ordering;

use chinwag_websocket::CloseCode;

use crate::gateway::Gateway;

/// Ends everything, in order. Afterwards nothing is at work any more, or it took too long.
pub(crate) async fn run(gateway: &Gateway) {
    gateway.is_draining.store(true, Ordering::Relaxed);
    tracing::info!("no more connections are taken");
    tokio::time::sleep(gateway.drain.not_ready).await;
    let connections = gateway.connections.all();
    let step = gateway.drain.spread / u32::try_from(connections.len().max(1)).unwrap_or(u32::MAX);
    for (at, connection) in connections.iter().enumerate() {
        if at > 0 {
            tokio::time::sleep(step).await;
        }
        connection.outbound.close(CloseCode::GOING_AWAY, "Going away");
    }
    gateway.tasks.close();
    let work = async {
        gateway.tasks.wait().await;
        futures_util::future::join_all(gateway.functions.values().map(|function| function.stop())).await;
    };
    if tokio::time::timeout(gateway.drain.timeout, work).await.is_err() {
        tracing::warn!(at_work = gateway.tasks.len(), "what is at work took too long and is given up");
    }
}
