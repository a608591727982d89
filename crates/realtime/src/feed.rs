//! One channel's changes as this node has seen them: in order, the newest few kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chinwag_chat::{Rev, Seq};

use crate::Entry;

/// How many changes a channel keeps in memory: most clients that come back missed only a few.
pub(crate) const RING_ENTRIES: usize = 128;
/// How much memory they may take, in bytes.
const RING_BYTES: usize = 128 * 1024;
/// How many changes beyond a hole are kept until it is filled.
const AHEAD_ENTRIES: usize = 256;

/// The changes of one channel. Entries leave it strictly in rev order, each once.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    /// The newest change that was passed on. None as long as nobody told where the channel is.
    head: Option<Rev>,
    /// The newest changes up to the head, with no hole between them.
    ring: VecDeque<Arc<Entry>>,
    ring_bytes: usize,
    /// Changes beyond a hole.
    ahead: BTreeMap<Rev, Arc<Entry>>,
    /// The newest change that is known to exist.
    known: Rev,
    /// What was read from the store before this may tell of messages as they are no more.
    revised_at: Rev,
    /// The messages that say something else since they were last asked for here, from the first to the last of each.
    revised: Vec<(Seq, Seq)>,
}

impl Feed {
    pub(crate) fn head(&self) -> Option<Rev> {
        self.head
    }

    /// The newest change that is known to exist.
    pub(crate) fn known(&self) -> Rev {
        self.known
    }

    /// The channel is at least at `head`. The first to say so sets where the feed begins; what came before that was
    /// known may be due now.
    pub(crate) fn seen(&mut self, head: Rev, due: &mut Vec<Arc<Entry>>) {
        self.known = self.known.max(head);
        if self.head.is_none() {
            self.head = Some(head);
            self.revised_at = head;
            self.ahead = self.ahead.split_off(&head.next());
            self.close_up(head, due);
        }
    }

    /// Whether changes are known to exist that were not passed on.
    pub(crate) fn has_hole(&self) -> bool {
        self.head.is_some_and(|head| head < self.known)
    }

    /// Takes a change, and adds those to `due` that are so now, in order. What was passed on already is dropped.
    pub(crate) fn offer(&mut self, entry: Arc<Entry>, due: &mut Vec<Arc<Entry>>) {
        let rev = entry.rev();
        self.known = self.known.max(rev);
        match self.head {
            Some(head) if rev <= head => {}
            Some(head) if rev == head.next() => {
                self.pass_on(entry, due);
                self.ahead.remove(&rev);
                self.close_up(rev, due);
            }
            // A full shelf refuses what is not due; the repair reads it again.
            _ if self.ahead.len() < AHEAD_ENTRIES => {
                self.ahead.insert(rev, entry);
            }
            _ => {}
        }
    }

    /// Moves on from the head as far as there is no hole.
    fn close_up(&mut self, head: Rev, due: &mut Vec<Arc<Entry>>) {
        let mut last = head;
        while let Some(next) = self.ahead.remove(&last.next()) {
            last = next.rev();
            self.pass_on(next, due);
        }
    }

    fn pass_on(&mut self, entry: Arc<Entry>, due: &mut Vec<Arc<Entry>>) {
        self.head = Some(entry.rev());
        if let Some(messages) = entry.revised() {
            self.forget(messages);
            self.revised_at = entry.rev();
            self.revised.push(messages);
        }
        self.keep(entry.clone());
        due.push(entry);
    }

    /// Whether the changes after `position` are all in memory.
    pub(crate) fn covers(&self, position: Rev) -> bool {
        let reaches_back = self.ring.front().is_some_and(|oldest| oldest.rev() <= position.next());
        self.head == Some(position) || (self.head > Some(position) && reaches_back)
    }

    /// The changes after `position` that are in memory; ask [`Feed::covers`] first.
    pub(crate) fn after(&self, position: Rev) -> impl Iterator<Item = &Arc<Entry>> {
        let skip = self.ring.front().map_or(0, |oldest| position.next().0.saturating_sub(oldest.rev().0));
        self.ring.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX))
    }

    /// Whether what the store told when its head was there is still what it would tell.
    pub(crate) fn is_current(&self, head: Rev) -> bool {
        self.head.is_some() && head >= self.revised_at
    }

    /// The messages that say something else since this was last asked.
    pub(crate) fn take_revised(&mut self) -> Vec<(Seq, Seq)> {
        std::mem::take(&mut self.revised)
    }

    /// Drops what tells of messages, and whatever comes before that: there must be no hole.
    fn forget(&mut self, (first, last): (Seq, Seq)) {
        let tells = |entry: &Arc<Entry>| entry.message().is_some_and(|seq| (first..=last).contains(&seq));
        let Some(last) = self.ring.iter().rposition(tells) else { return };
        for entry in self.ring.drain(..=last) {
            self.ring_bytes -= entry.weight();
        }
    }

    /// Puts changes that were read from the store before those in memory, if they join up: the next client that
    /// comes back to this channel need not read them again. They must be [current](Feed::is_current).
    pub(crate) fn remember(&mut self, page: &[Arc<Entry>]) {
        for entry in page.iter().rev() {
            let joins = match self.ring.front() {
                Some(oldest) => entry.rev().next() == oldest.rev(),
                None => Some(entry.rev()) == self.head,
            };
            if joins && self.ring.len() < RING_ENTRIES && self.ring_bytes + entry.weight() <= RING_BYTES {
                self.ring_bytes += entry.weight();
                self.ring.push_front(entry.clone());
            }
        }
    }

    /// Gives away what is kept: nobody here reads the channel any more.
    pub(crate) fn take_ring(&mut self) -> Arc<[Arc<Entry>]> {
        self.ring_bytes = 0;
        std::mem::take(&mut self.ring).into_iter().collect()
    }

    fn keep(&mut self, entry: Arc<Entry>) {
        self.ring_bytes += entry.weight();
        self.ring.push_back(entry);
        while self.ring.len() > RING_ENTRIES || (self.ring_bytes > RING_BYTES && self.ring.len() > 1) {
            if let Some(oldest) = self.ring.pop_front() {
                self.ring_bytes -= oldest.weight();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chinwag_chat::{Change, RoomId, Timestamp, UserChange, UserEvent};

    use super::*;

    fn entry(rev: u64) -> Arc<Entry> {
        let event = UserEvent::RoomLeft { room: RoomId::from_parts(0, 0) };
        let user = "ada".parse().unwrap();
        let change = UserChange { user, rev: Rev(rev), at: Timestamp::default(), event };
        Arc::new(Entry::new(&Change::User(change), "user:ada".into()))
    }

    /// What is due after a change, or after the word of where the channel is.
    fn offer(feed: &mut Feed, rev: u64) -> Vec<u64> {
        due(|due| feed.offer(entry(rev), due))
    }

    fn seen(feed: &mut Feed, head: u64) -> Vec<u64> {
        due(|due| feed.seen(Rev(head), due))
    }

    fn due(work: impl FnOnce(&mut Vec<Arc<Entry>>)) -> Vec<u64> {
        let mut due = vec![];
        work(&mut due);
        due.iter().map(|entry| entry.rev().0).collect()
    }

    #[test]
    fn changes_leave_in_order_and_once_however_they_come() {
        let mut feed = Feed::default();
        seen(&mut feed, 4);
        assert!(offer(&mut feed, 4).is_empty(), "known already");
        assert!(offer(&mut feed, 7).is_empty(), "5 and 6 are missing");
        assert!(feed.has_hole());
        assert_eq!(offer(&mut feed, 5), [5]);
        assert!(offer(&mut feed, 5).is_empty());
        assert_eq!(offer(&mut feed, 6), [6, 7]);
        assert!(!feed.has_hole());
    }

    #[test]
    fn what_comes_before_the_head_is_known_waits_for_it() {
        let mut feed = Feed::default();
        // An old hint, doubled on its way, says nothing of where the channel is.
        for rev in [2, 7, 8, 10] {
            assert!(offer(&mut feed, rev).is_empty());
        }
        assert_eq!(feed.head(), None);
        assert_eq!(seen(&mut feed, 6), [7, 8]);
        assert!(feed.has_hole(), "9 is missing");
        assert_eq!(offer(&mut feed, 9), [9, 10]);
    }

    #[test]
    fn a_head_that_moved_unannounced_is_a_hole() {
        let mut feed = Feed::default();
        seen(&mut feed, 4);
        seen(&mut feed, 9);
        assert_eq!(feed.head(), Some(Rev(4)));
        assert!(feed.has_hole());
    }

    #[test]
    fn the_newest_changes_are_kept_and_older_ones_can_be_remembered() {
        let mut feed = Feed::default();
        seen(&mut feed, 4);
        assert!(feed.covers(Rev(4)) && !feed.covers(Rev(3)));
        feed.remember(&[entry(2), entry(3), entry(4)]);
        assert!(feed.covers(Rev(1)) && !feed.covers(Rev(0)));
        offer(&mut feed, 5);
        let after: Vec<u64> = feed.after(Rev(3)).map(|entry| entry.rev().0).collect();
        assert_eq!(after, [4, 5]);
        for rev in 6..=RING_ENTRIES as u64 + 10 {
            offer(&mut feed, rev);
        }
        assert!(feed.covers(Rev(10)) && !feed.covers(Rev(9)));
    }
}
