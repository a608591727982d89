//! Data that goes: what has outlived its time, and what is left of people who were erased. One node at a time sees to it.

use std::time::Duration;

use chinwag_chat::{Chat, ChatError, NodeId};

use crate::config::section::Retention;

/// How often erasures that were begun are looked for: by this node, or by one that died over them.
const ERASURE_INTERVAL: Duration = Duration::from_secs(2);
/// How long a node that goes on with erasures keeps them to itself. Two at it do no harm.
const ERASURE_HOLD: Duration = Duration::from_secs(60);

/// How soon after a start what has outlived its time is looked for, unless the interval is shorter: a node that is started
/// often does so too.
const FIRST_LOOK: Duration = Duration::from_secs(60);
/// The shortest interval.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Finishes erasures, for as long as the node runs.
pub(super) async fn erase(chat: Chat, node: NodeId) {
    loop {
        tokio::time::sleep(ERASURE_INTERVAL).await;
        match finish_erasures(&chat, &node).await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "finished to erase people"),
            Err(error) => tracing::warn!(%error, "cannot finish to erase people; trying again"),
        }
    }
}

/// Finishes the erasures that were begun, unless another is at it. How many.
pub(crate) async fn finish_erasures(chat: &Chat, node: &NodeId) -> Result<u64, ChatError> {
    let (store, now) = (chat.store(), chat.clock().now());
    if store.erasures(1).await?.is_empty() || !store.claim_duty("erasures", node, now, ERASURE_HOLD).await? {
        return Ok(0);
    }
    chat.continue_erasures().await
}

/// Removes what has outlived its time, for as long as the node runs.
pub(super) async fn retain(chat: Chat, node: NodeId, retention: Retention) {
    let interval = retention.interval.max(SHORTEST_INTERVAL);
    tokio::time::sleep(interval.min(FIRST_LOOK)).await;
    loop {
        match remove_outlived(&chat, &node, &retention).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed messages that have outlived their time"),
            Err(error) => tracing::warn!(%error, "cannot remove what has outlived its time; trying again"),
        }
        tokio::time::sleep(interval).await;
    }
}

/// Removes what has outlived its time, where an interval has gone by since anybody did. How many messages.
pub(crate) async fn remove_outlived(
    chat: &Chat,
    node: &NodeId,
    retention: &Retention,
) -> Result<u64, ChatError> {
    let now = chat.clock().now();
    if !chat.store().claim_duty("retention", node, now, retention.interval).await? {
        return Ok(0);
    }
    Ok(chat.remove_outlived(retention.default_days).await?)
}
