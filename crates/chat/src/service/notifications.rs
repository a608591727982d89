//! What members want to be told of.

use std::sync::Arc;

use super::{Chat, ChatError};
use crate::{Channel, Hint, NotificationChange, NotificationSettings, Refusal, RoomId, StateEvent, UserId};

impl Chat {
    /// Changes what the caller wants to be told of in a room; tells their other devices.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure.
    pub async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<NotificationSettings, ChatError> {
        self.readable(room, user).await?;
        let set = self.store.set_notifications(room, user, change).await?;
        let notifications = set.ok_or(Refusal::PermissionDenied("join the room first"))?;
        let event = StateEvent::Notifications { room, notifications };
        self.bus.publish(Hint::State(Channel::User(user.clone()), Arc::new(event)));
        Ok(notifications)
    }
}
