//! What the real-time layer knows about who is there.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::{PresenceEntry, SessionId, UserId};

/// Who is connected, on whatever node. Only ever a hint: it may be a moment old, and where others cannot be asked it is
/// what this node knows.
#[async_trait]
pub trait PresenceView: Send + Sync {
    /// As what those of the users are seen that there are.
    async fn seen(&self, users: &[UserId]) -> Vec<PresenceEntry>;

    /// A user wants to be seen as something else: whoever looks at them is told.
    fn note_change(&self, user: &UserId);

    /// How many connections the user has.
    async fn connection_count(&self, user: &UserId) -> usize;

    /// How many connections those of the sessions have that have any.
    async fn connections_of(&self, sessions: &[SessionId]) -> HashMap<SessionId, usize>;
}

/// Where there is no real-time layer, nobody is online.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyOnline;

#[async_trait]
impl PresenceView for NobodyOnline {
    async fn seen(&self, users: &[UserId]) -> Vec<PresenceEntry> {
        users.iter().map(|user| PresenceEntry::plain(user.clone(), false)).collect()
    }

    fn note_change(&self, _user: &UserId) {}

    async fn connection_count(&self, _user: &UserId) -> usize {
        0
    }

    async fn connections_of(&self, _sessions: &[SessionId]) -> HashMap<SessionId, usize> {
        HashMap::new()
    }
}
