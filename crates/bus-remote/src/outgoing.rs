//! What waits to be sent to other nodes; bounded in number and in bytes.
//!
//! What does not fit is dropped: who types and who is online first, then the oldest changes. Nobody need be told: a
//! dropped change is older than all that is kept, and by the time the rest is sent, the other nodes have long found it by
//! comparing heads with the store, as they do every second. Who typed is worth nothing when it is late; who is online is
//! told again by the node that told it, once the sink has heard that something was lost.

use std::collections::VecDeque;

use chinwag_chat::{Change, Hint, RoomChange, StateEvent};
use metrics::counter;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::figures;

/// About what a hint takes apart from the text that it holds.
const HINT_BYTES: usize = 512;

#[derive(Debug)]
pub(crate) struct Outgoing {
    waiting: Mutex<Waiting>,
    wake: Notify,
    max_hints: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    hints: VecDeque<Hint>,
    bytes: usize,
    /// How many of the hints are state.
    states: usize,
    /// Whether there is a link: without one, state is not even kept.
    is_linked: bool,
    beat: Option<u64>,
}

/// What is to be sent next.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) hints: Vec<Hint>,
    pub(crate) beat: Option<u64>,
}

impl Outgoing {
    pub(crate) fn new(max_hints: usize, max_bytes: usize) -> Self {
        Self { waiting: Mutex::default(), wake: Notify::new(), max_hints, max_bytes }
    }

    pub(crate) fn push(&self, hint: Hint) {
        let bytes = bytes_of(&hint);
        {
            let mut waiting = self.waiting.lock();
            let waiting = &mut *waiting;
            if is_state(&hint) {
                let is_half_full =
                    waiting.hints.len() >= self.max_hints / 2 || waiting.bytes >= self.max_bytes / 2;
                if !waiting.is_linked || is_half_full {
                    counter!(figures::DROPPED, "reason" => "late_state").increment(1);
                    return;
                }
            } else {
                waiting.make_room(self.max_hints, self.max_bytes.saturating_sub(bytes));
            }
            waiting.add(hint);
        }
        self.wake.notify_one();
    }

    /// Sends a beat along with what comes next, and before it.
    pub(crate) fn beat(&self, number: u64) {
        self.waiting.lock().beat = Some(number);
        self.wake.notify_one();
    }

    /// There is a link, or there is none.
    pub(crate) fn set_linked(&self, is_linked: bool) {
        let mut waiting = self.waiting.lock();
        waiting.is_linked = is_linked;
        waiting.beat = None;
        if !is_linked {
            waiting.drop_states();
        }
    }

    /// Waits until there is something to send, and takes at most so many hints. Nothing is lost where the caller goes
    /// away while it waits.
    pub(crate) async fn next(&self, max_hints: usize) -> Batch {
        loop {
            if let Some(batch) = self.waiting.lock().take(max_hints) {
                return batch;
            }
            self.wake.notified().await;
        }
    }
}

impl Waiting {
    fn add(&mut self, hint: Hint) {
        self.bytes += bytes_of(&hint);
        self.states += usize::from(is_state(&hint));
        self.hints.push_back(hint);
    }

    fn take(&mut self, max_hints: usize) -> Option<Batch> {
        let beat = self.beat.take();
        let count = self.hints.len().min(max_hints);
        let hints: Vec<_> = self.hints.drain(..count).collect();
        for hint in &hints {
            self.bytes -= bytes_of(hint);
            self.states -= usize::from(is_state(hint));
        }
        (beat.is_some() || !hints.is_empty()).then_some(Batch { hints, beat })
    }

    fn make_room(&mut self, max_hints: usize, max_bytes: usize) {
        let is_full = |waiting: &Self| waiting.hints.len() >= max_hints || waiting.bytes > max_bytes;
        if is_full(self) {
            self.drop_states();
        }
        while is_full(self) {
            let Some(oldest) = self.hints.pop_front() else { break };
            self.bytes -= bytes_of(&oldest);
            counter!(figures::DROPPED, "reason" => "queue_full").increment(1);
        }
    }

    fn drop_states(&mut self) {
        if self.states > 0 {
            counter!(figures::DROPPED, "reason" => "late_state").increment(self.states as u64);
            self.hints.retain(|hint| !is_state(hint));
            self.bytes = self.hints.iter().map(bytes_of).sum();
            self.states = 0;
        }
    }
}

fn is_state(hint: &Hint) -> bool {
    matches!(hint, Hint::State(..))
}

fn bytes_of(hint: &Hint) -> usize {
    let text = match hint {
        Hint::Changed(change) => match &**change {
            Change::Room(RoomChange { event, .. }) => {
                event.message().map_or(0, |message| message.text.as_str().len())
            }
            Change::User(_) => 0,
        },
        Hint::State(_, event) => match &**event {
            StateEvent::Direct { data, .. } => data.as_json().len(),
            _ => 0,
        },
        Hint::Moved(..) | Hint::SessionRevoked(_) | Hint::UserDisabled(_) => 0,
    };
    HINT_BYTES + text
}

#[cfg(test)]
mod tests;
