//! Who is online, told to those who share a room: late and seldom rather than often.
//!
//! Coming and going is known to [`ClusterNode`](crate::ClusterNode), which hears of it once a second, and only if it
//! still holds: a page that is reloaded or a connection that moves to another node is no news. A room gets one event for
//! all who moved, and only small rooms get any: in a crowd, who comes and goes is of no use and costs everybody.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, Hint, StateEvent, StoreError, UserId};
use hashbrown::HashSet;

use crate::Hub;

/// For how many users the rooms are read at once: no event lists more.
const USERS_PER_READ: usize = 200;

/// How presence is told.
#[derive(Debug, Clone)]
pub struct PresenceConfig {
    /// How long somebody must be gone before it is told.
    pub offline_grace: Duration,
    /// Channels with more followers than this carry neither presence nor typing.
    pub max_followers: usize,
    /// Rooms with more members than this carry no presence.
    pub max_members: u64,
}

impl Default for PresenceConfig {
    fn default() -> Self {
        Self { offline_grace: Duration::from_secs(5), max_followers: 256, max_members: 1_000 }
    }
}

impl Hub {
    /// Tells the rooms of users who came online or went offline, with one read of the store for many of them.
    pub(crate) async fn tell_presence(
        &self,
        online: &[UserId],
        offline: &[UserId],
    ) -> Result<(), StoreError> {
        let went: HashSet<&UserId> = offline.iter().collect();
        let moved: Vec<UserId> = online.iter().chain(offline).cloned().collect();
        for moved in moved.chunks(USERS_PER_READ) {
            let rooms = self.store.small_rooms_of(moved, self.config.presence.max_members).await?;
            for (room, users) in rooms {
                let (offline, online) = users.into_iter().partition(|user| went.contains(user));
                let event = StateEvent::PresenceChanged { online, offline };
                self.bus.publish(Hint::State(Channel::Room(room), Arc::new(event)));
            }
        }
        Ok(())
    }
}
