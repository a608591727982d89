//! What servers say unasked, on its way to the node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use chinwag_bus_remote::{Event, WireError};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use redis::Value;
use tokio::sync::{mpsc, watch};

/// How many messages may wait for the node.
const MAX_WAITING: usize = 8 * 1024;
/// How many bytes these may have.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;

/// Where connections put what came. Never waits: what does not fit is dropped, and the node is told.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    events: mpsc::Sender<Event>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waiting_bytes: AtomicUsize,
    lost: AtomicBool,
    broken: watch::Sender<Option<WireError>>,
}

/// An inbox, and what comes out of it.
pub(crate) fn inbox() -> (Inbox, BoxStream<'static, Result<Event, WireError>>) {
    let (events, waiting) = mpsc::channel(MAX_WAITING);
    let (broken, break_seen) = watch::channel(None);
    let shared =
        Arc::new(Shared { waiting_bytes: AtomicUsize::new(0), lost: AtomicBool::new(false), broken });
    let outlet = Outlet { waiting, break_seen, shared: shared.clone() };
    let stream = stream::unfold(outlet, |mut outlet| async { Some((outlet.next().await?, outlet)) });
    (Inbox { events, shared }, stream.boxed())
}

impl Inbox {
    /// A message came.
    pub(crate) fn message(&self, payload: Vec<u8>) {
        let size = payload.len();
        let waiting = self.shared.waiting_bytes.fetch_add(size, Ordering::AcqRel);
        let fits = waiting + size <= MAX_WAITING_BYTES;
        if !fits || self.events.try_send(Event::Message(Bytes::from(payload))).is_err() {
            self.shared.waiting_bytes.fetch_sub(size, Ordering::AcqRel);
            self.shared.lost.store(true, Ordering::Release);
        }
    }

    /// The payload of a pushed message: the last of its parts.
    pub(crate) fn pushed(&self, parts: Vec<Value>) {
        if let Some(Value::BulkString(payload)) = parts.into_iter().next_back() {
            self.message(payload);
        }
    }

    /// Something that must not be dropped.
    pub(crate) fn event(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            self.broken(WireError::broken("the node did not keep up with what its Redis said"));
        }
    }

    /// The link is no good any more.
    pub(crate) fn broken(&self, error: WireError) {
        // The first reason is the one to tell.
        self.shared.broken.send_if_modified(|broken| {
            let is_first = broken.is_none();
            broken.get_or_insert(error);
            is_first
        });
    }
}

struct Outlet {
    waiting: mpsc::Receiver<Event>,
    break_seen: watch::Receiver<Option<WireError>>,
    shared: Arc<Shared>,
}

impl Outlet {
    async fn next(&mut self) -> Option<Result<Event, WireError>> {
        if self.shared.lost.swap(false, Ordering::AcqRel) {
            return Some(Ok(Event::Lost));
        }
        tokio::select! {
            biased;
            broken = self.break_seen.wait_for(Option::is_some) => broken.ok()?.clone().map(Err),
            event = self.waiting.recv() => {
                if let Some(Event::Message(payload)) = &event {
                    self.shared.waiting_bytes.fetch_sub(payload.len(), Ordering::AcqRel);
                }
                event.map(Ok)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_dropped_and_the_node_is_told_once() {
        let (inbox, mut events) = inbox();
        for n in 0..MAX_WAITING + 5 {
            inbox.message(vec![n as u8]);
        }
        assert_eq!(events.next().await.unwrap().unwrap(), Event::Lost);
        for n in 0..MAX_WAITING {
            assert_eq!(events.next().await.unwrap().unwrap(), Event::Message(Bytes::from(vec![n as u8])));
        }
        inbox.message(vec![7]);
        assert_eq!(events.next().await.unwrap().unwrap(), Event::Message(Bytes::from(vec![7])));
        inbox.message(vec![0; MAX_WAITING_BYTES + 1]);
        inbox.message(vec![8]);
        assert_eq!(events.next().await.unwrap().unwrap(), Event::Lost);
        assert_eq!(events.next().await.unwrap().unwrap(), Event::Message(Bytes::from(vec![8])));
    }

    #[tokio::test]
    async fn a_broken_link_says_the_first_reason() {
        let (inbox, mut events) = inbox();
        inbox.broken(WireError::broken("first"));
        inbox.broken(WireError::broken("second"));
        assert_eq!(events.next().await.unwrap().unwrap_err(), WireError::broken("first"));
    }
}
