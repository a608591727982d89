//! A store that counts how often its log is read, and can be away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{Arrival, ChangePage, CommitError, Log, MessagePage, Page, Rooms, Sessions, Users};
use chinwag_chat::*;
use parking_lot::Mutex;

pub(super) struct WatchedStore {
    inner: Arc<dyn Store>,
    pub(super) page_reads: AtomicU64,
    pub(super) head_reads: AtomicU64,
    pub(super) away: AtomicBool,
    /// Says that every channel is at this rev, and has no changes.
    pub(super) claims: Mutex<Option<Rev>>,
    /// How many reads failed.
    pub(super) failures: AtomicU64,
}

impl WatchedStore {
    pub(super) fn new(inner: Arc<dyn Store>) -> Self {
        let (page_reads, head_reads, failures, claims) = Default::default();
        Self { inner, page_reads, head_reads, away: AtomicBool::new(false), claims, failures }
    }

    /// Reads of pages and of heads since the last time.
    pub(super) fn reads(&self) -> (u64, u64) {
        (self.page_reads.swap(0, Ordering::Relaxed), self.head_reads.swap(0, Ordering::Relaxed))
    }

    fn claimed(&self) -> Option<Head> {
        self.claims.lock().map(|rev| Head { rev, ..Head::default() })
    }

    fn is_there(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::Relaxed) {
            self.failures.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Log for WatchedStore {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        self.inner.commit(command, at).await
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.page_reads.fetch_add(1, Ordering::Relaxed);
        self.is_there()?;
        if let Some(head) = self.claimed() {
            return Ok(ChangePage { changes: vec![], head });
        }
        self.inner.changes_after(channel, after, limit).await
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        self.head_reads.fetch_add(1, Ordering::Relaxed);
        self.is_there()?;
        if let Some(head) = self.claimed() {
            return Ok(vec![head; channels.len()]);
        }
        self.inner.heads(channels).await
    }
}

/// Hands on what is of no interest here.
macro_rules! as_it_is {
    ($($port:ident { $($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl $port for WatchedStore {
            $(async fn $name(&self, $($argument: $kind),*) -> $answer {
                self.inner.$name($($argument),*).await
            })*
        }
    )*};
}

as_it_is! {
    Rooms {
        may_read(room: RoomId, user: &UserId) -> Result<bool, StoreError>;
        room(room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError>;
        rooms_of(user: &UserId, limit: usize) -> Result<Vec<RoomView>, StoreError>;
        arrival_of(user: &UserId) -> Result<Option<Arrival>, StoreError>;
        small_rooms_of(users: &[UserId], max_members: u64) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError>;
        share_a_room(one: &UserId, other: &UserId) -> Result<bool, StoreError>;
        public_rooms(query: &str, user: &UserId, limit: usize) -> Result<Vec<RoomView>, StoreError>;
        members(room: RoomId, after: Option<&UserId>, limit: usize) -> Result<Page<Member>, StoreError>;
        messages(room: RoomId, page: MessagePage) -> Result<Page<Message>, StoreError>;
        mark_read(room: RoomId, user: &UserId, seq: Seq) -> Result<Option<Cursor>, StoreError>;
    }
    Users {
        create_user(user: NewUser) -> Result<(), CommitError>;
        user(id: &UserId) -> Result<Option<User>, StoreError>;
        user_by_name(name: &UserName) -> Result<Option<(User, Option<PasswordHash>)>, StoreError>;
        find_users(query: &str, limit: usize) -> Result<Vec<User>, StoreError>;
    }
    Sessions {
        create_session(session: &Session, token: TokenHash) -> Result<(), StoreError>;
        session_by_token(token: TokenHash) -> Result<Option<Session>, StoreError>;
        session(id: SessionId) -> Result<Option<Session>, StoreError>;
        sessions(user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError>;
        sessions_by_id(ids: &[SessionId]) -> Result<Vec<Session>, StoreError>;
        touch_sessions(ids: &[SessionId], at: Timestamp) -> Result<(), StoreError>;
        delete_session(id: SessionId) -> Result<bool, StoreError>;
        delete_expired_sessions(now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError>;
    }
}
