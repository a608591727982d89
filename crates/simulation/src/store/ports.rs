//! Each of the store's ports, over the network.

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{
    Arrival, ChangePage, CommitError, FoundMessages, Log, MessagePage, MessageSearch, Messages,
    Notifications, Page, Push, Rooms, Search, Sessions, Statuses, ThreadView, Users,
};
use chinwag_chat::{
    Channel, CursorKind, Edit, Epoch, Head, KeptStatus, Member, MessageView, Moved, NewUser,
    NotificationChange, NotificationSettings, Notifying, PasswordHash, PushKey, PushNotice, PushSubscription,
    Rev, RoomCommand, RoomId, RoomView, Seq, Session, SessionId, Status, StoreError, SubscriptionId,
    Timestamp, ToNotify, TokenHash, User, UserId, UserName,
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

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        self.read(self.remote.data.rooms_of(user, after, limit)).await
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

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError> {
        self.read(self.remote.data.move_cursor(room, user, kind, seq)).await
    }
}

#[async_trait]
impl Messages for NodeStore {
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, StoreError> {
        self.read(self.remote.data.messages(room, viewer, page)).await
    }

    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError> {
        self.read(self.remote.data.message(room, viewer, seq)).await
    }

    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError> {
        self.read(self.remote.data.pins(room, viewer)).await
    }

    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError> {
        self.read(self.remote.data.edits(room, seq)).await
    }

    async fn threads_of(&self, user: &UserId, limit: usize) -> Result<Vec<ThreadView>, StoreError> {
        self.read(self.remote.data.threads_of(user, limit)).await
    }

    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError> {
        self.read(self.remote.data.move_thread_cursor(room, root, user, seq)).await
    }
}

#[async_trait]
impl Notifications for NodeStore {
    async fn set_notifications(
        &self,
        room: RoomId,
        user: &UserId,
        change: NotificationChange,
    ) -> Result<Option<NotificationSettings>, StoreError> {
        self.read(self.remote.data.set_notifications(room, user, change)).await
    }
}

#[async_trait]
impl Push for NodeStore {
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError> {
        self.read(self.remote.data.push_key(proposed)).await
    }

    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError> {
        self.read(self.remote.data.subscribe(subscription)).await
    }

    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError> {
        self.read(self.remote.data.unsubscribe(id, user)).await
    }

    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        limit: usize,
    ) -> Result<ToNotify, StoreError> {
        self.read(self.remote.data.to_notify(notifying, after, limit)).await
    }

    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError> {
        self.read(self.remote.data.notice(subscription, notifying)).await
    }

    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        self.read(self.remote.data.note_pushed(subscription, room, seq)).await
    }
}

#[async_trait]
impl Statuses for NodeStore {
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError> {
        self.read(self.remote.data.set_status(user, status)).await
    }

    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError> {
        self.read(self.remote.data.statuses(users)).await
    }
}

#[async_trait]
impl Search for NodeStore {
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError> {
        self.read(self.remote.data.search(user, search)).await
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
