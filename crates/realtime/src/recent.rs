//! Runs of changes that were read or kept not long ago, of all channels of the node, within a bound of bytes.
//!
//! A room's own ring serves those who missed little. This serves those who missed more, who mostly come in crowds (a
//! node died) and ask for the same pages one after the other; and those who come back to a room that nobody here has
//! read for a moment.
//!
//! What is kept tells of messages as they are. Where one says something else since, the runs that tell of it go; and
//! where nobody here follows a channel, so that nobody would hear of it, its runs are only good for as long as the
//! channel's head stays where it was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, Rev, Seq};
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::Entry;

/// How long a run that nobody asks for is kept.
const KEEP: Duration = Duration::from_secs(60);
/// How many runs that begin before a position are looked at. They may overlap, but hardly ever do.
const LOOK_BACK: usize = 4;

/// The runs, the least recently used first to go.
#[derive(Debug)]
pub(crate) struct RecentRuns {
    max_bytes: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    runs: HashMap<Channel, Runs>,
    by_use: BTreeMap<u64, (Channel, Rev)>,
    bytes: usize,
    uses: u64,
}

/// The runs of one channel.
#[derive(Debug, Default)]
struct Runs {
    by_first: BTreeMap<Rev, Run>,
    /// Where the channel was when the last one here stopped following it. Runs that rest serve nobody.
    resting_at: Option<Rev>,
}

/// Changes with no hole between them.
#[derive(Debug)]
struct Run {
    entries: Arc<[Arc<Entry>]>,
    last: Rev,
    /// The first and the last of the messages that it tells of.
    messages: Option<(Seq, Seq)>,
    bytes: usize,
    used: u64,
    used_at: Instant,
}

impl RecentRuns {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, shelf: Mutex::default() }
    }

    /// Keeps a run of a channel that is followed, unless all of it is kept already.
    pub(crate) fn keep(&self, channel: &Channel, entries: Arc<[Arc<Entry>]>) {
        let (Some(first), Some(last)) = (entries.first().map(|e| e.rev()), entries.last().map(|e| e.rev()))
        else {
            return;
        };
        let bytes = entries.iter().map(|entry| entry.weight()).sum();
        if bytes > self.max_bytes {
            return;
        }
        let messages = || entries.iter().filter_map(|entry| entry.message());
        let messages = messages().min().zip(messages().max());
        let mut shelf = self.shelf.lock();
        let before = Rev(first.0.saturating_sub(1));
        if shelf.find(channel, before).is_some_and(|(_, run)| run.last >= last) {
            return;
        }
        shelf.remove(channel, first);
        shelf.uses += 1;
        let used = shelf.uses;
        shelf.bytes += bytes;
        shelf.by_use.insert(used, (channel.clone(), first));
        let run = Run { entries, last, messages, bytes, used, used_at: Instant::now() };
        shelf.runs.entry(channel.clone()).or_default().by_first.insert(first, run);
        while shelf.bytes > self.max_bytes {
            shelf.remove_oldest();
        }
    }

    /// Those messages, from the first to the last, say something else now: what tells of them goes.
    pub(crate) fn forget(&self, channel: &Channel, revised: (Seq, Seq)) {
        self.shelf.lock().remove_where(channel, |run| {
            run.messages.is_some_and(|(first, last)| first <= revised.1 && revised.0 <= last)
        });
    }

    /// Nobody here follows the channel any more, which is at `head`.
    pub(crate) fn rest(&self, channel: &Channel, head: Rev) {
        if let Some(runs) = self.shelf.lock().runs.get_mut(channel) {
            runs.resting_at = Some(head);
        }
    }

    /// The channel is followed again, and is at `head`. If that moved meanwhile, nobody here knows by what.
    pub(crate) fn wake(&self, channel: &Channel, head: Rev) {
        let mut shelf = self.shelf.lock();
        let Some(runs) = shelf.runs.get_mut(channel) else { return };
        if runs.resting_at.take().is_some_and(|rested| rested != head) {
            shelf.remove_where(channel, |_| true);
        }
    }

    /// At most `limit` of the changes right after a position, if they are here.
    pub(crate) fn after(&self, channel: &Channel, position: Rev, limit: usize) -> Option<Vec<Arc<Entry>>> {
        let mut shelf = self.shelf.lock();
        let (first, run) = shelf.find(channel, position)?;
        let entries = run.entries.iter().skip_while(|entry| entry.rev() <= position);
        let entries = entries.take(limit).cloned().collect();
        shelf.touch(channel, first);
        Some(entries)
    }

    /// Drops what nobody has asked for in a while.
    pub(crate) fn forget_unused(&self) {
        let mut shelf = self.shelf.lock();
        while let Some((channel, first)) = shelf.by_use.first_key_value().map(|(_, run)| run.clone()) {
            let run = shelf.runs.get(&channel).and_then(|runs| runs.by_first.get(&first));
            if run.is_some_and(|run| run.used_at.elapsed() < KEEP) {
                return;
            }
            shelf.remove_oldest();
        }
    }
}

impl Shelf {
    /// A run that has the change right after the position.
    fn find(&self, channel: &Channel, position: Rev) -> Option<(Rev, &Run)> {
        let runs = self.runs.get(channel).filter(|runs| runs.resting_at.is_none())?;
        let runs = runs.by_first.range(..=position.next()).rev().take(LOOK_BACK);
        runs.map(|(first, run)| (*first, run)).find(|(_, run)| run.last > position)
    }

    fn touch(&mut self, channel: &Channel, first: Rev) {
        self.uses += 1;
        let used = self.uses;
        let Some(run) = self.runs.get_mut(channel).and_then(|runs| runs.by_first.get_mut(&first)) else {
            return;
        };
        run.used_at = Instant::now();
        let key = self.by_use.remove(&std::mem::replace(&mut run.used, used));
        self.by_use.insert(used, key.unwrap_or_else(|| (channel.clone(), first)));
    }

    fn remove_oldest(&mut self) {
        if let Some((_, (channel, first))) = self.by_use.pop_first() {
            self.remove(&channel, first);
        }
    }

    fn remove_where(&mut self, channel: &Channel, is_gone: impl Fn(&Run) -> bool) {
        let Some(runs) = self.runs.get(channel) else { return };
        let gone = runs.by_first.iter().filter(|(_, run)| is_gone(run)).map(|(first, _)| *first);
        for first in gone.collect::<Vec<_>>() {
            self.remove(channel, first);
        }
    }

    fn remove(&mut self, channel: &Channel, first: Rev) {
        let Some(runs) = self.runs.get_mut(channel) else { return };
        if let Some(run) = runs.by_first.remove(&first) {
            self.bytes -= run.bytes;
            self.by_use.remove(&run.used);
        }
        if runs.by_first.is_empty() {
            self.runs.remove(channel);
        }
    }
}

#[cfg(test)]
mod tests {
    use chinwag_chat::{Change, RoomId, Timestamp, UserChange, UserEvent};

    use super::*;

    fn run(revs: std::ops::RangeInclusive<u64>) -> Arc<[Arc<Entry>]> {
        let entry = |rev| {
            let event = UserEvent::RoomLeft { room: RoomId::from_parts(0, 0) };
            let user = "ada".parse().unwrap();
            let change = UserChange { user, rev: Rev(rev), at: Timestamp::default(), event };
            Arc::new(Entry::new(&Change::User(change), "user:ada".into()))
        };
        revs.map(entry).collect()
    }

    fn channel(name: &str) -> Channel {
        Channel::User(name.parse().unwrap())
    }

    fn after(runs: &RecentRuns, name: &str, position: u64) -> Option<Vec<u64>> {
        let page = runs.after(&channel(name), Rev(position), 3)?;
        Some(page.iter().map(|entry| entry.rev().0).collect())
    }

    #[test]
    fn a_position_finds_the_run_that_goes_on_from_it() {
        let runs = RecentRuns::new(1 << 20);
        runs.keep(&channel("ada"), run(1..=5));
        runs.keep(&channel("ada"), run(201..=203));
        assert_eq!(after(&runs, "ada", 0).unwrap(), [1, 2, 3]);
        assert_eq!(after(&runs, "ada", 4).unwrap(), [5]);
        assert_eq!(after(&runs, "ada", 202).unwrap(), [203]);
        for (name, position) in [("ada", 5), ("ada", 199), ("ada", 203), ("bob", 0)] {
            assert_eq!(after(&runs, name, position), None, "{name} {position}");
        }
    }

    #[test]
    fn the_bytes_are_bounded_and_the_least_used_goes_first() {
        let weight: usize = run(1..=10).iter().map(|entry| entry.weight()).sum();
        let runs = RecentRuns::new(2 * weight);
        runs.keep(&channel("ada"), run(1..=10));
        runs.keep(&channel("bob"), run(1..=10));
        runs.keep(&channel("bob"), run(2..=9));
        assert!(after(&runs, "ada", 0).is_some(), "what is kept already takes no more room");
        runs.keep(&channel("eve"), run(1..=10));
        assert!(after(&runs, "bob", 0).is_none());
        assert!(after(&runs, "ada", 0).is_some() && after(&runs, "eve", 0).is_some());
        assert_eq!(runs.shelf.lock().bytes, 2 * weight);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_asks_for_is_dropped_after_a_while() {
        let runs = RecentRuns::new(1 << 20);
        runs.keep(&channel("ada"), run(1..=5));
        runs.keep(&channel("bob"), run(1..=5));
        tokio::time::advance(KEEP / 2).await;
        after(&runs, "ada", 0);
        tokio::time::advance(KEEP / 2).await;
        runs.forget_unused();
        assert!(after(&runs, "ada", 0).is_some() && after(&runs, "bob", 0).is_none());
        tokio::time::advance(KEEP).await;
        runs.forget_unused();
        let shelf = runs.shelf.lock();
        assert!(shelf.runs.is_empty() && shelf.by_use.is_empty() && shelf.bytes == 0);
    }

    #[test]
    fn what_rests_is_only_good_while_the_channel_stays_where_it_was() {
        let runs = RecentRuns::new(1 << 20);
        for name in ["ada", "bob"] {
            runs.keep(&channel(name), run(1..=5));
            runs.rest(&channel(name), Rev(5));
            assert_eq!(after(&runs, name, 0), None);
        }
        runs.wake(&channel("ada"), Rev(5));
        runs.wake(&channel("bob"), Rev(6));
        assert!(after(&runs, "ada", 0).is_some() && after(&runs, "bob", 0).is_none());
    }
}
