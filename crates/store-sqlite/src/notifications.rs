//! The port [`Notifications`].

use async_trait::async_trait;
use chinwag_chat::store::Notifications;
use chinwag_chat::{
    NotificationChange, NotificationSettings, NotifyLevel, RoomId, StoreError, Timestamp, UserId,
};
use rusqlite::params;

use crate::SqliteStore;
use crate::query::one;

/// Member `?2` of room `?1` wants level `?3`, if there is one, and, where `?4` says so, silence until `?5`.
const SET: &str = "
    UPDATE members SET notify = coalesce(?3, notify),
        silent_until = CASE WHEN ?4 THEN ?5 ELSE silent_until END
    WHERE room = ?1 AND user = ?2
    RETURNING (SELECT kind FROM rooms WHERE id = ?1), notify, silent_until";

#[async_trait]
impl Notifications for SqliteStore {
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError> {
        let user = user.clone();
        let set = self.writer.write(move |transaction| {
            let level = change.level.map(NotifyLevel::as_str);
            let until = change.muted_until.flatten().map(Timestamp::unix_ms);
            let changes_until = change.muted_until.is_some();
            let params = params![room.to_bytes(), user.as_str(), level, changes_until, until];
            one(transaction, SET, params, |mut fields| {
                let kind = fields.parsed()?;
                fields.notifications(kind)
            })
        });
        set.await
    }
}
