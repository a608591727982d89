//! What is owed to people about their data: that it goes when its time is over, or when they want it.

use std::time::Duration;

use async_trait::async_trait;

use crate::{ClientId, NodeId, RoomId, Seq, SessionId, StoreError, Timestamp, UserId, UserName};

/// How old a room's oldest message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomAge {
    /// The room.
    pub room: RoomId,
    /// After how many days its messages go, where it says so itself; 0 is never.
    pub retention_days: Option<u32>,
    /// When the oldest of its messages was written.
    pub oldest_at: Timestamp,
}

/// A place in the logs that names are taken out of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPlace(pub Vec<u8>, pub u64);

/// Data that goes. Each step is one transaction, is small, and does no harm when it is done again.
#[async_trait]
pub trait Duties: Send + Sync {
    /// Takes a duty that one node sees to at a time, or keeps it, for as long as `hold`. False where another has it.
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        at: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError>;

    /// Forgets the duties that nobody has any more.
    async fn forget_duties(&self, at: Timestamp) -> Result<(), StoreError>;

    /// The rooms after that one, by id, that have messages.
    async fn room_ages(&self, after: Option<RoomId>, limit: usize) -> Result<Vec<RoomAge>, StoreError>;

    /// Removes a room's oldest messages, at most `most` of those that were written before that time and up to the first
    /// that was not, with all that belongs to them, and the log up to there. Its followers learn so by a change of the
    /// room. How many messages went.
    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Begins to erase a person: the account is nobody's from now on, under a name that says nothing; its sessions, devices
    /// and files are gone, and so are what keeps others out or apart on its behalf. The rest is to follow, by whichever node. The sessions that ended; nothing where there is no
    /// such person. Noted as done by `by`, or by the operator.
    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError>;

    /// Those whose erasure was begun and not finished.
    async fn erasures(&self, limit: usize) -> Result<Vec<UserId>, StoreError>;

    /// Messages of a person in a room that still say something, in the order of the ids that the person gave them, after
    /// that one.
    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError>;

    /// Takes an erased person's name out of part of the logs, from a place on; where to go on, nothing at the end.
    async fn scrub_logs(&self, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError>;

    /// The erasure is finished: what the person was told goes too.
    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError>;
}
