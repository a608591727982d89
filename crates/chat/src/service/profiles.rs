//! What people say of themselves.

use std::sync::Arc;

use super::{Chat, ChatError};
use crate::{Channel, Hint, Profile, ProfileChange, Refusal, StateEvent, UserId};

/// How many rooms are told at once that somebody shows themselves otherwise. Whoever reads the others hears of it with
/// the next message or page.
const MAX_ROOMS_TOLD: usize = 200;

impl Chat {
    /// A user with what they say of themselves.
    ///
    /// # Errors
    /// A refusal, or the store's failure; so for all that follow.
    pub async fn profile(&self, id: &UserId) -> Result<Profile, ChatError> {
        Ok(self.store.profile(id).await?.ok_or(Refusal::UnknownUser)?)
    }

    /// Changes the caller's own profile; tells their devices and the small rooms that they are in.
    pub async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, ChatError> {
        let profile = self.store.change_profile(id, change).await?;
        let event = Arc::new(StateEvent::UserChanged { user: profile.user.clone() });
        let rooms = self.store.small_rooms_of(std::slice::from_ref(id), self.limits.max_small_room_members);
        let rooms = rooms.await?.into_iter().take(MAX_ROOMS_TOLD).map(|(room, _)| Channel::Room(room));
        for channel in std::iter::once(Channel::User(id.clone())).chain(rooms) {
            self.bus.publish(Hint::State(channel, event.clone()));
        }
        Ok(profile)
    }
}
