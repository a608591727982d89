//! Messages that were written and not yet acknowledged: they outlive every connection.

use std::collections::VecDeque;

use tokio::time::Instant;

/// How many are on their way at once.
const AT_ONCE: usize = 4;

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// Its `client_id`, which is also what its text begins with.
    pub(crate) id: String,
    /// The room's id.
    pub(crate) room: String,
    pub(crate) text: String,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// On its way, and nothing was heard yet.
    in_flight: bool,
    not_before: Option<Instant>,
}

/// Messages in the order in which they were written.
pub(crate) struct Outbox {
    name: String,
    written: u64,
    messages: VecDeque<Outgoing>,
}

impl Outbox {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), written: 0, messages: VecDeque::new() }
    }

    /// Writes a message.
    pub(super) fn add(&mut self, room: &str, text_bytes: usize) {
        self.written += 1;
        let id = format!("{}-{}", self.name, self.written);
        let text = format!("{id} {}", "x".repeat(text_bytes));
        let message =
            Outgoing { text, id, room: room.to_owned(), attempts: 0, in_flight: false, not_before: None };
        self.messages.push_back(message);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The next one whose time has come; from now on it is on its way.
    pub(super) fn next(&mut self, now: Instant) -> Option<Outgoing> {
        if !self.may_send() {
            return None;
        }
        let is_due = |message: &&mut Outgoing| {
            !message.in_flight && message.not_before.is_none_or(|not_before| not_before <= now)
        };
        let message = self.messages.iter_mut().find(is_due)?;
        message.in_flight = true;
        message.attempts += 1;
        Some(message.clone())
    }

    /// When the next one may be sent again; nothing as long as too many are on their way.
    pub(super) fn next_at(&self) -> Option<Instant> {
        if !self.may_send() {
            return None;
        }
        let waiting = self.messages.iter().filter(|message| !message.in_flight);
        waiting.filter_map(|message| message.not_before).min()
    }

    fn may_send(&self) -> bool {
        self.messages.iter().filter(|message| message.in_flight).count() < AT_ONCE
    }

    /// It was acknowledged, or refused for good.
    pub(super) fn settle(&mut self, id: &str) {
        self.messages.retain(|message| message.id != id);
    }

    /// Nobody knows what became of it: it is sent again, but not before that.
    pub(super) fn again(&mut self, id: &str, not_before: Instant) {
        if let Some(message) = self.messages.iter_mut().find(|message| message.id == id) {
            message.in_flight = false;
            message.not_before = Some(not_before);
        }
    }
}
