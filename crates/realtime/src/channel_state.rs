//! One channel on this node: its feed and its followers. The fan-out is [`ChannelState::take`].

use std::sync::Arc;

use chinwag_chat::{Channel, Head, Rev, Seq, UserId};
use chinwag_protocol::UnsubscribeCode;
use metrics::counter;

use crate::feed::Feed;
use crate::followers::Followers;
use crate::run::{Run, runs};
use crate::{ConnectionId, Entry, Mailbox, Notice};

/// Where a follower is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Has all up to this and gets nothing until its client was told that it follows.
    Paused(Rev),
    /// Has all up to this and is fed as fast as it reads.
    Behind(Rev),
    /// Has all that the feed passed on.
    Live,
    /// Is only told where the channel's head is, on its user's own channel.
    HeadOnly,
}

/// One connection's interest in the channel.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) progress: Progress,
    /// The server subscribed it, so the server also takes it away.
    pub(crate) by_server: bool,
    /// Wants to know who comes and goes.
    pub(crate) join_leave: bool,
    /// Is to get nothing after this: its user left the room there.
    pub(crate) until: Option<Rev>,
}

/// One channel on this node.
#[derive(Debug, Default)]
pub(crate) struct ChannelState {
    /// As the wire has it; none as long as nothing happened.
    name: Option<Arc<str>>,
    pub(crate) feed: Feed,
    pub(crate) followers: Followers,
    /// How many followers want to know who comes and goes.
    pub(crate) watchers: usize,
    head_seq: Seq,
}

impl ChannelState {
    /// The channel's name, which its changes share.
    pub(crate) fn name(&mut self, channel: &Channel) -> Arc<str> {
        self.name.get_or_insert_with(|| channel.to_string().into()).clone()
    }

    /// The channel is at least here.
    pub(crate) fn seen(&mut self, channel: &Channel, head: Head) {
        self.head_seq = self.head_seq.max(head.seq);
        let mut due = vec![];
        self.feed.seen(head.rev, &mut due);
        self.pass_on(channel, &due);
    }

    /// Takes changes from the bus or the store and hands on what is due; returns to how many connections.
    pub(crate) fn take(&mut self, channel: &Channel, entries: impl IntoIterator<Item = Arc<Entry>>) -> usize {
        let mut due = vec![];
        entries.into_iter().for_each(|entry| self.feed.offer(entry, &mut due));
        self.pass_on(channel, &due)
    }

    fn pass_on(&mut self, channel: &Channel, due: &[Arc<Entry>]) -> usize {
        let mut deliveries = 0;
        for run in runs(due) {
            let entries = run.entries;
            self.deliver(channel, run);
            deliveries += self.followers.len();
            for (room, rev) in entries.iter().filter_map(|entry| entry.joined()) {
                for follower in self.followers.values() {
                    follower.mailbox.notify(Notice::Joined(room, rev));
                }
            }
            if let Some(last) = entries.last()
                && let Some(user) = last.left()
            {
                self.end_for(channel, user, last.rev());
            }
        }
        deliveries
    }

    /// Hands changes to every follower that has all before them. The others are behind and come back for them.
    fn deliver(&mut self, channel: &Channel, mut run: Run<'_>) {
        let (Some(first), Some(last)) = (run.entries.first(), run.entries.last()) else { return };
        let (before, last) = (Rev(first.rev().0 - 1), last.rev());
        let seq = run.entries.iter().filter_map(|entry| entry.seq()).max();
        self.head_seq = self.head_seq.max(seq.unwrap_or_default());
        let (mut delivered, mut is_read) = (0, false);
        for follower in self.followers.values_mut() {
            is_read |= follower.progress != Progress::HeadOnly;
            match follower.progress {
                Progress::Live => {
                    let taken = follower.mailbox.take_run(&mut run);
                    delivered += taken;
                    let reached = Rev(before.0 + taken);
                    if reached < last {
                        follower.progress = Progress::Behind(reached);
                        follower.mailbox.mark_behind(channel.clone());
                    }
                }
                Progress::HeadOnly => {
                    if let Channel::Room(room) = channel {
                        follower.mailbox.note_head(*room, Head { seq: self.head_seq, rev: last });
                    }
                }
                Progress::Paused(_) | Progress::Behind(_) => {}
            }
        }
        counter!("chinwag_deliveries_total").increment(delivered);
        if !is_read {
            // Nobody comes back soon to what nobody here reads.
            self.feed.take_ring();
        }
    }

    /// The user left the room at `rev`: their connections get nothing after it.
    fn end_for(&mut self, channel: &Channel, user: &UserId, rev: Rev) {
        let theirs: Vec<ConnectionId> = self
            .followers
            .values()
            .filter(|follower| follower.mailbox.owner().user == *user)
            .map(|follower| follower.mailbox.id())
            .collect();
        for id in theirs {
            let Some(follower) = self.followers.get_mut(id) else { continue };
            match follower.progress {
                // What it still has to get comes first.
                Progress::Paused(position) | Progress::Behind(position) if position < rev => {
                    follower.until = Some(rev);
                }
                _ => self.end(channel, id),
            }
        }
    }

    /// Takes a follower away and tells its driver.
    pub(crate) fn end(&mut self, channel: &Channel, id: ConnectionId) {
        if let Some(follower) = self.remove(channel, id) {
            // A client that subscribed by itself may ask again, and is answered by what it may read now.
            let code =
                if follower.by_server { UnsubscribeCode::Server } else { UnsubscribeCode::InsufficientState };
            follower.mailbox.notify(Notice::Dropped(channel.clone(), code));
        }
    }

    pub(crate) fn insert(&mut self, channel: &Channel, follower: Follower) {
        self.watchers += usize::from(follower.join_leave);
        let mailbox = follower.mailbox.clone();
        match self.followers.insert(follower) {
            Some(previous) => self.watchers -= usize::from(previous.join_leave),
            None => mailbox.followed(channel.clone()),
        }
    }

    pub(crate) fn remove(&mut self, channel: &Channel, id: ConnectionId) -> Option<Follower> {
        let follower = self.followers.remove(id)?;
        follower.mailbox.unfollowed(channel);
        self.watchers -= usize::from(follower.join_leave);
        Some(follower)
    }
}
