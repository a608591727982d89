//! Sending some of the clients to other nodes, because the operator wants them spread evenly.

use std::sync::Arc;

use chinwag_protocol::DisconnectCode;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::ClusterNode;
use crate::Mailbox;
use crate::mailbox::Notice;

/// How many clients are to go.
#[derive(Debug, Default)]
pub(super) struct Shedding {
    wanted: Mutex<u32>,
    news: Notify,
}

impl Shedding {
    pub(super) fn want(&self, count: u32) {
        // A later wish is made of later figures: it is not added to the earlier one.
        *self.wanted.lock() = count;
        self.news.notify_one();
    }

    fn take(&self) -> usize {
        usize::try_from(std::mem::take(&mut *self.wanted.lock())).unwrap_or(usize::MAX)
    }
}

impl ClusterNode {
    /// Sends clients away as the operator wishes, spread over time. Every client can come back: the protocol knows no
    /// other. Runs until dropped.
    pub async fn shed_clients(self: Arc<Self>) {
        loop {
            self.shedding.news.notified().await;
            let chosen = evenly(self.hub.connections(None, None), self.shedding.take());
            let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX).max(1);
            let began = Instant::now();
            for (n, mailbox) in (0..).zip(chosen) {
                sleep_until(began + self.settings.spread.mul_f64(f64::from(n) / f64::from(count))).await;
                mailbox.notify(Notice::Close(DisconnectCode::ForceReconnect));
            }
        }
    }
}

/// So many of them, the old and the new alike.
fn evenly(mailboxes: Vec<Arc<Mailbox>>, count: usize) -> Vec<Arc<Mailbox>> {
    let all = mailboxes.len();
    let count = count.min(all);
    let chosen = mailboxes.into_iter().enumerate();
    // Of every all/count, the one with which the share grows.
    let chosen = chosen.filter(|(index, _)| (index + 1) * count / all > index * count / all);
    chosen.map(|(_, mailbox)| mailbox).collect()
}
