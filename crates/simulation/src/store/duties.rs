//! Data that goes, over the network.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::store::{Duties, LogPlace, RoomAge};
use chinwag_chat::{ClientId, NodeId, RoomId, Seq, SessionId, StoreError, Timestamp, UserId, UserName};

use super::NodeStore;

#[async_trait]
impl Duties for NodeStore {
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        at: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError> {
        self.read(self.remote.data.claim_duty(duty, holder, at, hold)).await
    }

    async fn forget_duties(&self, at: Timestamp) -> Result<(), StoreError> {
        self.read(self.remote.data.forget_duties(at)).await
    }

    async fn room_ages(&self, after: Option<RoomId>, limit: usize) -> Result<Vec<RoomAge>, StoreError> {
        self.read(self.remote.data.room_ages(after, limit)).await
    }

    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read(self.remote.data.trim(room, before, most, at)).await
    }

    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        self.read(self.remote.data.begin_erasure(user, name, by, at)).await
    }

    async fn erasures(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.read(self.remote.data.erasures(limit)).await
    }

    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError> {
        self.read(self.remote.data.messages_to_erase(user, room, after, limit)).await
    }

    async fn scrub_logs(&self, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError> {
        self.read(self.remote.data.scrub_logs(user, from)).await
    }

    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        self.read(self.remote.data.finish_erasure(user)).await
    }
}
