//! Questions about server keys.

use http::Method;

use super::{AdminClient, ClientError, percent_encoded};
use crate::admin::keys::{KeyReport, NewKeyReport};

impl AdminClient {
    /// The server keys.
    pub async fn server_keys(&self) -> Result<Vec<KeyReport>, ClientError> {
        self.get("/keys").await
    }

    /// Makes a server key of that name.
    pub async fn create_server_key(&self, name: &str) -> Result<NewKeyReport, ClientError> {
        let path = format!("/keys?name={}", percent_encoded(name));
        Ok(serde_json::from_slice(&self.ask(Method::POST, &path).await?)?)
    }

    /// Withdraws a server key.
    pub async fn delete_server_key(&self, id: &str) -> Result<(), ClientError> {
        self.ask(Method::DELETE, &format!("/keys/{}", percent_encoded(id))).await.map(drop)
    }
}
