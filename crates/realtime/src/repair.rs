//! Filling holes: what the bus lost is read from the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chinwag_chat::{Channel, StoreError};
use hashbrown::HashSet;
use metrics::counter;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Hub;

/// How long a hole is left open: hints that were only reordered close it by themselves.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long to wait after the store failed.
const STORE_RETRY: Duration = Duration::from_millis(250);
/// How many heads are compared in one read.
const HEADS_PER_READ: usize = 500;

/// The channels that have a hole, each once however many notice it.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    channels: Mutex<HashSet<Channel>>,
    wanted: Notify,
    /// Channels whose heads are to be compared with the store's soon.
    uncertain: Mutex<HashSet<Channel>>,
    check: Notify,
    everything: AtomicBool,
}

impl Repairs {
    pub(crate) fn request(&self, channel: Channel) {
        self.channels.lock().insert(channel);
        self.wanted.notify_one();
    }

    pub(crate) fn check(&self, channel: Channel) {
        self.uncertain.lock().insert(channel);
        self.check.notify_one();
    }

    pub(crate) fn check_everything(&self) {
        self.everything.store(true, Ordering::Release);
        self.check.notify_one();
    }
}

impl Hub {
    /// Repairs channels as holes are noticed, one store read per channel at a time. Runs until dropped.
    pub async fn repair_holes(self: Arc<Self>) {
        loop {
            self.repairs.wanted.notified().await;
            tokio::time::sleep(PATIENCE).await;
            let channels = std::mem::take(&mut *self.repairs.channels.lock());
            for channel in channels {
                if let Err(error) = self.repair(&channel).await {
                    tracing::warn!(%error, "cannot read what the bus lost; trying again");
                    tokio::time::sleep(STORE_RETRY).await;
                    self.repairs.request(channel);
                }
            }
        }
    }

    /// Compares the heads of followed channels with the store's, of all every `interval` and of those of which the bus
    /// may have lost something: a lost *last* change leaves no hole to notice. Runs until dropped.
    pub async fn check_heads(self: Arc<Self>, interval: Duration) {
        let mut next = Instant::now() + interval;
        loop {
            let due = tokio::time::timeout_at(next, self.repairs.check.notified()).await.is_err();
            let everything = self.repairs.everything.swap(false, Ordering::AcqRel) || due;
            let uncertain = std::mem::take(&mut *self.repairs.uncertain.lock());
            let channels = if everything {
                next = Instant::now() + interval;
                self.channels()
            } else {
                uncertain.into_iter().collect()
            };
            for channels in channels.chunks(HEADS_PER_READ) {
                match self.store.heads(channels).await {
                    Ok(heads) => {
                        for (channel, head) in channels.iter().zip(heads) {
                            self.saw_head(channel, head);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot compare heads with the store");
                        // Whatever was uncertain still is.
                        next = next.min(Instant::now() + STORE_RETRY);
                        break;
                    }
                }
            }
        }
    }

    /// Reads what a channel misses, until there is no hole.
    pub(crate) async fn repair(&self, channel: &Channel) -> Result<(), StoreError> {
        loop {
            let hole = self.with(channel, |state| state.feed.has_hole().then(|| state.feed.head()).flatten());
            let Some(head) = hole.flatten() else { return Ok(()) };
            let page = self.read_page(channel, head).await?;
            if page.is_empty() {
                return Err(StoreError::Corrupt(format!("{channel} has nothing after {head}")));
            }
            counter!("chinwag_repairs_total").increment(page.len() as u64);
        }
    }
}
