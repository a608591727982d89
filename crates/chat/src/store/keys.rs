//! Programs, and what they prove themselves with.

use async_trait::async_trait;

use super::{CommitError, Page, StoreError};
use crate::{Key, KeyId, KeysOf, NewKey, Timestamp, TokenHash, User, UserId};

/// Bots, and the keys of bots, back ends and hooks.
///
/// Who may make and withdraw a key is decided by [`rules::may_keep_keys`](crate::rules::may_keep_keys) and
/// [`rules::may_keep_hooks`](crate::rules::may_keep_hooks) in the transaction that does it and notes it; where nobody is
/// named, it is the operator.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Makes a key, and the bot that is to have it where that is not there yet.
    ///
    /// Refused where its holder has as many as they may; with [`Refusal::NameTaken`](crate::Refusal) where a new bot's name
    /// or id is somebody's; with [`Refusal::UnknownBot`](crate::Refusal) where a user is none, or no more.
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError>;

    /// Bots after the given id, in the order of ids; not those of hooks.
    async fn bots(&self, after: Option<&UserId>, limit: usize) -> Result<Page<User>, StoreError>;

    /// Whether the user is one of those.
    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError>;

    /// Whosever keys, the oldest first: never more than [`KeysOf::most`].
    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError>;

    /// The key of that secret; nothing where its user may not come in.
    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError>;

    /// Those of these keys that there are, in any order; none of users who may not come in.
    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError>;

    /// Notes that a key was used.
    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a key of theirs; what it was.
    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError>;
}
