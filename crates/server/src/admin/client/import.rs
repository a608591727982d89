//! Bringing history from elsewhere.

use chinwag_chat::import::ImportBatch;
use chinwag_chat::{ImportedBatch, ImportedUser, RoomId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AdminClient, ClientError};
use crate::admin::import::{Part, Person};

impl AdminClient {
    /// Finds out who somebody from elsewhere is here, or makes them an account.
    pub async fn import_user(&self, person: &Person) -> Result<ImportedUser, ClientError> {
        self.bring("/import/users", person).await
    }

    /// Brings part of a room's history.
    pub async fn import(
        &self,
        room: RoomId,
        actor: UserId,
        batch: ImportBatch,
    ) -> Result<ImportedBatch, ClientError> {
        self.bring(&format!("/import/rooms/{room}"), &Part { actor, batch }).await
    }

    async fn bring<T: DeserializeOwned>(&self, path: &str, what: &impl Serialize) -> Result<T, ClientError> {
        Ok(serde_json::from_slice(&self.post(path, serde_json::to_vec(what)?.into()).await?)?)
    }
}
