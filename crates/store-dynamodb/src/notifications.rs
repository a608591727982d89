//! The port [`Notifications`].

use async_trait::async_trait;
use chinwag_chat::store::Notifications;
use chinwag_chat::{NotificationChange, NotificationSettings, RoomId, StoreError, UserId};

use crate::DynamoStore;
use crate::item::NewItem;
use crate::keys;
use crate::records::{MemberRecord, RoomRecord};
use crate::unit::Unit;

#[async_trait]
impl Notifications for DynamoStore {
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let key = keys::member(room, user);
            unit.fetch([keys::room(room), key.clone()]).await?;
            let kind = unit.read::<RoomRecord>(&keys::room(room)).await?.map(|room| room.kind);
            let member = unit.read::<MemberRecord>(&key).await?;
            let Some((kind, mut member)) = kind.zip(member) else { return Ok(Some(None)) };
            member.notify = change.level.or(member.notify);
            member.silent_until = change.muted_until.unwrap_or(member.silent_until);
            unit.put(NewItem::of(key, &member)?);
            Ok(unit.commit().await?.then(|| Some(member.notifications(kind))))
        };
        table.until_settled(attempt).await
    }
}
