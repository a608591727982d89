//! What a client wants to send.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Seen;
use crate::chaos::dice::Dice;
use crate::chaos::message::Message;
use crate::chaos::shared::Shared;

/// How many messages one client has on their way at a time.
const MAX_OPEN: usize = 8;
/// How long a client sleeps that has nothing to do.
const IDLE: Duration = Duration::from_millis(250);
/// The size of most messages, and of one in so many.
const SMALL_BYTES: usize = 400;
const LARGE_BYTES: usize = 8 * 1024;
const LARGE_ONCE_IN: usize = 20;

/// Thinks of messages, and keeps those that wait for a connection.
pub(super) struct Outgoing {
    every: Option<Duration>,
    next_at: Option<Instant>,
    number: usize,
    waiting: VecDeque<Message>,
    open: Arc<AtomicUsize>,
}

impl Outgoing {
    pub(super) fn new(every: Option<Duration>) -> Self {
        Self { every, next_at: None, number: 0, waiting: VecDeque::new(), open: Arc::default() }
    }

    pub(super) fn open(&self) -> Arc<AtomicUsize> {
        self.open.clone()
    }

    /// When to look again.
    pub(super) fn wake(&self, now: Instant) -> Instant {
        self.next_at.map_or(now + IDLE, |next| next.min(now + IDLE))
    }

    /// To be sent over the connection, as soon as there is one.
    pub(super) fn again(&mut self, message: Message) {
        self.waiting.push_back(message);
    }

    /// What is to be sent now.
    pub(super) fn due(
        &mut self,
        shared: &Shared,
        seen: &Seen,
        dice: &mut Dice,
        now: Instant,
    ) -> Vec<Message> {
        let mut due = Vec::from(std::mem::take(&mut self.waiting));
        let Some(every) = self.every.filter(|_| shared.is_writing()) else { return due };
        let next = *self.next_at.get_or_insert_with(|| now + dice.between(Duration::ZERO, every));
        if next <= now {
            self.next_at = Some(now + dice.between(every / 2, every * 3 / 2));
            if self.open.load(Ordering::Acquire) < MAX_OPEN {
                due.extend(self.think(shared, seen, dice));
            }
        }
        due
    }

    fn think(&mut self, shared: &Shared, seen: &Seen, dice: &mut Dice) -> Option<Message> {
        let room = seen.rooms.get(dice.below(seen.rooms.len()))?.0;
        self.number += 1;
        let large = dice.once_in(LARGE_ONCE_IN) || shared.flooding.load(Ordering::Acquire);
        let bytes = if large { LARGE_BYTES } else { dice.below(SMALL_BYTES) };
        Some(Message::new(shared.seed, seen.user, self.number, bytes, room, &self.open))
    }
}
