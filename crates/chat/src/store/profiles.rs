//! The port to what people say of themselves.

use async_trait::async_trait;

use super::{CommitError, StoreError};
use crate::{Profile, ProfileChange, UserId};

/// What people say of themselves.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// A user with what they say of themselves.
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError>;

    /// Changes a profile, and says what it then is. A picture must be an upload of the user's own for that purpose, else
    /// it is a [`Refusal::UnknownFile`](crate::Refusal::UnknownFile); the one before it is given up.
    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError>;
}
