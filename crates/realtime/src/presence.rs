//! Who is online, told to those who share a room: late and seldom rather than often.
//!
//! Coming and going is known to [`ClusterNode`](crate::ClusterNode), which hears of it once a second, and only if it
//! still holds: a page that is reloaded or a connection that moves to another node is no news. A room gets one event for
//! all who moved, and only small rooms get any: in a crowd, who comes and goes is of no use and costs everybody.

use std::time::Duration;

/// How presence is told.
#[derive(Debug, Clone)]
pub struct PresenceConfig {
    /// How long somebody must be gone before it is told.
    pub offline_grace: Duration,
    /// Channels with more followers than this carry no presence.
    pub max_followers: usize,
    /// Rooms with more members than this carry no presence.
    pub max_members: u64,
}

impl Default for PresenceConfig {
    fn default() -> Self {
        Self { offline_grace: Duration::from_secs(5), max_followers: 256, max_members: 1_000 }
    }
}
