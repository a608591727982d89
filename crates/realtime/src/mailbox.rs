//! What waits to be written to one connection, and nothing more than that: bounded, whatever is published.

mod call;
mod exit;
mod owner;
mod queue;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use chinwag_chat::cluster::LiveConnection;
use chinwag_chat::{Channel, Head, Rev, RoomId};
use chinwag_protocol::{DisconnectCode, UnsubscribeCode};
use parking_lot::Mutex;

use crate::Entry;
use crate::frame::Framed;
use crate::run::Run;

use call::Call;
pub use owner::MailboxOwner;
use queue::Queue;

/// A live connection of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Something that the connection's driver must hear of, other than bytes to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The user became a member of a room, by this change of its log.
    Joined(RoomId, Rev),
    /// The channel is followed no more.
    Dropped(Channel, UnsubscribeCode),
    /// The connection must end.
    Close(DisconnectCode),
}

/// The outgoing side of one connection, shared by its driver and the hub.
#[derive(Debug)]
pub struct Mailbox {
    id: ConnectionId,
    owner: MailboxOwner,
    /// Whether nobody is using it just now.
    idle: AtomicBool,
    max_queued_bytes: usize,
    /// What the hub has it down for.
    follows: Mutex<Vec<Channel>>,
    queue: Mutex<Queue>,
    driver: Call,
}

/// Everything that waited, taken at once.
#[derive(Debug, Default)]
pub struct Mail {
    /// Encoded messages, in order.
    pub messages: VecDeque<Bytes>,
    /// Rooms that are not followed and have moved.
    pub heads: Vec<(RoomId, Head)>,
}

impl Mail {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.heads.is_empty()
    }
}

impl Mailbox {
    /// A mailbox that takes publications as long as less than `max_queued_bytes` wait.
    #[must_use]
    pub fn new(id: ConnectionId, owner: MailboxOwner, max_queued_bytes: usize) -> Self {
        Self {
            id,
            owner,
            idle: AtomicBool::new(false),
            max_queued_bytes,
            follows: Mutex::default(),
            queue: Mutex::default(),
            driver: Call::default(),
        }
    }

    /// The connection's id on this node.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The connection as other nodes see it.
    pub(crate) fn as_live(&self) -> LiveConnection {
        self.owner.as_live(self.idle.load(Ordering::Relaxed))
    }

    /// Notes whether somebody is using it; true if that is new.
    pub(crate) fn set_idle(&self, idle: bool) -> bool {
        self.idle.swap(idle, Ordering::Relaxed) != idle
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> &MailboxOwner {
        &self.owner
    }

    /// The channels that the hub has the connection down for.
    #[must_use]
    pub fn follows(&self) -> Vec<Channel> {
        self.follows.lock().clone()
    }

    /// How many bytes wait.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.queue.lock().bytes
    }

    /// Whether publications are refused for now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queued_bytes() >= self.max_queued_bytes
    }

    /// Puts a reply in, whether or not there is room. Whoever starts commands stops while the mailbox is full, so
    /// replies are bounded by the commands that run at once. The driver, whose reply it is, sees to it that it is
    /// written.
    pub fn reply(&self, message: Bytes) {
        let mut queue = self.queue.lock();
        let has_exit = queue.exit.is_some();
        queue.push(if has_exit { Framed::new(self.owner.encoding, &message).frame() } else { message });
    }

    /// Puts a message in if there is room.
    pub(crate) fn offer(self: &Arc<Self>, message: impl FnOnce() -> Bytes) -> bool {
        let mut queue = self.queue.lock();
        if queue.bytes >= self.max_queued_bytes {
            return false;
        }
        let message = message();
        let has_exit = queue.exit.is_some();
        queue.push(if has_exit { Framed::new(self.owner.encoding, &message).frame() } else { message });
        self.call(queue);
        true
    }

    /// Puts a message in that has only a latest value: never more than half of the room is for those.
    pub(crate) fn offer_state(self: &Arc<Self>, message: impl FnOnce() -> Bytes) {
        if self.queued_bytes() < self.max_queued_bytes / 2 {
            self.offer(message);
        }
    }

    /// Puts a change in if there is room.
    pub(crate) fn take_entry(self: &Arc<Self>, entry: &Entry) -> bool {
        let mut queue = self.queue.lock();
        if queue.bytes >= self.max_queued_bytes {
            return false;
        }
        let framed = entry.framed(self.owner.encoding);
        let has_exit = queue.exit.is_some();
        queue.push(if has_exit { framed.frame() } else { framed.message() });
        self.call(queue);
        true
    }

    /// Puts the first of these changes in for which there is room; returns how many. Into a socket they go as one
    /// frame, so either all of them do or none.
    pub(crate) fn take_run(self: &Arc<Self>, run: &mut Run<'_>) -> u64 {
        let mut queue = self.queue.lock();
        let mut taken = 0;
        if queue.exit.is_some() {
            if queue.bytes < self.max_queued_bytes {
                queue.push(run.frame(self.owner.encoding));
                taken = run.entries.len();
            }
        } else {
            for entry in run.entries {
                if queue.bytes >= self.max_queued_bytes {
                    break;
                }
                queue.push(entry.push(self.owner.encoding));
                taken += 1;
            }
        }
        if taken > 0 {
            self.call(queue);
        }
        taken as u64
    }

    /// Leaves word for the driver.
    pub fn notify(&self, notice: Notice) {
        self.queue.lock().notices.push(notice);
        self.driver.call();
    }

    /// Notes that a channel has more than fitted in.
    pub(crate) fn mark_behind(&self, channel: Channel) {
        let mut queue = self.queue.lock();
        if !queue.behind.contains(&channel) {
            queue.behind.push(channel);
        }
        drop(queue);
        self.driver.call();
    }

    /// Notes where a room is that the connection does not follow.
    pub(crate) fn note_head(self: &Arc<Self>, room: RoomId, head: Head) {
        let mut queue = self.queue.lock();
        match queue.heads.iter_mut().find(|(other, _)| *other == room) {
            Some((_, known)) => *known = head,
            None => queue.heads.push((room, head)),
        }
        self.call(queue);
    }

    /// The channels that have more, to be caught up with now.
    pub(crate) fn take_behind(&self) -> Vec<Channel> {
        std::mem::take(&mut self.queue.lock().behind)
    }

    /// Whether any channel has more.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.queue.lock().behind.is_empty()
    }

    /// Takes the notices. They do not wait for the messages: a connection that must end does not go on because its
    /// client reads slowly.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.queue.lock().notices)
    }

    /// Takes all messages. Leaves no buffer behind: an idle connection keeps none.
    #[must_use]
    pub fn take(&self) -> Mail {
        let mut queue = self.queue.lock();
        queue.bytes = 0;
        Mail { messages: queue.messages.take(), heads: std::mem::take(&mut queue.heads) }
    }

    /// Whether there are messages.
    #[must_use]
    pub fn has_messages(&self) -> bool {
        !self.queue.lock().messages.is_empty()
    }

    /// Waits until there may be something to take. Cancel-safe.
    pub async fn wait(&self) {
        poll_fn(|context| self.poll_wait(context)).await;
    }

    /// Whether there may be something to take; if not, the task is woken once there is. One task waits at a time.
    pub fn poll_wait(&self, context: &Context<'_>) -> Poll<()> {
        self.driver.poll(context)
    }

    pub(crate) fn followed(&self, channel: Channel) {
        let mut follows = self.follows.lock();
        // Most connections follow few channels, and 10,000 vectors that grow by doubling add up.
        follows.reserve_exact(1);
        follows.push(channel);
    }

    pub(crate) fn unfollowed(&self, channel: &Channel) {
        let mut follows = self.follows.lock();
        if let Some(index) = follows.iter().position(|other| other == channel) {
            follows.swap_remove(index);
        }
    }
}
