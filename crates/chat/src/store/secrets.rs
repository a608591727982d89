//! The port to secrets that all nodes share.

use async_trait::async_trait;

use super::StoreError;

/// Secrets of the installation: made once, the same for every node and after every start.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of that name. Where there is none yet, it is `fresh` from now on.
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError>;
}
