//! The bus: how nodes tell each other that something happened. A hint, never the truth.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::{Change, Channel, Head, SessionId, StateEvent, UserId};

/// What nodes tell each other. Any of it may be lost, doubled or reordered.
#[derive(Debug, Clone)]
pub enum Hint {
    /// A channel has this change now.
    Changed(Arc<Change>),
    /// A channel is at least here now: for changes that are too large to be told whole.
    Moved(Channel, Head),
    /// A state event for whoever follows the channel just now.
    State(Channel, Arc<StateEvent>),
    /// A session is no more: its connections must go.
    SessionRevoked(SessionId),
    /// A user may not come in any more: all their connections must go.
    UserDisabled(UserId),
}

impl Hint {
    /// The channel that it is about; `None` where it concerns every node.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Changed(change) => Some(change.channel()),
            Self::Moved(channel, _) | Self::State(channel, _) => Some(channel.clone()),
            Self::SessionRevoked(_) | Self::UserDisabled(_) => None,
        }
    }
}

/// Carries hints to every node that wants them, the sender's own included.
///
/// Obligations of an adapter: nothing here waits, whatever the state of the wire (a bus that is away costs time to
/// deliver, never a failed send), and its queues are bounded: what does not fit is dropped, for the store has it.
/// Hints that one thread publishes one after the other arrive in that order as a rule, which keeps repairs rare.
pub trait Bus: Send + Sync {
    /// Hands a hint to the sinks of the nodes that follow its channel, or of all; sooner or later or never.
    fn publish(&self, hint: Hint);

    /// How many bytes of JSON a state event may have to reach other nodes. Longer ones are delivered on this node alone.
    fn max_state_bytes(&self) -> usize {
        usize::MAX
    }

    /// This node wants the hints of a channel from now on. An adapter may bring those of other channels too; it does
    /// what it can at once, and where hints may have been missed until it was done, it says so by
    /// [`HintSink::on_gap`]. Called once for each channel until [`unfollow`](Self::unfollow).
    fn follow(&self, channel: &Channel) {
        let _ = channel;
    }

    /// This node wants the hints of a channel no more.
    fn unfollow(&self, channel: &Channel) {
        let _ = channel;
    }
}

/// Where a node takes in what the bus brings.
pub trait HintSink: Send + Sync {
    /// Takes a hint; returns how many connections it was handed to. Must not block.
    fn on_hint(&self, hint: Hint) -> usize;

    /// Takes the first of the hints that came together, in any case one, and leaves the rest to be handed in again when
    /// others have run. True where that was much work, and others should run first. A sink makes less work of hints
    /// about one channel where they come one after the other.
    fn on_hints(&self, hints: &mut VecDeque<Hint>) -> bool {
        if let Some(hint) = hints.pop_front() {
            self.on_hint(hint);
        }
        false
    }

    /// Hints of this channel may have been lost up to now: it must be compared with the store.
    fn on_gap(&self, channel: &Channel);

    /// Any hint may have been lost up to now: whatever is followed must be compared with the store.
    fn on_loss(&self);
}
