//! Beginning and ending to follow a channel.
//!
//! The order matters: first the connection is put down as a follower, then the head is read. A change that is committed
//! in between is then either at or below the head, or it comes by the bus; nothing falls between. A read that others
//! wait for serves too, as long as it began after the channel was first followed: `reads.rs` sees to that.

use std::sync::Arc;

use chinwag_chat::{Channel, Rev, StoreError};

use crate::channel_state::{Follower, Progress};
use crate::reads::PAGE;
use crate::{ConnectionId, Entry, Hub, Mailbox};

/// How much of what was missed goes into one reply, all its channels together. The rest follows as it is read.
const REPLY_BYTES: usize = 256 * 1024;

/// From where a channel is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From its head.
    Head,
    /// From a position of the current epoch.
    After(Rev),
    /// Not at all; only its head is told, on the user's own channel.
    HeadOnly,
}

/// A wish to follow a channel.
#[derive(Debug, Clone)]
pub struct Follow {
    /// Which.
    pub channel: Channel,
    /// From where.
    pub start: Start,
    /// The server's doing: it ends when the user's membership does.
    pub by_server: bool,
    /// Whether to tell who comes and goes.
    pub join_leave: bool,
    /// Whether what was missed may go into the reply; else all of it is delivered afterwards.
    pub in_reply: bool,
}

/// A channel that is followed now. Nothing is delivered before [`Hub::activate`].
#[derive(Debug, Clone)]
pub struct Followed {
    /// Which.
    pub channel: Channel,
    /// Where the channel is.
    pub head: Rev,
    /// The changes after the position, or the first of them; none where the position is ahead of the log and so
    /// belongs to another.
    pub page: Option<Vec<Arc<Entry>>>,
}

impl Hub {
    /// Follows channels, with one read of the store for all heads that are not known here.
    ///
    /// # Errors
    /// The store's; then none of them is followed.
    pub async fn follow(
        &self,
        mailbox: &Arc<Mailbox>,
        wishes: Vec<Follow>,
    ) -> Result<Vec<Followed>, StoreError> {
        self.follow_or_none(mailbox, wishes, None).await
    }

    /// Follows channels as [`Hub::follow`] does, and tells up to where the log of `witness`, which the connection follows
    /// too, is known by a read that began after all of them were followed. What is written there of what happened before
    /// lies at or below.
    ///
    /// # Errors
    /// The store's; then none of them is followed.
    pub async fn follow_witnessed(
        &self,
        mailbox: &Arc<Mailbox>,
        wishes: Vec<Follow>,
        witness: &Channel,
    ) -> Result<(Vec<Followed>, Rev), StoreError> {
        let followed = self.follow_or_none(mailbox, wishes, Some(witness)).await?;
        let known = self.with(witness, |state| state.feed.known());
        Ok((followed, known.unwrap_or_default()))
    }

    async fn follow_or_none(
        &self,
        mailbox: &Arc<Mailbox>,
        wishes: Vec<Follow>,
        witness: Option<&Channel>,
    ) -> Result<Vec<Followed>, StoreError> {
        let channels: Vec<Channel> = wishes.iter().map(|wish| wish.channel.clone()).collect();
        let followed = self.try_follow(mailbox, wishes, witness).await;
        if followed.is_err() {
            for channel in channels {
                self.unfollow(mailbox.id(), &channel);
            }
        }
        followed
    }

    async fn try_follow(
        &self,
        mailbox: &Arc<Mailbox>,
        wishes: Vec<Follow>,
        witness: Option<&Channel>,
    ) -> Result<Vec<Followed>, StoreError> {
        for wish in &wishes {
            let follower = Follower {
                mailbox: mailbox.clone(),
                progress: if wish.start == Start::HeadOnly {
                    Progress::HeadOnly
                } else {
                    Progress::Paused(Rev::ZERO)
                },
                by_server: wish.by_server,
                join_leave: wish.join_leave,
                until: None,
            };
            self.with_new(&wish.channel, |state| state.insert(&wish.channel, follower));
        }
        let channels: Vec<Channel> = wishes.iter().map(|wish| wish.channel.clone()).collect();
        if let Some(witness) = witness {
            // The others that nobody knows yet are read along with it.
            self.learn_head_anew(witness).await?;
        }
        self.learn_heads(&channels).await?;
        let mut followed = Vec::with_capacity(wishes.len());
        let mut budget = REPLY_BYTES;
        for wish in wishes {
            // What the server subscribes later is told by a push, which has no room for changes.
            let mut none = 0;
            let budget = if wish.in_reply { &mut budget } else { &mut none };
            followed.push(self.position(mailbox.id(), wish.channel, wish.start, budget).await?);
        }
        Ok(followed)
    }

    /// Tells a connection where a room is, unless it follows the room already. True if it did not.
    pub fn follow_head(&self, mailbox: &Arc<Mailbox>, channel: &Channel) -> bool {
        let (is_new, is_unknown) = self.with_new(channel, |state| {
            let is_new = state.followers.get(mailbox.id()).is_none();
            if is_new {
                let (mailbox, progress) = (mailbox.clone(), Progress::HeadOnly);
                let follower =
                    Follower { mailbox, progress, by_server: true, join_leave: false, until: None };
                state.insert(channel, follower);
            }
            (is_new, state.feed.head().is_none())
        });
        if is_unknown {
            // Nobody waits for it; the next comparison of heads tells.
            self.repairs.uncertain.add(channel.clone());
        }
        is_new
    }

    /// Sets a follower to where it starts and collects the first page of what it missed, within the budget of bytes.
    async fn position(
        &self,
        id: ConnectionId,
        channel: Channel,
        start: Start,
        budget: &mut usize,
    ) -> Result<Followed, StoreError> {
        let mut head = self.with(&channel, |state| state.feed.head()).flatten().unwrap_or_default();
        let after = match start {
            Start::HeadOnly => return Ok(Followed { channel, head, page: Some(vec![]) }),
            Start::Head => head,
            Start::After(rev) => rev,
        };
        if after > head {
            // Either this node has not heard yet, or the position is of another log.
            self.learn_head_anew(&channel).await?;
            self.repair(&channel).await?;
            // Where nobody follows the channel any more, this connection was taken from it meanwhile: that is no reason to
            // call its position lost, and `activate` says the rest.
            let Some(known) = self.with(&channel, |state| state.feed.head()) else {
                return Ok(Followed { channel, head: after, page: Some(vec![]) });
            };
            head = known.unwrap_or_default();
        }
        if after > head {
            self.set_paused(id, &channel, head);
            return Ok(Followed { channel, head, page: None });
        }
        let in_memory = self.with(&channel, |state| {
            state.feed.covers(after).then(|| state.feed.after(after).take(PAGE).cloned().collect::<Vec<_>>())
        });
        let mut page = match in_memory.flatten() {
            Some(page) => page,
            None if *budget == 0 => vec![],
            None => match self.page_after(&channel, after).await {
                // The position has outlived its time.
                Err(StoreError::Gone(_)) => {
                    self.set_paused(id, &channel, head);
                    return Ok(Followed { channel, head, page: None });
                }
                page => page?,
            },
        };
        let fitting = page.iter().take_while(|entry| {
            let bytes = entry.publication().data.len();
            let fits = bytes <= *budget;
            *budget = if fits { *budget - bytes } else { 0 };
            fits
        });
        let count = fitting.count();
        page.truncate(count);
        self.set_paused(id, &channel, page.last().map_or(after, |last| last.rev()));
        Ok(Followed { channel, head, page: Some(page) })
    }

    /// The client knows that it follows: what comes after its position is delivered from now on. False where the
    /// channel was taken away in the meantime.
    pub fn activate(&self, id: ConnectionId, channel: &Channel) -> bool {
        self.with(channel, |state| {
            let head = state.feed.head();
            let Some(follower) = state.followers.get_mut(id) else { return false };
            let position = match follower.progress {
                Progress::Paused(position) => position,
                Progress::HeadOnly => return false,
                Progress::Live | Progress::Behind(_) => return true,
            };
            if Some(position) == head && follower.until.is_none() {
                follower.progress = Progress::Live;
            } else {
                follower.progress = Progress::Behind(position);
                follower.mailbox.mark_behind(channel.clone());
            }
            let mailbox = follower.mailbox.clone();
            Self::tell_watchers(state, channel, &mailbox, true);
            true
        })
        .unwrap_or(false)
    }

    /// Follows a channel no more.
    pub fn unfollow(&self, id: ConnectionId, channel: &Channel) {
        self.with(channel, |state| {
            if let Some(follower) = state.remove(channel, id)
                && matches!(follower.progress, Progress::Live | Progress::Behind(_))
            {
                Self::tell_watchers(state, channel, &follower.mailbox, false);
            }
        });
    }

    fn set_paused(&self, id: ConnectionId, channel: &Channel, position: Rev) {
        self.with(channel, |state| {
            if let Some(follower) = state.followers.get_mut(id) {
                follower.progress = Progress::Paused(position);
            }
        });
    }
}
