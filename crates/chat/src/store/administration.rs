//! What those ask of a store who look after a server.

use async_trait::async_trait;
use serde::Serialize;

use super::{CommitError, Page, StoreError};
use crate::{
    Account, AccountChange, AuditEntry, RoomId, RoomKind, RoomName, Seq, Standing, Timestamp, UserId,
};

/// A room as somebody sees it who looks after the server: that it is there, not what is said in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomSummary {
    /// The room's id.
    pub id: RoomId,
    /// What sort of conversation it is.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    pub name: Option<RoomName>,
    /// How many members it has.
    pub member_count: u64,
    /// The newest message's number.
    pub head_seq: Seq,
    /// When it was created.
    pub created_at: Timestamp,
    /// When something was last said there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Timestamp>,
}

/// How much there is in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Accounts.
    pub users: u64,
    /// Rooms.
    pub rooms: u64,
    /// Messages that were ever sent.
    pub messages: u64,
}

/// Accounts, rooms and deeds, all of them.
#[async_trait]
pub trait Administration: Send + Sync {
    /// What a user is to the server; nothing where there is no such user.
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError>;

    /// Makes the user an admin if theirs is the first account of all, and notes it. True if so.
    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError>;

    /// One account.
    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError>;

    /// Accounts whose name or display name begins with `query`, whatever its case; after the given id, in the order of
    /// ids.
    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Account>, StoreError>;

    /// Changes an account on behalf of an admin, or of the operator where there is nobody, and notes what was done: by
    /// [`AccountChange::check`] and [`AccountChange::applied_to`], in one transaction.
    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError>;

    /// Rooms whose name holds the words of `query`, whatever they are; after the given id, in the order of ids.
    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Page<RoomSummary>, StoreError>;

    /// How much there is.
    async fn totals(&self) -> Result<Totals, StoreError>;

    /// What was done before the deed of that number, the newest first.
    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Page<AuditEntry>, StoreError>;
}
