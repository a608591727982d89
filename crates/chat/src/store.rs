//! The port to the durable store: the truth.
//!
//! A store keeps a few aggregates: the rooms' logs, what is asked of rooms and of messages, accounts, sessions, files and more.
//! Each is a trait of a few methods; [`Store`] is all of them. The conformance suite of the testkit says, test by test, what an adapter must do.

mod administration;
mod duties;
mod exports;
mod files;
mod keys;
mod moderation;
mod notifications;
mod profiles;
mod push;
mod search;
mod secrets;
mod statuses;

use async_trait::async_trait;
use serde::Serialize;

pub use duties::{Duties, LogPlace, RoomAge};
pub use exports::{Exports, MessageRecord, OwnReaction, Records};
pub use files::Files;
pub use keys::Keys;
pub use profiles::Profiles;
pub use search::{FoundMessages, MessageSearch, Search, SearchCursor};
pub use secrets::Secrets;

use crate::rules::Outcome;
use crate::{
    Change, Channel, CursorKind, Edit, Epoch, Head, Member, MessageView, Moved, NewUser, PasswordHash,
    Refusal, Rev, RoomCommand, RoomId, RoomView, Seq, Session, SessionId, Timestamp, TokenHash, User, UserId,
    UserName,
};

pub use administration::{Administration, RoomSummary, Totals};
pub use moderation::Moderation;
pub use notifications::Notifications;
pub use push::Push;
pub use statuses::Statuses;

/// What a page may weigh, in bytes of text. Limits in items alone would let a page of long messages take megabytes,
/// many times over where many clients ask for one.
pub const PAGE_BYTES: usize = 256 * 1024;

/// A store that did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It was not done: the store cannot be reached, is full, or refuses writes. Trying again later may help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It may or may not have been done: the connection broke after the commit was sent. Safe to repeat, since every
    /// command is idempotent or guarded.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
    /// What was asked for has outlived its time: the log begins later.
    #[error("the log begins after {0}")]
    Gone(Rev),
    /// What the store holds makes no sense. Trying again will not help.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
}

/// Why a command did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Part of a channel's log.
#[derive(Debug, Clone)]
pub struct ChangePage {
    /// The changes after the asked position, in rev order, with no hole between them or before them.
    pub changes: Vec<Change>,
    /// The channel's head at the moment of reading.
    pub head: Head,
}

/// Which messages of a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessagePage {
    /// Only those before this one; the newest of them.
    pub before_seq: Option<Seq>,
    /// Only those after this one; the oldest of them.
    pub after_seq: Option<Seq>,
    /// Only those of this message's thread; without it, only those of no thread.
    pub thread: Option<Seq>,
    /// At most this many.
    pub limit: usize,
}

/// A page and whether there is more in its direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

/// What a user's connection begins with, all of it of one state of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Who they are.
    pub user: User,
    /// The head of their own channel. Joining and leaving a room are changes of it: as long as it stays where it is, so
    /// do the rooms.
    pub head: Rev,
    /// The ids of all rooms that they are a member of, the most recently active first.
    pub rooms: Vec<RoomId>,
    /// Whether they may not come in.
    pub is_disabled: bool,
}

/// The channels' logs.
#[async_trait]
pub trait Log: Send + Sync {
    /// The logs' incarnation.
    fn epoch(&self) -> Epoch;

    /// Decides a command by [`rules::decide`](crate::rules::decide) and commits what it decided, in one transaction.
    ///
    /// When this returns `Ok`, the changes survive the loss of power. Commands that are handed in one after the other
    /// are decided in that order, as far as they concern one room.
    ///
    /// The store itself publishes the changes on the bus, after the commit and in the order of commits, whether or not
    /// anybody still waits for the answer: so no committed change goes unannounced because a caller went away.
    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError>;

    /// The changes of a channel after a position, oldest first, at most `limit`. An unknown channel is empty. A page
    /// may be shorter where the changes are long, but never empty where there are any: who wants more asks again.
    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError>;

    /// The heads of many channels in one read, in the same order. An unknown channel's is zero.
    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError>;
}

/// Rooms as users see them.
#[async_trait]
pub trait Rooms: Send + Sync {
    /// Whether the user may read the room; false also where there is none.
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError>;

    /// One room as the user sees it; nothing where they may not see it.
    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError>;

    /// The user's rooms, the most recently active first; only those that come after one of them. Nothing comes after a room
    /// that is none of theirs.
    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError>;

    /// What a connection of the user begins with; nothing where there is no such user.
    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError>;

    /// The rooms of at most `max_members` that any of these users is a member of, by id; each with those of the users, in
    /// the order of their ids.
    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError>;

    /// Whether there is a room that both users are members of.
    async fn share_a_room(&self, one: &UserId, other: &UserId) -> Result<bool, StoreError>;

    /// Public rooms whose name holds the words of `query`, the most recently active first.
    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError>;

    /// A room's members after the given user id, in the order of ids. Says nothing of permission.
    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Member>, StoreError>;

    /// Moves one of the member's cursors to `seq` or leaves it further on; never past the head. What was read was also
    /// delivered. Nothing where the user is no member.
    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError>;
}

/// A thread as one who takes part in it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThreadView {
    /// The message that it began with.
    pub root: MessageView,
    /// How far the user has read it.
    pub read_seq: Seq,
    /// How many of its messages come after that and are not the user's own; at most
    /// [`Cursor::MAX_UNREAD`](crate::Cursor::MAX_UNREAD).
    pub unread: u64,
}

/// Messages as users see them. None of these says anything of permission.
#[async_trait]
pub trait Messages: Send + Sync {
    /// A room's messages, in seq order whichever way the page goes. A page may be shorter than its limit where messages
    /// are long. `viewer` is named among those who reacted wherever they did.
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, StoreError>;

    /// One message of a room, deleted or not.
    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError>;

    /// A room's pinned messages, the last one that was pinned first.
    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError>;

    /// What a message said before it was edited, the oldest first.
    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError>;

    /// The threads that the user takes part in, in rooms that they are a member of; the one with the newest message
    /// first.
    async fn threads_of(&self, user: &UserId, limit: usize) -> Result<Vec<ThreadView>, StoreError>;

    /// Moves the user's position in a thread to `seq` or leaves it further on; never past the room's head. Who moves it
    /// takes part. Nothing where the user is no member of the room, or the thread has no beginning.
    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError>;
}

/// Accounts.
#[async_trait]
pub trait Users: Send + Sync {
    /// Creates an account. Refused with [`Refusal::NameTaken`] where the name or the id is somebody's.
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError>;

    /// One user.
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError>;

    /// The user of that name and, unless somebody else vouches for them, their password's hash.
    async fn user_by_name(&self, name: &UserName)
    -> Result<Option<(User, Option<PasswordHash>)>, StoreError>;

    /// People whose name or display name begins with `query`, whatever its case; by name.
    async fn find_users(&self, query: &str, limit: usize) -> Result<Vec<User>, StoreError>;
}

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a new session under its token's hash.
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError>;

    /// The session of that token, expired or not; nothing where its user may not come in.
    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError>;

    /// One session, expired or not; nothing where its user may not come in.
    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// Those of these sessions that there are, expired or not, in any order; none of users who may not come in.
    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError>;

    /// The sessions of a user, or of everybody, the most recently used first.
    async fn sessions(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError>;

    /// Notes that sessions were used.
    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session; false where there was none.
    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError>;

    /// Forgets sessions that ended by themselves: unused since `unused_since` or expired at `now`. Their number.
    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError>;
}

/// Everything that a store is.
pub trait Store:
    Log
    + Rooms
    + Messages
    + Users
    + Profiles
    + Sessions
    + Files
    + Secrets
    + Notifications
    + Exports
    + Keys
    + Push
    + Statuses
    + Administration
    + Search
    + Moderation
    + Duties
{
}

impl<
    T: Log
        + Rooms
        + Messages
        + Users
        + Profiles
        + Sessions
        + Files
        + Secrets
        + Notifications
        + Exports
        + Keys
        + Push
        + Statuses
        + Administration
        + Search
        + Moderation
        + Duties,
> Store for T
{
}
