//! How people want to be seen.

use async_trait::async_trait;

use super::StoreError;
use crate::{KeptStatus, Status, UserId};

/// How people want to be seen, and when they were last seen.
#[async_trait]
pub trait Statuses: Send + Sync {
    /// Keeps how a user wants to be seen.
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError>;

    /// What is kept of those of the users that there are, in any order.
    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError>;
}
