//! The port [`Notifications`].

use async_trait::async_trait;
use chinwag_chat::store::Notifications;
use chinwag_chat::{
    NotificationChange, NotificationSettings, NotifyLevel, RoomId, StoreError, Timestamp, UserId,
};

use crate::PostgresStore;

/// Member `$2` of room `$1` wants level `$3`, if there is one, and, where `$4` says so, silence until `$5`.
pub(crate) const SET: &str = "
    UPDATE members m SET notify = coalesce($3::text, m.notify),
        silent_until = CASE WHEN $4 THEN $5::bigint ELSE m.silent_until END
    FROM rooms r WHERE r.id = m.room AND m.room = $1 AND m.user_id = $2
    RETURNING r.kind, m.notify, m.silent_until";

#[async_trait]
impl Notifications for PostgresStore {
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError> {
        let query = || {
            sqlx::query(SET)
                .bind(room.to_bytes())
                .bind(user.as_str())
                .bind(change.level.map(NotifyLevel::as_str))
                .bind(change.muted_until.is_some())
                .bind(change.muted_until.flatten().map(Timestamp::unix_ms))
        };
        let set = self.pool.write(query, |mut fields| {
            let kind = fields.parsed()?;
            fields.notifications(kind)
        });
        Ok(set.await?.into_iter().next())
    }
}
