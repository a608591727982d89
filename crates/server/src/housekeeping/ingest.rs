//! What other back ends put on a queue, brought to people's devices by nodes that work.

use std::time::Duration;

use chinwag_chat::{Chat, UserName};
use chinwag_ingest::source::{NatsPlace, NatsSource, RedisPlace, RedisSource};
use chinwag_ingest::{Deliverer, Pump, PumpSettings};
use futures_util::future::BoxFuture;

use crate::config::{Config, Role};

/// How often it is forgotten which events were delivered long ago.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// The work, where there is a queue and this node is to do any.
pub(super) fn pump(chat: Chat, config: &Config) -> Option<BoxFuture<'static, ()>> {
    let ingest = &config.ingest;
    let source = ingest.source.as_ref().filter(|_| config.node.role.has(Role::Worker))?;
    let deliverer = Deliverer::new(chat, ingest.bot.parse::<UserName>().ok()?);
    let settings = PumpSettings { concurrency: ingest.concurrency, max_attempts: ingest.max_attempts.into() };
    let (url, stream, group) = (source.expose().clone(), ingest.stream.clone(), ingest.group.clone());
    let retry_after = ingest.retry_after;
    if url.starts_with("redis") {
        let consumer = config.node.name();
        let place = RedisPlace { url, stream, group, consumer, retry_after };
        let pump = Pump::new(RedisSource::new(place), deliverer, settings);
        Some(Box::pin(async move { pump.run().await }))
    } else {
        let place = NatsPlace { url, stream, group, retry_after };
        let pump = Pump::new(NatsSource::new(place), deliverer, settings);
        Some(Box::pin(async move { pump.run().await }))
    }
}

/// Forgets which events were delivered long ago, for as long as the node runs.
pub(super) async fn forget_delivered(chat: Chat) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        if let Err(error) = chat.forget_delivered().await {
            tracing::warn!(%error, "cannot forget which events were delivered long ago; trying again");
        }
    }
}
