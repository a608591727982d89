//! What an export is read from, over the network.

use async_trait::async_trait;
use chinwag_chat::store::{Exports, MessageRecord, OwnReaction, Records};
use chinwag_chat::{Room, RoomId, StoreError, Timestamp, UserId};

use super::NodeStore;

#[async_trait]
impl Exports for NodeStore {
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        self.read(self.remote.data.room_record(room)).await
    }

    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        self.read(self.remote.data.account_created_at(user)).await
    }

    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError> {
        self.read(self.remote.data.message_records(room, which)).await
    }

    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError> {
        self.read(self.remote.data.room_written_in(user, after)).await
    }

    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        limit: usize,
    ) -> Result<Vec<OwnReaction>, StoreError> {
        self.read(self.remote.data.reactions_of(user, after, limit)).await
    }
}
