//! The messages that clients send: who reads one can tell whether it is what was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A message on its way, until it is acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// Its `client_id`, unique in the run. The text follows from it.
    pub(super) id: String,
    /// The room's number in the run.
    pub(super) room: usize,
    _open: Arc<Open>,
}

/// Counts a message as long as anybody tries to send it.
#[derive(Debug)]
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Message {
    /// A new message of that size; `open` counts it until it is acknowledged.
    pub(super) fn new(
        seed: u64,
        author: usize,
        number: usize,
        bytes: usize,
        room: usize,
        open: &Arc<AtomicUsize>,
    ) -> Self {
        open.fetch_add(1, Ordering::AcqRel);
        let id = format!("{seed}-{author}-{number}-{bytes}");
        Self { id, room, _open: Arc::new(Open(open.clone())) }
    }

    pub(super) fn text(&self) -> String {
        text_of(&self.id)
    }
}

/// The text that belongs to an id: the id itself and as much filling as it asks for.
pub(super) fn text_of(id: &str) -> String {
    let bytes: usize = id.rsplit('-').next().and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let mut text = format!("{id} ∷ ");
    while text.len() < bytes {
        text.push_str("no node is an island, ");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_until_the_last_who_sends_it_is_done() {
        let open = Arc::new(AtomicUsize::new(0));
        let message = Message::new(1, 2, 3, 100, 0, &open);
        let twin = message.clone();
        drop(message);
        assert_eq!(open.load(Ordering::Acquire), 1);
        assert!(twin.text().len() >= 100 && twin.text().starts_with("1-2-3-100 "));
        drop(twin);
        assert_eq!(open.load(Ordering::Acquire), 0);
    }
}
