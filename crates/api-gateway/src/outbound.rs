//! What waits to be written to one client; bounded.

use std::collections::VecDeque;

use bytes::Bytes;
use chinwag_websocket::CloseCode;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The queue of one connection.
#[derive(Debug)]
pub(crate) struct Outbound {
    max_bytes: usize,
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    pong: Option<Bytes>,
    end: Option<(CloseCode, &'static str)>,
}

/// What is to be done with the socket next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write this.
    Write(Bytes),
    /// Say goodbye.
    Close(CloseCode, &'static str),
}

/// A message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Too much waits already.
    Full,
    /// The connection is at its end.
    Closed,
}

impl Outbound {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, queue: Mutex::default(), changed: Notify::new() }
    }

    /// Puts a frame at the end.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), NotTaken> {
        {
            let mut queue = self.queue.lock();
            if queue.end.is_some() {
                return Err(NotTaken::Closed);
            }
            // An empty queue takes any frame that is allowed at all.
            if queue.bytes > 0 && queue.bytes + frame.len() > self.max_bytes {
                return Err(NotTaken::Full);
            }
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
        }
        self.changed.notify_one();
        Ok(())
    }

    /// The answer to a ping; only the last one counts.
    pub(crate) fn pong(&self, frame: Bytes) {
        self.queue.lock().pong = Some(frame);
        self.changed.notify_one();
    }

    /// Ends the connection once what waits is written. The first reason counts.
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.queue.lock().end.get_or_insert((code, reason));
        self.changed.notify_one();
    }

    /// Ends the connection at once: what waits is not written.
    pub(crate) fn abandon(&self, code: CloseCode, reason: &'static str) {
        {
            let mut queue = self.queue.lock();
            queue.frames.clear();
            queue.bytes = 0;
            queue.pong = None;
            queue.end.get_or_insert((code, reason));
        }
        self.changed.notify_one();
    }

    /// What is to be done next. Cancel-safe: what was not returned is still there.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut queue = self.queue.lock();
        let frame = queue.pong.take().or_else(|| {
            let frame = queue.frames.pop_front()?;
            queue.bytes -= frame.len();
            Some(frame)
        });
        frame.map(Next::Write).or_else(|| queue.end.map(|(code, reason)| Next::Close(code, reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_bound_is_not_taken() {
        let outbound = Outbound::new(10);
        assert_eq!(outbound.push(Bytes::from_static(&[0; 20])), Ok(()), "one message always fits");
        assert_eq!(outbound.push(Bytes::from_static(b"x")), Err(NotTaken::Full));
        assert!(matches!(outbound.take(), Some(Next::Write(frame)) if frame.len() == 20));
        assert_eq!(outbound.push(Bytes::from_static(b"x")), Ok(()));
    }

    #[test]
    fn what_waits_is_written_before_the_end_and_nothing_after_it() {
        let outbound = Outbound::new(10);
        outbound.push(Bytes::from_static(b"x")).unwrap();
        outbound.close(CloseCode::GOING_AWAY, "first");
        outbound.close(CloseCode::NORMAL, "second");
        assert_eq!(outbound.push(Bytes::from_static(b"y")), Err(NotTaken::Closed));
        assert!(matches!(outbound.take(), Some(Next::Write(_))));
        assert!(matches!(outbound.take(), Some(Next::Close(CloseCode::GOING_AWAY, "first"))));
    }
}
