//! The port [`Notifications`].

use async_trait::async_trait;
use chinwag_chat::store::Notifications;
use chinwag_chat::{NotificationChange, NotificationSettings, RoomId, StoreError, UserId};

use crate::MemoryStore;

#[async_trait]
impl Notifications for MemoryStore {
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError> {
        let mut tables = self.tables.write();
        let Some(table) = tables.rooms.get_mut(&room) else { return Ok(None) };
        let kind = table.room.kind;
        Ok(table.members.get_mut(user).map(|member| {
            member.notify = change.level.or(member.notify);
            member.silent_until = change.muted_until.unwrap_or(member.silent_until);
            member.notifications(kind)
        }))
    }
}
