//! Whether a link is alive: a beat goes out to the server and comes back.

use std::time::Duration;

use metrics::histogram;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::figures;

/// The pulse of one link.
#[derive(Debug)]
pub(crate) struct Pulse {
    state: Mutex<State>,
    first_return: Notify,
}

#[derive(Debug)]
struct State {
    heard: Instant,
    number: u64,
    sent: Instant,
    has_returned: bool,
}

impl Pulse {
    pub(crate) fn new(now: Instant) -> Self {
        let state = State { heard: now, number: 0, sent: now, has_returned: false };
        Self { state: Mutex::new(state), first_return: Notify::new() }
    }

    /// The number of a beat that goes out.
    pub(crate) fn beat(&self, now: Instant) -> u64 {
        let mut state = self.state.lock();
        state.number += 1;
        state.sent = now;
        state.number
    }

    /// Something came in.
    pub(crate) fn heard(&self, now: Instant) {
        self.state.lock().heard = now;
    }

    /// A beat came back.
    pub(crate) fn returned(&self, number: u64, now: Instant) {
        let mut state = self.state.lock();
        if number == state.number {
            histogram!(figures::ROUND_TRIP_SECONDS).record((now - state.sent).as_secs_f64());
        }
        state.has_returned = true;
        drop(state);
        self.first_return.notify_one();
    }

    /// How long nothing has come in.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        now - self.state.lock().heard
    }

    /// Waits until the link has shown that it works both ways.
    pub(crate) async fn is_alive(&self) {
        while !self.state.lock().has_returned {
            self.first_return.notified().await;
        }
    }
}
