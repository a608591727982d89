//! The port to traces: where the time goes on a message's way from who sends it to those who read it.
//!
//! A trace has the id of its message, which travels with the message anyway; and whether a message is followed is read from its id.
//! So every node tells its part of the same traces, with nothing to agree upon and nothing to carry along.

use crate::{Message, MessageId, RoomId};

/// A part of a message's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// All that its sender waited for.
    Send,
    /// The store's part of that.
    Commit,
    /// From the sender's request until a node that has followers heard of the message.
    Arrive,
    /// That node's way of putting it before its followers.
    FanOut,
}

/// A part of one message's way, and the time that it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which message.
    pub message: MessageId,
    /// Its room.
    pub room: RoomId,
    /// Which part.
    pub step: Step,
    /// When it began, in nanoseconds since 1970.
    pub began_ns: u64,
    /// When it ended, in nanoseconds since 1970.
    pub ended_ns: u64,
}

/// Where the parts of messages' ways are told.
pub trait Traces: Send + Sync {
    /// Whether this message is one of those that are followed: the same answer on every node.
    fn follows(&self, message: MessageId) -> bool;

    /// The time, in nanoseconds since 1970.
    fn now_ns(&self) -> u64;

    /// Takes a part. Must not block; what cannot be told in time is dropped.
    fn tell(&self, span: Span);
}

/// The beginning of the way of a message that is followed.
pub(crate) struct Trail<'a> {
    traces: &'a dyn Traces,
    began_ns: u64,
    commit_began_ns: u64,
}

impl<'a> Trail<'a> {
    /// A trail, if the message is followed.
    pub(crate) fn begin(traces: Option<&'a dyn Traces>, message: MessageId) -> Option<Self> {
        let traces = traces.filter(|traces| traces.follows(message))?;
        let began_ns = traces.now_ns();
        Some(Self { traces, began_ns, commit_began_ns: began_ns })
    }

    /// The store is asked now.
    pub(crate) fn commit_begins(&mut self) {
        self.commit_began_ns = self.traces.now_ns();
    }

    /// The message is there.
    pub(crate) fn end(self, message: &Message) {
        let ended_ns = self.traces.now_ns();
        for (step, began_ns) in [(Step::Send, self.began_ns), (Step::Commit, self.commit_began_ns)] {
            self.traces.tell(Span { message: message.id, room: message.room, step, began_ns, ended_ns });
        }
    }
}
