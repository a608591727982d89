//! What members want to be told of.

use async_trait::async_trait;

use super::StoreError;
use crate::{NotificationChange, NotificationSettings, RoomId, UserId};

/// Members' wishes for their rooms.
#[async_trait]
pub trait Notifications: Send + Sync {
    /// Changes what a member wants to be told of, and says what then holds. Nothing where the user is no member. The
    /// wishes end with the membership.
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError>;
}
