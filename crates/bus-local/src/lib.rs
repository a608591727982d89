//! The bus of a cluster of one: a bounded queue from those who publish to the node's own sink.
//!
//! A queue rather than a plain call, so that the thread that commits never does the work of the fan-out. When it is
//! full, hints are dropped and the sink is told so: it finds in the store what it missed.
#![forbid(unsafe_code)]

mod cluster;

pub use cluster::LocalCluster;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chinwag_chat::{Bus, Hint, HintSink};
use tokio::sync::mpsc;

/// How many hints are taken off the queue at a time.
const BATCH: usize = 256;
/// The publishing end.
pub struct LocalBus {
    queue: mpsc::Sender<Hint>,
    lost: Arc<AtomicBool>,
}

/// The receiving end.
pub struct LocalHints {
    queue: mpsc::Receiver<Hint>,
    lost: Arc<AtomicBool>,
}

impl LocalBus {
    /// A bus that holds at most `capacity` hints that were not delivered yet, and its receiving end.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, LocalHints) {
        let (sender, receiver) = mpsc::channel(capacity);
        let lost = Arc::new(AtomicBool::new(false));
        (Self { queue: sender, lost: lost.clone() }, LocalHints { queue: receiver, lost })
    }
}

impl Bus for LocalBus {
    fn publish(&self, hint: Hint) {
        // Who types must not crowd out what is said: state may be lost without a word, changes may not.
        if matches!(hint, Hint::State(..)) && self.queue.capacity() < self.queue.max_capacity() / 2 {
            return;
        }
        if self.queue.try_send(hint).is_err() {
            self.lost.store(true, Ordering::Release);
        }
    }
}

impl LocalHints {
    /// Delivers to the sink until every publishing end is gone.
    pub async fn deliver(mut self, sink: Arc<dyn HintSink>) {
        let (mut arrived, mut waiting) = (Vec::with_capacity(BATCH), VecDeque::with_capacity(BATCH));
        while self.queue.recv_many(&mut arrived, BATCH).await > 0 {
            waiting.extend(arrived.drain(..));
            while !waiting.is_empty() {
                if sink.on_hints(&mut waiting) {
                    tokio::task::yield_now().await;
                }
            }
            if self.lost.swap(false, Ordering::AcqRel) {
                sink.on_loss();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use chinwag_chat::{Channel, SessionId};

    use super::*;

    #[derive(Default)]
    struct Counts {
        hints: AtomicUsize,
        losses: AtomicUsize,
    }

    impl HintSink for Counts {
        fn on_hint(&self, _: Hint) -> usize {
            self.hints.fetch_add(1, Ordering::Relaxed)
        }

        fn on_gap(&self, _: &Channel) {}

        fn on_loss(&self) {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_dropped_and_said_to_be() {
        let (bus, hints) = LocalBus::new(2);
        for n in 0..5 {
            bus.publish(Hint::SessionRevoked(SessionId::from_parts(0, n)));
        }
        drop(bus);
        let counts = Arc::new(Counts::default());
        hints.deliver(counts.clone()).await;
        assert_eq!(counts.hints.load(Ordering::Relaxed), 2);
        assert_eq!(counts.losses.load(Ordering::Relaxed), 1);
    }
}
