//! Events that wait for a process; bounded.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::InvokeError;

/// An event, and who waits for what the function says to it.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) payload: Bytes,
    pub(super) reply: oneshot::Sender<Result<Bytes, InvokeError>>,
}

#[derive(Debug)]
pub(super) struct Queue {
    max: usize,
    depth: metrics::Gauge,
    waiting: Mutex<VecDeque<Invocation>>,
    changed: Notify,
}

impl Queue {
    /// At most so many may wait; the gauge shows how many do.
    pub(super) fn new(max: usize, depth: metrics::Gauge) -> Self {
        Self { max, depth, waiting: Mutex::default(), changed: Notify::new() }
    }

    /// Whether there was room.
    pub(super) fn push(&self, invocation: Invocation) -> bool {
        {
            let mut waiting = self.waiting.lock();
            if waiting.len() >= self.max {
                // Those whom nobody waits for any more have left their place.
                waiting.retain(|waiting| !waiting.reply.is_closed());
                if waiting.len() >= self.max {
                    return false;
                }
            }
            waiting.push_back(invocation);
            self.depth.set(waiting.len() as f64);
        }
        self.changed.notify_one();
        true
    }

    /// Gives one back that could not be handed over.
    pub(super) fn give_back(&self, invocation: Invocation) {
        self.waiting.lock().push_front(invocation);
        self.changed.notify_one();
    }

    /// The next one that somebody waits for. Cancel-safe: what was not returned is still there.
    pub(super) async fn take(&self) -> Invocation {
        loop {
            if let Some(invocation) = self.pop() {
                return invocation;
            }
            self.changed.notified().await;
        }
    }

    fn pop(&self) -> Option<Invocation> {
        let mut waiting = self.waiting.lock();
        while let Some(invocation) = waiting.pop_front() {
            self.depth.set(waiting.len() as f64);
            if !invocation.reply.is_closed() {
                // A notification wakes one; where several came at once, the next is woken by this one.
                if !waiting.is_empty() {
                    self.changed.notify_one();
                }
                return Some(invocation);
            }
        }
        None
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.lock().len()
    }

    /// Answers all that wait.
    pub(super) fn clear(&self, error: impl Fn() -> InvokeError) {
        for invocation in self.waiting.lock().drain(..) {
            // Whoever went away needs no answer.
            let _ = invocation.reply.send(Err(error()));
        }
    }
}
