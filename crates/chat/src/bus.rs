//! The bus: how nodes tell each other that something happened. A hint, never the truth.

use std::sync::Arc;

use crate::{Change, Channel, SessionId, StateEvent};

/// What nodes tell each other. Any of it may be lost, doubled or reordered.
#[derive(Debug, Clone)]
pub enum Hint {
    /// A channel has this change now.
    Changed(Arc<Change>),
    /// A state event for whoever follows the channel just now.
    State(Channel, Arc<StateEvent>),
    /// A session is no more: its connections must go.
    SessionRevoked(SessionId),
}

/// Carries hints to every node, the sender's own included.
///
/// Obligations of an adapter: `publish` returns at once, whatever the state of the wire (a bus that is away costs time
/// to deliver, never a failed send), and its queue is bounded: what does not fit is dropped, for the store has it.
/// Hints that one thread publishes one after the other arrive in that order as a rule, which keeps repairs rare.
pub trait Bus: Send + Sync {
    /// Hands a hint to every node's sink, sooner or later or never.
    fn publish(&self, hint: Hint);
}

/// Where a node takes in what the bus brings.
pub trait HintSink: Send + Sync {
    /// Takes a hint; returns how many connections it was handed to, so that whoever delivers many can let others run in
    /// between. Must not block.
    fn on_hint(&self, hint: Hint) -> usize;

    /// The bus may have lost hints since the last one: whatever is followed must be compared with the store.
    fn on_loss(&self);
}
