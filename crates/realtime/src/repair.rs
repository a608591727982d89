//! Filling holes: what the bus lost is read from the store.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, StoreError};
use hashbrown::HashSet;
use metrics::counter;
use parking_lot::Mutex;
use tokio::sync::Notify;

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
    check: Notify,
}

impl Repairs {
    pub(crate) fn request(&self, channel: Channel) {
        self.channels.lock().insert(channel);
        self.wanted.notify_one();
    }

    pub(crate) fn check_now(&self) {
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

    /// Compares the heads of all followed channels with the store's, every `interval` and whenever the bus may have
    /// lost something: a lost *last* change leaves no hole to notice. Runs until dropped.
    pub async fn check_heads(self: Arc<Self>, interval: Duration) {
        loop {
            // Either is the wish for one check; whichever comes first starts the next wait anew.
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.repairs.check.notified() => {}
            }
            for channels in self.channels().chunks(HEADS_PER_READ) {
                match self.store.heads(channels).await {
                    Ok(heads) => {
                        for (channel, head) in channels.iter().zip(heads) {
                            self.saw_head(channel, head);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot compare heads with the store");
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
