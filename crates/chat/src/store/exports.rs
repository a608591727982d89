//! What an export is read from: whole rooms, and whatever a person has put into any room.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Emoji, Message, Room, RoomId, Seq, StoreError, Timestamp, UserId};

/// A message with all that people put under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// The message, deleted or not, of a thread or not.
    pub message: Message,
    /// Every reaction, the earliest first.
    pub reactions: Vec<(Emoji, UserId)>,
}

/// Which messages of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// Only those of this person.
    pub sender: Option<UserId>,
    /// Only those after this one.
    pub after: Seq,
    /// Only those up to this one.
    pub until: Seq,
    /// At most this many.
    pub limit: usize,
}

/// An emoji that a person put under a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnReaction {
    /// The message's room.
    pub room: RoomId,
    /// The message.
    pub seq: Seq,
    /// Which emoji.
    pub emoji: Emoji,
}

/// Reads for exports. None of these says anything of permission.
#[async_trait]
pub trait Exports: Send + Sync {
    /// A room as it is kept.
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError>;

    /// When an account was made; nothing where there is none.
    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError>;

    /// Messages of a room in the order of `seq`, with what was put under them. A page may be shorter than its limit where
    /// messages are long, but is never empty where there are any.
    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError>;

    /// The first room after that one, by id, in which the person has written.
    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError>;

    /// What the person put under messages, in its own order, after one of them; at most `limit`.
    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        limit: usize,
    ) -> Result<Vec<OwnReaction>, StoreError>;
}
