//! Looking after the server, over the network.

use async_trait::async_trait;
use chinwag_chat::store::{Administration, CommitError, Page, RoomSummary, Totals};
use chinwag_chat::{Account, AccountChange, AuditEntry, RoomId, Standing, StoreError, Timestamp, UserId};

use super::NodeStore;

#[async_trait]
impl Administration for NodeStore {
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        self.read(self.remote.data.standing(user)).await
    }

    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        self.read(self.remote.data.claim(user, at)).await
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError> {
        self.read(self.remote.data.account(user)).await
    }

    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Account>, StoreError> {
        self.read(self.remote.data.accounts(query, after, limit)).await
    }

    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError> {
        self.link.ask().await?;
        self.remote.data.change_account(user, change, by, at).await
    }

    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        self.read(self.remote.data.all_rooms(query, after, limit)).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.read(self.remote.data.totals()).await
    }

    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Page<AuditEntry>, StoreError> {
        self.read(self.remote.data.audit(before, limit)).await
    }
}
