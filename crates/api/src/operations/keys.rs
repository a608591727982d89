//! Server keys: what the back end of an application shows. For admins of the server.

use chinwag_chat::{Key, KeyId, KeyName, KeysOf, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Done;
use super::admin::require;
pub use super::bots::KeyCreated;
use crate::keys::SecretKind;
use crate::{Api, ApiError, Caller, CallerSession, ErrorCode};

/// Makes a server key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateKey {
    /// What it is called: 1 to 64 characters.
    #[schema(example = "shop back end", max_length = 64)]
    pub name: String,
}

/// Makes a server key.
///
/// # Errors
/// `permission_denied`, `invalid`, `limit_exceeded`, or the store's failure.
pub async fn create(api: &Api, caller: &Caller, request: CreateKey) -> Result<KeyCreated, ApiError> {
    no_key(caller)?;
    api.make_server_key(&request.name, Some(&caller.user.id)).await
}

/// Asks for the server keys.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct ListKeys {}

/// A server key. Its secret is kept nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServerKey {
    /// The key's id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// What it is called.
    #[schema(example = "shop back end")]
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last shown, to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub last_used_at: Option<Timestamp>,
}

impl From<Key> for ServerKey {
    fn from(Key { id, name, created_at, last_used_at, .. }: Key) -> Self {
        let name = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
        Self { id, name, created_at, last_used_at }
    }
}

/// The server keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServerKeyList {
    /// The keys, the oldest first: 20 at most.
    pub keys: Vec<ServerKey>,
}

/// The server keys.
///
/// # Errors
/// `permission_denied`, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, _request: ListKeys) -> Result<ServerKeyList, ApiError> {
    require(api, caller).await?;
    let keys = api.chat().store().keys(&KeysOf::Servers).await?;
    Ok(ServerKeyList { keys: keys.into_iter().map(ServerKey::from).collect() })
}

/// Names a server key.
#[derive(Debug, Clone, Deserialize)]
pub struct DeleteKey {
    /// Which.
    pub id: String,
}

/// Withdraws a server key.
///
/// # Errors
/// `permission_denied`, `unknown_key`, or the store's failure.
pub async fn delete(api: &Api, caller: &Caller, request: DeleteKey) -> Result<Done, ApiError> {
    no_key(caller)?;
    api.end_key(&KeysOf::Servers, key_id(&request.id)?, Some(&caller.user.id)).await?;
    Ok(Done {})
}

impl Api {
    /// Makes a server key on behalf of an admin, or of the operator.
    ///
    /// # Errors
    /// `permission_denied`, `invalid`, `limit_exceeded`, or the store's failure.
    pub async fn make_server_key(&self, name: &str, by: Option<&UserId>) -> Result<KeyCreated, ApiError> {
        let name: KeyName = name.parse()?;
        let (key, hash) = self.keys().new_secret(SecretKind::Server);
        let id = self.chat().create_server_key(by, name, hash).await?;
        Ok(KeyCreated { id, key })
    }

    /// Ends a key of theirs, on behalf of somebody or of the operator. What was opened with it closes at once, on every node.
    ///
    /// # Errors
    /// `permission_denied`, `unknown_key`, or the store's failure.
    pub async fn end_key(&self, of: &KeysOf, id: KeyId, by: Option<&UserId>) -> Result<Key, ApiError> {
        let key = self.chat().delete_key(by, of, id).await?;
        self.keys().close_connections(id);
        Ok(key)
    }
}

/// A key's id. What cannot be one is a key that there is not.
pub(super) fn key_id(text: &str) -> Result<KeyId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownKey))
}

/// Makes sure that a person asks: a key that leaked must not give powers that outlive it.
pub(super) fn no_key(caller: &Caller) -> Result<(), ApiError> {
    match caller.session {
        CallerSession::Key { .. } => Err(ApiError::because(
            ErrorCode::PermissionDenied,
            "this is done by people who are signed in, and not with a key",
        )),
        CallerSession::Session { .. } | CallerSession::Token { .. } => Ok(()),
    }
}
