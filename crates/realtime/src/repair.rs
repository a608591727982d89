//! Filling holes: what the bus lost is read from the store.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chinwag_chat::{Channel, Rev, StoreError};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hashbrown::HashMap;
use metrics::counter;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Hub;
use crate::head_check::Uncertain;

/// How long a hole is left open: hints that were only reordered close it by themselves.
const PATIENCE: Duration = Duration::from_millis(20);
/// How many channels are repaired at once.
const REPAIRS_AT_ONCE: usize = 16;
/// How long to wait after the store failed; doubled each time, up to the longest.
const STORE_RETRY: Duration = Duration::from_millis(250);
const LONGEST_STORE_RETRY: Duration = Duration::from_secs(1);
/// How long a hole is left that the store had nothing for; doubled each time, up to the longest.
const EMPTY_RETRY: Duration = Duration::from_secs(1);
const LONGEST_EMPTY_RETRY: Duration = Duration::from_secs(60);
/// How many such holes are remembered.
const MAX_EMPTY: usize = 1_000;

/// What is to be put right.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    /// The channels that have a hole, each once however many notice it.
    channels: Mutex<BTreeSet<Channel>>,
    wanted: Notify,
    /// The channels of which the store says that there is more, and has nothing.
    empty: Mutex<HashMap<Channel, Empty>>,
    /// The channels that may have one.
    pub(crate) uncertain: Uncertain,
    /// Whether state was lost on the bus, which the store tells nothing of.
    state_lost: AtomicBool,
}

/// A hole that the store had nothing for.
#[derive(Debug)]
struct Empty {
    /// Where the store said that the channel is.
    head: Rev,
    pause: Duration,
    until: Instant,
}

impl Repairs {
    pub(crate) fn request(&self, channel: Channel) {
        self.channels.lock().insert(channel);
        self.wanted.notify_one();
    }

    /// As [`request`](Self::request), for the store says that the channel is at this head; unless it said so before, had
    /// nothing, and was asked again not long ago.
    pub(crate) fn request_up_to(&self, channel: &Channel, head: Rev) {
        let is_empty = |hole: &Empty| hole.head == head && Instant::now() < hole.until;
        if !self.empty.lock().get(channel).is_some_and(is_empty) {
            self.request(channel.clone());
        }
    }

    /// The store says that the channel is at this head, and has nothing that leads there.
    pub(crate) fn found_nothing(&self, channel: &Channel, head: Rev) {
        let mut empty = self.empty.lock();
        if empty.len() >= MAX_EMPTY {
            empty.clear();
        }
        let before = empty.get(channel).filter(|hole| hole.head == head);
        let pause = before.map_or(EMPTY_RETRY, |hole| (hole.pause * 2).min(LONGEST_EMPTY_RETRY));
        empty.insert(channel.clone(), Empty { head, pause, until: Instant::now() + pause });
    }

    /// The bus may have lost anything.
    pub(crate) fn lost_hints(&self) {
        self.uncertain.add_everything();
        self.state_lost.store(true, Ordering::Release);
    }

    /// Whether state was lost since this was last asked.
    pub(crate) fn take_state_lost(&self) -> bool {
        self.state_lost.swap(false, Ordering::AcqRel)
    }
}

impl Hub {
    /// Repairs channels as holes are noticed, several at once and each by itself. Runs until dropped.
    pub async fn repair_holes(self: Arc<Self>) {
        let mut queue: BTreeSet<Channel> = BTreeSet::new();
        let mut under_way = FuturesUnordered::new();
        let mut patient_until: Option<Instant> = None;
        let mut after_failure = STORE_RETRY;
        let mut paused_until: Option<Instant> = None;
        loop {
            while paused_until.is_none()
                && under_way.len() < REPAIRS_AT_ONCE
                && let Some(channel) = queue.pop_first()
            {
                under_way.push(self.repair_and_name(channel));
            }
            // All are cancel-safe: what is done stays in the set, a notification is kept, a deadline passes.
            tokio::select! {
                biased;
                Some((channel, result)) = under_way.next() => match result {
                    Ok(()) => after_failure = STORE_RETRY,
                    Err(error @ StoreError::Corrupt(_)) => tracing::error!(%error, "cannot fill a hole"),
                    // Nobody here has what came before it either: whoever follows begins anew.
                    Err(StoreError::Gone(_)) => self.give_up(&channel),
                    Err(error) => {
                        // Those that wait would fare no better.
                        if paused_until.is_none() {
                            tracing::warn!(%error, "cannot read what the bus lost; trying again");
                            paused_until = Some(Instant::now() + after_failure);
                            after_failure = (after_failure * 2).min(LONGEST_STORE_RETRY);
                        }
                        queue.insert(channel);
                    }
                },
                () = until(paused_until), if paused_until.is_some() => paused_until = None,
                () = until(patient_until), if patient_until.is_some() => {
                    patient_until = None;
                    queue.extend(std::mem::take(&mut *self.repairs.channels.lock()));
                }
                () = self.repairs.wanted.notified(), if patient_until.is_none() => {
                    patient_until = Some(Instant::now() + PATIENCE);
                }
            }
        }
    }

    async fn repair_and_name(&self, channel: Channel) -> (Channel, Result<(), StoreError>) {
        let result = self.repair(&channel).await;
        (channel, result)
    }

    /// Reads what a channel misses, until there is no hole.
    pub(crate) async fn repair(&self, channel: &Channel) -> Result<(), StoreError> {
        loop {
            let hole = self.with(channel, |state| state.feed.has_hole().then(|| state.feed.head()).flatten());
            let Some(head) = hole.flatten() else { return Ok(()) };
            let page = self.page_after(channel, head).await?;
            if page.is_empty() {
                return Err(StoreError::Corrupt(format!("{channel} has nothing after {head}")));
            }
            counter!("chinwag_repairs_total").increment(page.len() as u64);
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
