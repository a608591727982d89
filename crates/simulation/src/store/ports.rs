//! Each of the store's ports, over the network.

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{Arrival, ChangePage, CommitError, Log, MessagePage, Page, Rooms, Sessions, Users};
use chinwag_chat::{
    Channel, Cursor, Epoch, Head, Member, Message, NewUser, PasswordHash, Rev, RoomCommand, RoomId, RoomView,
    Seq, Session, SessionId, StoreError, Timestamp, TokenHash, User, UserId, UserName,
};

use super::NodeStore;
use crate::Lie;

#[async_trait]
impl Log for NodeStore {
    fn epoch(&self) -> Epoch {
        self.remote.data.epoch()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        self.decide(command, at).await
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.read(self.remote.data.changes_after(channel, after, limit)).await
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        let heads = self.read(self.remote.data.heads(channels)).await?;
        if self.remote.lie == Some(Lie::StoreShowsOldHeads) {
            return Ok(vec![Head::default(); heads.len()]);
        }
        Ok(heads)
    }
}

#[async_trait]
impl Rooms for NodeStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        let may = self.read(self.remote.data.may_read(room, user)).await?;
        Ok(may || self.remote.lie == Some(Lie::StoreLetsEverybodyRead))
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        self.read(self.remote.data.room(room, user)).await
    }

    async fn rooms_of(&self, user: &UserId, limit: usize) -> Result<Vec<RoomView>, StoreError> {
        self.read(self.remote.data.rooms_of(user, limit)).await
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        self.read(self.remote.data.arrival_of(user)).await
    }

    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError> {
        self.read(self.remote.data.small_rooms_of(users, max_members)).await
    }

    async fn share_a_room(&self, one: &UserId, other: &UserId) -> Result<bool, StoreError> {
        self.read(self.remote.data.share_a_room(one, other)).await
    }

    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        self.read(self.remote.data.public_rooms(query, user, limit)).await
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Member>, StoreError> {
        self.read(self.remote.data.members(room, after, limit)).await
    }

    async fn messages(&self, room: RoomId, page: MessagePage) -> Result<Page<Message>, StoreError> {
        self.read(self.remote.data.messages(room, page)).await
    }

    async fn mark_read(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Option<Cursor>, StoreError> {
        self.read(self.remote.data.mark_read(room, user, seq)).await
    }
}

#[async_trait]
impl Users for NodeStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        self.link.ask().await?;
        self.remote.data.create_user(user).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.read(self.remote.data.user(id)).await
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        self.read(self.remote.data.user_by_name(name)).await
    }

    async fn find_users(&self, query: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        self.read(self.remote.data.find_users(query, limit)).await
    }
}

#[async_trait]
impl Sessions for NodeStore {
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError> {
        self.read(self.remote.data.create_session(session, token)).await
    }

    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        self.read(self.remote.data.session_by_token(token)).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.read(self.remote.data.session(id)).await
    }

    async fn sessions(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        self.read(self.remote.data.sessions(user, limit)).await
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        self.read(self.remote.data.sessions_by_id(ids)).await
    }

    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError> {
        self.read(self.remote.data.touch_sessions(ids, at)).await
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        self.read(self.remote.data.delete_session(id)).await
    }

    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read(self.remote.data.delete_expired_sessions(now, unused_since)).await
    }
}
