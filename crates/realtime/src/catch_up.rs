//! Feeding a connection that is behind: as much as it takes, from memory or else from the store.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, Rev, StoreError};

use crate::channel_state::{ChannelState, Progress};
use crate::{ConnectionId, Entry, Hub, Mailbox};

/// How long to wait after the store failed; doubled each time, up to the longest.
const STORE_RETRY: Duration = Duration::from_millis(100);
const LONGEST_STORE_RETRY: Duration = Duration::from_secs(1);

/// How far a connection came.
enum Step {
    /// It has all there is, or follows the channel no more.
    CaughtUp,
    /// Its mailbox is full; the rest waits until it has read.
    Full,
    /// What comes next is only in the store.
    Store(Rev),
}

impl Hub {
    /// Feeds a connection from the channels that it is behind in, until it has all or its mailbox is full. To be
    /// called whenever the mailbox was emptied and [`Mailbox::is_behind`].
    ///
    /// While the store is away the connection stays behind, for as long as it takes: sent away, its client would only
    /// come back, with all the others, to a store that is away.
    ///
    /// # Errors
    /// What the store holds makes no sense.
    pub async fn catch_up(&self, mailbox: &Mailbox) -> Result<(), StoreError> {
        let mut pause = STORE_RETRY;
        loop {
            match self.feed_once(mailbox).await {
                Err(error @ (StoreError::Unavailable(_) | StoreError::Unknown(_))) => {
                    tracing::debug!(%error, "cannot feed a connection that is behind; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_STORE_RETRY);
                }
                result => return result,
            }
        }
    }

    async fn feed_once(&self, mailbox: &Mailbox) -> Result<(), StoreError> {
        let mut channels = mailbox.take_behind().into_iter();
        while let Some(channel) = channels.next() {
            let fed = self.catch_up_with(mailbox, &channel).await;
            if !matches!(fed, Ok(true)) {
                // The others come first next time: a room that is busier than the reader must not starve them.
                for other in channels {
                    mailbox.mark_behind(other);
                }
                mailbox.mark_behind(channel);
                return fed.map(drop);
            }
        }
        Ok(())
    }

    /// Takes all connections from a channel whose log begins after what they have; they ask anew.
    pub(crate) fn give_up(&self, channel: &Channel) {
        self.with(channel, |state| {
            let all: Vec<ConnectionId> =
                state.followers.values().map(|follower| follower.mailbox.id()).collect();
            for id in all {
                state.end(channel, id);
            }
        });
    }

    /// Feeds a connection from one channel; true once it has all.
    async fn catch_up_with(&self, mailbox: &Mailbox, channel: &Channel) -> Result<bool, StoreError> {
        let id = mailbox.id();
        loop {
            let step = self.with(channel, |state| from_memory(state, channel, id)).unwrap_or(Step::CaughtUp);
            match step {
                Step::CaughtUp => return Ok(true),
                Step::Full => return Ok(false),
                Step::Store(position) => {
                    let page = match self.page_after(channel, position).await {
                        // What comes next has outlived its time: the client asks anew, and is told so.
                        Err(StoreError::Gone(_)) => {
                            self.with(channel, |state| state.end(channel, id));
                            return Ok(true);
                        }
                        page => page?,
                    };
                    if page.is_empty() {
                        return Err(StoreError::Corrupt(format!("{channel} has nothing after {position}")));
                    }
                    let all_fitted = self.with(channel, |state| feed(state, channel, id, page.iter()));
                    if all_fitted == Some(false) {
                        return Ok(false);
                    }
                }
            }
        }
    }
}

fn from_memory(state: &mut ChannelState, channel: &Channel, id: ConnectionId) -> Step {
    let Some(follower) = state.followers.get(id) else { return Step::CaughtUp };
    let Progress::Behind(position) = follower.progress else { return Step::CaughtUp };
    if follower.until.is_some_and(|until| position >= until) {
        state.end(channel, id);
        return Step::CaughtUp;
    }
    if !state.feed.covers(position) {
        return Step::Store(position);
    }
    let entries: Vec<Arc<Entry>> = state.feed.after(position).cloned().collect();
    if !feed(state, channel, id, entries.iter()) {
        return Step::Full;
    }
    if let Some(follower) = state.followers.get_mut(id) {
        follower.progress = Progress::Live;
    }
    Step::CaughtUp
}

/// Puts changes into a follower's mailbox as far as they fit and it may have them; true if all did.
fn feed<'a>(
    state: &mut ChannelState,
    channel: &Channel,
    id: ConnectionId,
    entries: impl Iterator<Item = &'a Arc<Entry>>,
) -> bool {
    let Some(follower) = state.followers.get_mut(id) else { return true };
    let Progress::Behind(mut position) = follower.progress else { return true };
    for entry in entries {
        if entry.rev() <= position {
            continue;
        }
        if !follower.mailbox.take_entry(entry) {
            follower.progress = Progress::Behind(position);
            return false;
        }
        position = entry.rev();
        if follower.until == Some(position) {
            state.end(channel, id);
            return true;
        }
    }
    follower.progress = Progress::Behind(position);
    true
}
