//! The mailboxes that have something for their sockets, and those who write it.
//!
//! A mailbox is here at most once, whatever waits in it: what comes until its turn leaves by the same write. So the
//! list is no longer than there are connections, and the busier the node, the more is written at once.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::{Hub, Mailbox};

/// How many are written to before others may run.
const WRITES_IN_ONE_GO: usize = 128;

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Due {
    mailboxes: Mutex<VecDeque<Arc<Mailbox>>>,
    wake: Notify,
}

impl Due {
    /// Puts a mailbox down. It sees to it itself that it is not here already.
    pub(crate) fn add(&self, mailbox: Arc<Mailbox>) {
        let mut mailboxes = self.mailboxes.lock();
        let is_first = mailboxes.is_empty();
        mailboxes.push_back(mailbox);
        drop(mailboxes);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Takes the next few. Where that leaves some, another writer is called.
    fn take(&self, taken: &mut Vec<Arc<Mailbox>>) {
        let mut mailboxes = self.mailboxes.lock();
        let count = mailboxes.len().min(WRITES_IN_ONE_GO);
        taken.extend(mailboxes.drain(..count));
        let more = !mailboxes.is_empty();
        drop(mailboxes);
        if more {
            self.wake.notify_one();
        }
    }
}

impl Hub {
    /// Writes to the sockets of whoever has something waiting. Runs until dropped, side by side with as many others as
    /// there are cores: who writes to which socket does not matter, for each mailbox keeps its order.
    pub async fn write_due(self: Arc<Self>) {
        let mut mailboxes = Vec::with_capacity(WRITES_IN_ONE_GO);
        loop {
            self.due.take(&mut mailboxes);
            if mailboxes.is_empty() {
                self.due.wake.notified().await;
                // Whoever was answered by the same commit goes first: what they write takes with it what is due for them.
                yield_now().await;
                continue;
            }
            for mailbox in mailboxes.drain(..) {
                mailbox.write_in_turn();
            }
            yield_now().await;
        }
    }
}
