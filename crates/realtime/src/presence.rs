//! Who is online, told to those who share a room: late and seldom rather than often.
//!
//! Coming and going is noted at once and told by [`Hub::tell_presence`] once a second, only if it still holds: a page
//! that is reloaded or a connection that moves to another node is no news.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Channel, Hint, StateEvent, StoreError, UserId};
use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;

use crate::Hub;

/// How often presence is told.
const ROUND: Duration = Duration::from_secs(1);

/// How presence is told.
#[derive(Debug, Clone)]
pub struct PresenceConfig {
    /// How long somebody must be gone before it is told.
    pub offline_grace: Duration,
    /// Channels with more followers than this carry neither presence nor typing.
    pub max_followers: usize,
}

impl Default for PresenceConfig {
    fn default() -> Self {
        Self { offline_grace: Duration::from_secs(5), max_followers: 256 }
    }
}

/// What is known and what was told.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// Users who came or went, and the rounds until it is told.
    moved: Mutex<HashMap<UserId, u32>>,
    /// Users who were told to be online.
    told: Mutex<HashSet<UserId>>,
}

impl Presence {
    pub(crate) fn user_moved(&self, user: &UserId, online: bool) {
        // Going is told after the grace time, by `due`; coming in the next round.
        self.moved.lock().insert(user.clone(), if online { 0 } else { u32::MAX });
    }

    /// The users about whom something is to be told in this round.
    fn due(&self, grace: u32) -> Vec<UserId> {
        let mut moved = self.moved.lock();
        let mut due = vec![];
        moved.retain(|user, rounds| {
            if *rounds == 0 {
                due.push(user.clone());
                return false;
            }
            *rounds = (*rounds).min(grace) - 1;
            true
        });
        due
    }
}

impl Hub {
    /// Tells the rooms of users who came or went. Runs until dropped.
    pub async fn tell_presence(self: Arc<Self>) {
        let grace = u32::try_from(self.config.presence.offline_grace.as_secs()).unwrap_or(u32::MAX).max(1);
        loop {
            tokio::time::sleep(ROUND).await;
            for user in self.presence.due(grace) {
                let online = self.registry.is_online(&user);
                let is_news = {
                    let mut told = self.presence.told.lock();
                    if online { told.insert(user.clone()) } else { told.remove(&user) }
                };
                if is_news && let Err(error) = self.tell(&user, online).await {
                    // Presence may be lost: it is asked for again by whoever looks.
                    tracing::debug!(%error, "cannot tell a user's presence");
                }
            }
        }
    }

    async fn tell(&self, user: &UserId, online: bool) -> Result<(), StoreError> {
        let event = Arc::new(StateEvent::PresenceChanged { user: user.clone(), online });
        for room in self.store.room_ids_of(user).await? {
            self.bus.publish(Hint::State(Channel::Room(room), event.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_is_told_in_the_next_round_and_going_after_the_grace_time() {
        let presence = Presence::default();
        let ada: UserId = "ada".parse().unwrap();
        presence.user_moved(&ada, true);
        assert_eq!(presence.due(2), std::slice::from_ref(&ada));
        presence.user_moved(&ada, false);
        assert!(presence.due(2).is_empty() && presence.due(2).is_empty());
        assert_eq!(presence.due(2), std::slice::from_ref(&ada));
        presence.user_moved(&ada, false);
        presence.due(2);
        presence.user_moved(&ada, true);
        assert_eq!(presence.due(2), [ada], "back in time: one round, and then it is no news");
        assert!(presence.due(2).is_empty());
    }
}
