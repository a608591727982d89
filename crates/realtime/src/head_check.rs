//! Comparing heads with the store's: a lost *last* change leaves no hole to notice.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chinwag_chat::{Channel, StoreError};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::Hub;
use crate::channel_state::{ChannelState, Progress};
use crate::reads::HEADS_PER_READ;

/// How long to wait after the store failed.
const STORE_RETRY: Duration = Duration::from_millis(250);
/// Channels that nobody here reads as they move are compared only every so many rounds: nothing of theirs is late on
/// anybody's screen but a number of unread messages.
const QUIET_ROUNDS: u32 = 10;

/// Channels whose heads are to be compared with the store's soon. They stay here until they were.
#[derive(Debug, Default)]
pub(crate) struct Uncertain {
    channels: Mutex<BTreeSet<Channel>>,
    everything: AtomicBool,
    check: Notify,
}

impl Uncertain {
    pub(crate) fn add(&self, channel: Channel) {
        self.channels.lock().insert(channel);
        self.check.notify_one();
    }

    pub(crate) fn add_everything(&self) {
        self.everything.store(true, Ordering::Release);
        self.check.notify_one();
    }

    fn extend(&self, channels: impl IntoIterator<Item = Channel>) {
        self.channels.lock().extend(channels);
    }

    fn take(&self) -> Vec<Channel> {
        let mut channels = self.channels.lock();
        std::iter::from_fn(|| channels.pop_first()).take(HEADS_PER_READ).collect()
    }
}

/// The regular comparison: batch by batch, spread over the first half of each interval.
struct Rounds {
    interval: Duration,
    number: u32,
    batches: VecDeque<Vec<Channel>>,
    pause: Duration,
    next_batch: Instant,
    next_round: Instant,
}

impl Rounds {
    fn new(interval: Duration) -> Self {
        let now = Instant::now();
        Self {
            interval,
            number: 0,
            batches: VecDeque::new(),
            pause: Duration::ZERO,
            next_batch: now,
            next_round: now + interval,
        }
    }

    /// When something is to be compared.
    fn due(&self) -> Instant {
        if self.batches.is_empty() { self.next_round } else { self.next_batch }
    }

    /// The next batch, or the beginning of a round.
    fn advance(&mut self, hub: &Hub) -> Vec<Channel> {
        if self.batches.is_empty() {
            self.number = self.number.wrapping_add(1);
            let all = self.number.is_multiple_of(QUIET_ROUNDS);
            let channels = hub.channels(|state| all || is_read(state));
            self.batches = channels.chunks(HEADS_PER_READ).map(<[Channel]>::to_vec).collect();
            let batches = u32::try_from(self.batches.len()).unwrap_or(u32::MAX).max(1);
            self.pause = self.interval / 2 / batches;
            self.next_round = Instant::now() + self.interval;
            hub.recent.forget_unused();
        }
        self.next_batch = Instant::now() + self.pause;
        self.batches.pop_front().unwrap_or_default()
    }
}

/// Whether anybody takes the channel's changes as they come. Whoever is behind reads the store anyway.
fn is_read(state: &ChannelState) -> bool {
    state.followers.values().any(|follower| matches!(follower.progress, Progress::Live | Progress::Paused(_)))
}

impl Hub {
    /// Compares the heads of followed channels with the store's: of all every `interval`, and at once of those of which
    /// the bus may have lost something. Runs until dropped.
    pub async fn check_heads(self: Arc<Self>, interval: Duration) {
        let mut rounds = Rounds::new(interval);
        let mut failed_until: Option<Instant> = None;
        loop {
            if let Some(moment) = failed_until.take() {
                sleep_until(moment).await;
            } else {
                // Both are cancel-safe: a notification is kept, a deadline passes.
                tokio::select! {
                    biased;
                    () = self.repairs.uncertain.check.notified() => {}
                    () = sleep_until(rounds.due()) => {
                        self.repairs.uncertain.extend(rounds.advance(&self));
                    }
                }
            }
            if self.repairs.uncertain.everything.swap(false, Ordering::AcqRel) {
                self.repairs.uncertain.extend(self.channels(|_| true));
            }
            if let Err(error) = self.check_uncertain().await {
                tracing::warn!(%error, "cannot compare heads with the store; trying again");
                failed_until = Some(Instant::now() + STORE_RETRY);
            }
        }
    }

    /// Compares the heads of those of which it is not sure that nothing was lost.
    pub(crate) async fn check_uncertain(&self) -> Result<(), StoreError> {
        loop {
            let channels = self.repairs.uncertain.take();
            if channels.is_empty() {
                return Ok(());
            }
            // A read like that of whoever follows: a channel that nobody waits for learns its first head here.
            if let Err(error) = self.read_heads(channels.clone(), "checks").await {
                self.repairs.uncertain.extend(channels);
                return Err(error);
            }
        }
    }
}
