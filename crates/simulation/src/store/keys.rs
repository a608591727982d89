//! Programs and their keys, over the network.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Keys, Page};
use chinwag_chat::{Key, KeyId, KeysOf, NewKey, StoreError, Timestamp, TokenHash, User, UserId};

use super::NodeStore;

#[async_trait]
impl Keys for NodeStore {
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
        self.link.ask().await?;
        self.remote.data.create_key(key, by).await
    }

    async fn bots(&self, after: Option<&UserId>, limit: usize) -> Result<Page<User>, StoreError> {
        self.read(self.remote.data.bots(after, limit)).await
    }

    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError> {
        self.read(self.remote.data.is_bot(user)).await
    }

    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError> {
        self.read(self.remote.data.keys(of)).await
    }

    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError> {
        self.read(self.remote.data.key_by_secret(hash)).await
    }

    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError> {
        self.read(self.remote.data.keys_by_id(ids)).await
    }

    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError> {
        self.read(self.remote.data.touch_key(id, at)).await
    }

    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError> {
        self.link.ask().await?;
        self.remote.data.delete_key(id, of, by, at).await
    }
}
