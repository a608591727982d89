//! Reading the store for a channel: one read at a time, shared by all who wait for it.
//!
//! Clients come back in crowds. What one of them reads is kept for the others, and a read begins where it is of use to
//! most of them: early enough to serve everybody who missed little, or else at one of the places where pages begin.

use std::sync::Arc;

use chinwag_chat::{Channel, Head, Rev, StoreError};
use hashbrown::HashSet;
use metrics::counter;
use parking_lot::Mutex;

use crate::feed::RING_ENTRIES;
use crate::flight::Flights;
use crate::{Entry, Hub};

/// The most changes in one page.
pub(crate) const PAGE: usize = 200;
/// How many heads are read at once.
pub(crate) const HEADS_PER_READ: usize = 500;

/// Part of a log, shared by all who waited for it.
#[derive(Debug, Clone)]
struct Page(Arc<[Arc<Entry>]>);

/// The reads of one node.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    pages: Flights<Channel, Page>,
    /// What comes of a read of heads is which channels it was of.
    heads: Flights<(), Arc<[Channel]>>,
    /// Channels whose heads somebody waits for and no read under way will tell.
    wanted: Mutex<HashSet<Channel>>,
}

impl Reads {
    /// The channel's head is to be read, by a read that begins after this.
    pub(crate) fn want(&self, channel: &Channel) {
        self.wanted.lock().insert(channel.clone());
    }

    pub(crate) fn want_no_more(&self, channel: &Channel) {
        self.wanted.lock().remove(channel);
    }

    fn is_wanted(&self, channel: &Channel) -> bool {
        self.wanted.lock().contains(channel)
    }

    /// The channels and as many of the others that are wanted as go into the same read.
    fn take(&self, mut channels: Vec<Channel>) -> Vec<Channel> {
        let mut wanted = self.wanted.lock();
        for channel in &channels {
            wanted.remove(channel);
        }
        let free = HEADS_PER_READ.saturating_sub(channels.len());
        let others: Vec<Channel> = wanted.iter().take(free).cloned().collect();
        for other in others {
            wanted.remove(&other);
            channels.push(other);
        }
        channels
    }
}

impl Hub {
    /// Learns where the channels are that nobody here knows yet, with as few reads as serve all who ask at the time.
    pub(crate) async fn learn_heads(&self, channels: &[Channel]) -> Result<(), StoreError> {
        loop {
            let is_unknown =
                |channel: &&Channel| self.with(channel, |state| state.feed.head().is_none()) == Some(true);
            let unknown: Vec<Channel> = channels.iter().filter(is_unknown).cloned().collect();
            if unknown.is_empty() {
                return Ok(());
            }
            self.reads.heads.run(&(), self.read_heads(unknown, "heads")).await?;
        }
    }

    /// Learns where a channel is now, not where it was when somebody asked before.
    pub(crate) async fn learn_head_anew(&self, channel: &Channel) -> Result<(), StoreError> {
        self.reads.want(channel);
        let mut may_be_older = true;
        loop {
            let landed = self.reads.heads.run(&(), self.read_heads(vec![channel.clone()], "heads")).await?;
            if landed.led || (!may_be_older && landed.value.contains(channel)) {
                return Ok(());
            }
            // The first may have begun before the question; whatever is waited for after it began since.
            may_be_older = false;
        }
    }

    /// Reads the heads of these channels, and of others that are wanted. `what` is what the read is counted as.
    pub(crate) async fn read_heads(
        &self,
        channels: Vec<Channel>,
        what: &'static str,
    ) -> Result<Arc<[Channel]>, StoreError> {
        let mut batch = Wanted { hub: self, channels: self.reads.take(channels) };
        for channels in batch.channels.chunks(HEADS_PER_READ) {
            counter!("chinwag_store_log_reads_total", "what" => what).increment(1);
            let heads = self.store.heads(channels).await?;
            for (channel, head) in channels.iter().zip(heads) {
                self.saw_head(channel, head);
            }
        }
        Ok(std::mem::take(&mut batch.channels).into())
    }

    /// Changes right after a position, at most a page: from memory, or by a read of the store that all share who wait
    /// for it. Empty only where the store has none.
    pub(crate) async fn page_after(
        &self,
        channel: &Channel,
        position: Rev,
    ) -> Result<Vec<Arc<Entry>>, StoreError> {
        let page = loop {
            if let Some(page) = self.recent.after(channel, position, PAGE) {
                break page;
            }
            let landed = self.reads.pages.run(channel, self.read_for(channel, position)).await?;
            let Page(entries) = landed.value;
            let joins_up = entries.first().is_some_and(|first| first.rev() <= position.next());
            let reaches = joins_up && entries.last().is_some_and(|last| last.rev() > position);
            if reaches || landed.led {
                break entries.iter().filter(|entry| entry.rev() > position).cloned().collect();
            }
        };
        self.absorb(channel, &page);
        Ok(page)
    }

    /// Reads a page that has what follows the position, if anything does, and most likely what others want too.
    async fn read_for(&self, channel: &Channel, position: Rev) -> Result<Page, StoreError> {
        let head = self.with(channel, |state| state.feed.head()).flatten();
        let start = start_of_read(position, head);
        let page = match self.read_page(channel, start).await {
            // What others want may have outlived its time, and what this one wants not.
            Err(StoreError::Gone(_)) if start < position => return self.read_page(channel, position).await,
            read => read?,
        };
        let falls_short = page.0.last().is_none_or(|last| last.rev() <= position);
        if start < position && falls_short {
            // Where changes are long, a page ends early.
            return self.read_page(channel, position).await;
        }
        Ok(page)
    }

    async fn read_page(&self, channel: &Channel, after: Rev) -> Result<Page, StoreError> {
        counter!("chinwag_store_log_reads_total", "what" => "changes").increment(1);
        let read = self.store.changes_after(channel, after, PAGE).await?;
        let name: Arc<str> = channel.to_string().into();
        let entries: Arc<[_]> =
            read.changes.iter().map(|change| Arc::new(Entry::new(change, name.clone()))).collect();
        self.absorb(channel, &entries);
        self.with(channel, |state| {
            // What it tells of a message may be no more by the time that it is here.
            if state.feed.is_current(read.head.rev) {
                state.feed.remember(&entries);
                self.recent.keep(channel, entries.clone());
            }
        });
        if entries.is_empty() && read.head.rev > after {
            self.repairs.found_nothing(channel, read.head.rev);
        }
        self.saw_head(channel, read.head);
        Ok(Page(entries))
    }

    /// What one reader finds beyond the head is news to all of them; and no reader is ever ahead of the feed, or it
    /// would get the same changes again when their hints come.
    fn absorb(&self, channel: &Channel, page: &[Arc<Entry>]) {
        self.with(channel, |state| {
            let head = state.feed.head();
            let news = page.iter().filter(|entry| Some(entry.rev()) > head).cloned();
            state.take(channel, news);
        });
    }

    /// The store says that the channel is at least here.
    pub(crate) fn saw_head(&self, channel: &Channel, head: Head) {
        let is_ahead = self.with(channel, |state| {
            // What was read before this channel was followed anew may be older than what has passed by since.
            if state.feed.head().is_some() || !self.reads.is_wanted(channel) {
                state.seen(channel, head);
            }
            // A hole beyond this head is one that only a hint told of: what the store has not, it cannot fill.
            state.feed.head().is_some_and(|own| own < head.rev)
        });
        if is_ahead == Some(true) {
            self.repairs.request_up_to(channel, head.rev);
        }
    }
}

/// After which change to begin reading for a position, so that the page serves others too.
fn start_of_read(position: Rev, head: Option<Rev>) -> Rev {
    let Some(head) = head.filter(|head| position < *head) else { return position };
    let (ring, page) = (RING_ENTRIES as u64, PAGE as u64);
    if head.0 - position.0 <= ring { Rev(head.0.saturating_sub(ring)) } else { Rev(position.0 / page * page) }
}

/// Channels whose heads are being read: wanted again by those who wait for them, should it come to nothing.
struct Wanted<'a> {
    hub: &'a Hub,
    channels: Vec<Channel>,
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        for channel in &self.channels {
            self.hub.with(channel, |_| self.hub.reads.want(channel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_begins_where_it_is_of_use_to_most() {
        let start = |position, head| start_of_read(Rev(position), Some(Rev(head))).0;
        assert_eq!(start(500, 500), 500, "at the head, only what is new");
        assert_eq!(start(510, 500), 510);
        assert_eq!((start(499, 500), start(372, 500)), (372, 372), "a ring's length serves all of them");
        assert_eq!((start(371, 500), start(399, 900), start(400, 900)), (200, 200, 400), "pages are shared");
        assert_eq!(start(3, 10), 0);
        assert_eq!(start_of_read(Rev(7), None), Rev(7));
    }
}
