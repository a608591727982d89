//! What the real-time layer knows about who is there.

use chinwag_chat::{SessionId, UserId};

/// Who is connected. Only ever a hint: it may be a moment old.
pub trait PresenceView: Send + Sync {
    /// Those of the users who are online.
    fn online(&self, users: &[UserId]) -> Vec<UserId>;

    /// How many connections a session has.
    fn connections_of(&self, session: SessionId) -> usize;
}

/// Where there is no real-time layer, nobody is online.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyOnline;

impl PresenceView for NobodyOnline {
    fn online(&self, _users: &[UserId]) -> Vec<UserId> {
        Vec::new()
    }

    fn connections_of(&self, _session: SessionId) -> usize {
        0
    }
}
