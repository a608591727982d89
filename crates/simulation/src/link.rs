//! The network between a client and a node: frames that take their time, connections that break or fall silent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::chance::Chance;

/// A connection: what leads up to the node, and what leads down to the client.
pub(crate) struct Link {
    pub(crate) up: Pipe,
    pub(crate) down: Pipe,
}

/// What comes out of a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A frame.
    Frame(Bytes),
    /// The other side closed, and said why.
    Closed(u16),
    /// The connection broke.
    Broken,
}

/// One direction of a connection.
pub(crate) struct Pipe {
    chance: Chance,
    longest_delay: Duration,
    /// How many bytes it takes before who writes must wait.
    capacity: usize,
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
}

struct State {
    /// What is on its way, and when it arrives.
    arrivals: VecDeque<(Instant, Arrival)>,
    bytes: usize,
    /// Nothing arrives before what was sent before it.
    newest: Instant,
    silent: bool,
    ended: bool,
}

impl Link {
    pub(crate) fn new(chance: &Chance, longest_delay: Duration, capacity: usize) -> Arc<Self> {
        let pipe = |capacity| Pipe::new(chance.fork(), longest_delay, capacity);
        Arc::new(Self { up: pipe(usize::MAX), down: pipe(capacity) })
    }

    /// Both sides see the connection broken, at once.
    pub(crate) fn cut(&self) {
        self.up.cut();
        self.down.cut();
    }

    /// Nothing arrives any more on either side, and neither is told.
    pub(crate) fn fall_silent(&self) {
        self.up.state.lock().silent = true;
        self.down.state.lock().silent = true;
    }
}

impl Pipe {
    fn new(chance: Chance, longest_delay: Duration, capacity: usize) -> Self {
        let state = State {
            arrivals: VecDeque::new(),
            bytes: 0,
            newest: Instant::now(),
            silent: false,
            ended: false,
        };
        Self {
            chance,
            longest_delay,
            capacity,
            state: Mutex::new(state),
            readable: Notify::new(),
            writable: Notify::new(),
        }
    }

    /// Whether a frame may be written.
    pub(crate) fn has_room(&self) -> bool {
        self.state.lock().bytes < self.capacity
    }

    /// Sends a frame.
    pub(crate) fn write(&self, frame: Bytes) {
        self.send(Arrival::Frame(frame));
    }

    /// Sends the end, and why.
    pub(crate) fn close(&self, code: u16) {
        self.send(Arrival::Closed(code));
        self.state.lock().ended = true;
    }

    fn send(&self, arrival: Arrival) {
        let mut state = self.state.lock();
        if state.ended {
            return;
        }
        state.newest = state.newest.max(Instant::now() + self.chance.up_to(self.longest_delay));
        if let Arrival::Frame(frame) = &arrival {
            state.bytes += frame.len();
        }
        let at = state.newest;
        state.arrivals.push_back((at, arrival));
        drop(state);
        self.readable.notify_one();
    }

    fn cut(&self) {
        let mut state = self.state.lock();
        if !state.silent {
            state.arrivals.clear();
            state.arrivals.push_back((Instant::now(), Arrival::Broken));
            state.bytes = 0;
        }
        state.ended = true;
        drop(state);
        self.readable.notify_one();
        self.writable.notify_one();
    }

    /// Waits for what comes next. Cancel-safe.
    pub(crate) async fn read(&self) -> Arrival {
        loop {
            let next = {
                let mut state = self.state.lock();
                match state.arrivals.front() {
                    _ if state.silent => None,
                    Some((at, _)) if *at <= Instant::now() => match state.arrivals.pop_front() {
                        Some((_, Arrival::Frame(frame))) => {
                            state.bytes -= frame.len();
                            drop(state);
                            self.writable.notify_one();
                            return Arrival::Frame(frame);
                        }
                        Some((_, end)) => {
                            // Whoever reads again sees the same end.
                            state.arrivals.push_front((Instant::now(), end.clone()));
                            return end;
                        }
                        None => None,
                    },
                    Some((at, _)) => Some(*at),
                    None => None,
                }
            };
            match next {
                Some(at) => {
                    tokio::select! {
                        biased;
                        () = self.readable.notified() => {}
                        () = sleep_until(at) => {}
                    }
                }
                None => self.readable.notified().await,
            }
        }
    }

    /// Waits until there may be room. Cancel-safe.
    pub(crate) async fn writable(&self) {
        self.writable.notified().await;
    }
}
