//! What one process is at: starting, waiting for an event, or working on one; and until when it may be.

use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::InvokeError;
use super::queue::Invocation;

#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Whether it ever asked for work.
    is_up: bool,
    /// What it said of itself when it could not start.
    init_error: Option<Bytes>,
}

#[derive(Debug)]
enum Phase {
    Starting,
    Waiting,
    Working(Invocation),
    /// It gets nothing any more.
    Closed,
}

/// Why a process has to go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It did not ask for work in time.
    InitTimedOut,
    /// It said that it cannot start.
    InitFailed(Bytes),
    /// The event that it works on took too long.
    TimedOut,
    /// There was nothing to do for long.
    Idle,
}

/// How long a process may be in each phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) init: Duration,
    pub(super) invocation: Duration,
}

impl Desk {
    pub(super) fn new() -> Self {
        let state = State { phase: Phase::Starting, since: Instant::now(), is_up: false, init_error: None };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// The process asks for work. An event that it never answered comes back.
    pub(super) fn waits(&self) -> Option<Invocation> {
        let unanswered = {
            let mut state = self.state.lock();
            state.is_up = true;
            match std::mem::replace(&mut state.phase, Phase::Waiting) {
                Phase::Closed => {
                    state.phase = Phase::Closed;
                    None
                }
                Phase::Working(invocation) => {
                    state.since = Instant::now();
                    Some(invocation)
                }
                Phase::Starting | Phase::Waiting => {
                    state.since = Instant::now();
                    None
                }
            }
        };
        self.changed.notify_one();
        unanswered
    }

    /// Hands it an event; gives it back where the process is to go.
    pub(super) fn works(&self, invocation: Invocation) -> Result<(), Invocation> {
        {
            let mut state = self.state.lock();
            if !matches!(state.phase, Phase::Waiting) {
                return Err(invocation);
            }
            state.phase = Phase::Working(invocation);
            state.since = Instant::now();
        }
        self.changed.notify_one();
        Ok(())
    }

    /// The process answers an event: the one that it has, if that is its id.
    pub(super) fn answers(&self, id: &str) -> Option<Invocation> {
        let mut state = self.state.lock();
        match &state.phase {
            Phase::Working(invocation) if invocation.id == id => {}
            _ => return None,
        }
        let before = std::mem::replace(&mut state.phase, Phase::Waiting);
        state.since = Instant::now();
        drop(state);
        self.changed.notify_one();
        match before {
            Phase::Working(invocation) => Some(invocation),
            _ => None,
        }
    }

    /// The process says that it cannot start.
    pub(super) fn cannot_start(&self, error: Bytes) {
        self.state.lock().init_error.get_or_insert(error);
        self.changed.notify_one();
    }

    /// Closes the desk; what the process still had comes back.
    pub(super) fn close(&self) -> Option<Invocation> {
        match std::mem::replace(&mut self.state.lock().phase, Phase::Closed) {
            Phase::Working(invocation) => Some(invocation),
            _ => None,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.state.lock().is_up
    }

    /// Waits until the process does not work on anything.
    pub(super) async fn rests(&self) {
        loop {
            if !matches!(self.state.lock().phase, Phase::Working(_)) {
                return;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until the process has to go. `may_idle` tells how long it may have nothing to do, if that is known.
    pub(super) async fn verdict(
        &self,
        patience: Patience,
        may_idle: impl Fn() -> Option<Duration>,
    ) -> Verdict {
        loop {
            let deadline = {
                let mut state = self.state.lock();
                if let Some(error) = state.init_error.take() {
                    return Verdict::InitFailed(error);
                }
                let deadline = match state.phase {
                    Phase::Starting => Some((state.since + patience.init, Verdict::InitTimedOut)),
                    Phase::Waiting => may_idle().map(|idle| (state.since + idle, Verdict::Idle)),
                    Phase::Working(_) => Some((state.since + patience.invocation, Verdict::TimedOut)),
                    Phase::Closed => None,
                };
                match deadline {
                    Some((at, verdict)) if at <= Instant::now() => {
                        if verdict == Verdict::Idle {
                            state.phase = Phase::Closed;
                        }
                        return verdict;
                    }
                    other => other.map(|(at, _)| at),
                }
            };
            let over = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            // Cancel-safe: both only wake up.
            tokio::select! {
                () = over => {}
                () = self.changed.notified() => {}
            }
        }
    }
}

impl Invocation {
    /// Tells whoever waits. Whoever went away needs no answer.
    pub(super) fn answer(self, answer: Result<Bytes, InvokeError>) {
        let _ = self.reply.send(answer);
    }
}
