//! Incoming webhooks: addresses by which other programs say something in one room.

use std::fmt;
use std::net::IpAddr;

use chinwag_chat::{Key, KeyHolder, KeyId, KeyName, Timestamp, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::messages::{self, MessageSent, SendMessage};
use super::{Done, Made, fields, shape};
use crate::keys::SecretKind;
use crate::{Api, ApiError, Caller, CallerSession, ErrorCode};

/// Makes a hook.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateHook {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// What it is called, and shown as: 1 to 64 characters.
    #[schema(example = "Build results", max_length = 64)]
    pub name: String,
}

/// A hook that was just made: the only time that its address is told.
#[derive(Clone, Serialize, ToSchema)]
pub struct HookCreated {
    /// The hook's id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// Where to post, on this server: whoever has it says something in the room.
    #[schema(example = "/api/v1/hooks/01KAJQ8ZQK7N5V3T2R9X4M6B1C/cwh_…")]
    pub url: String,
}

impl fmt::Debug for HookCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCreated").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Makes a hook for a room.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied`, `room_fixed`, `limit_exceeded`, or the store's failure.
pub async fn create(api: &Api, caller: &Caller, request: CreateHook) -> Result<HookCreated, ApiError> {
    let room = fields::room_id(&request.room)?;
    let name: KeyName = request.name.parse()?;
    let (secret, hash) = api.keys().new_secret(SecretKind::Hook);
    let shown = name.as_str().to_owned();
    let id = api.chat().create_hook(&caller.user.id, room, name, hash).await?;
    Ok(HookCreated { id, name: shown, url: format!("/api/v1/hooks/{id}/{secret}") })
}

/// Asks for a room's hooks.
#[derive(Debug, Clone, Deserialize)]
pub struct ListHooks {
    /// The room.
    pub room: String,
}

/// A hook. Its address is kept nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hook {
    /// The hook's id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// Who speaks by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::User>, nullable = false)]
    pub user: Option<User>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub last_used_at: Option<Timestamp>,
}

impl From<Key> for Hook {
    fn from(Key { id, holder, name, created_at, last_used_at }: Key) -> Self {
        let name = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
        let user = match holder {
            KeyHolder::Hook { bot, .. } => Some(bot),
            KeyHolder::Bot(_) | KeyHolder::Server => None,
        };
        Self { id, name, user, created_at, last_used_at }
    }
}

/// A room's hooks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookList {
    /// The hooks, the oldest first: 10 at most.
    pub hooks: Vec<Hook>,
}

/// A room's hooks, for its admins.
///
/// # Errors
/// `unknown_room`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListHooks) -> Result<HookList, ApiError> {
    let room = fields::room_id(&request.room)?;
    let hooks = api.chat().hooks(&caller.user.id, room).await?;
    Ok(HookList { hooks: hooks.into_iter().map(Hook::from).collect() })
}

/// Names a room's hook.
#[derive(Debug, Clone, Deserialize)]
pub struct DeleteHook {
    /// The room.
    pub room: String,
    /// The hook.
    pub id: String,
}

/// Deletes a room's hook. What was said by it stays.
///
/// # Errors
/// `unknown_room`, `permission_denied`, `unknown_hook`, or the store's failure.
pub async fn delete(api: &Api, caller: &Caller, request: DeleteHook) -> Result<Done, ApiError> {
    let room = fields::room_id(&request.room)?;
    let id = hook_id(&request.id)?;
    api.chat().delete_hook(&caller.user.id, room, id).await?;
    api.keys().close_connections(id);
    Ok(Done {})
}

/// Says something by a hook. Whatever else stands in the body is ignored, so that what was written for Slack's webhooks is
/// understood.
#[derive(Clone, Deserialize, ToSchema)]
pub struct PostByHook {
    /// The hook. The path says it.
    #[serde(skip)]
    #[schema(ignore)]
    pub id: String,
    /// Its secret. The path says it.
    #[serde(skip)]
    #[schema(ignore)]
    pub secret: String,
    /// What is said.
    #[schema(example = "Build 7 is green")]
    pub text: String,
    /// An id of one's own: the same again is the same message. Without it, every request is a new one.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
}

impl fmt::Debug for PostByHook {
    /// Neither the secret nor what is said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostByHook").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Says something by a hook. Counts against its own rate, and the room's.
///
/// # Errors
/// `unknown_hook`; else as [`messages::send`].
pub async fn post(
    api: &Api,
    address: Option<IpAddr>,
    request: PostByHook,
) -> Result<Made<MessageSent>, ApiError> {
    let PostByHook { id, secret, text, client_id } = request;
    let id = hook_id(&id)?;
    let Some((user, room)) = api.keys().hook(id, &secret).await? else {
        // Whoever tries addresses out is counted by where they are.
        api.count_stranger(address)?;
        return Err(ApiError::new(ErrorCode::UnknownHook));
    };
    api.rates().hook(id)?;
    let caller = Caller { user, session: CallerSession::Key { id } };
    let client_id = client_id.unwrap_or_else(|| api.chat().ids().message().to_string());
    messages::send(
        api,
        &caller,
        SendMessage {
            room: room.to_string(),
            client_id,
            text,
            reply_to: None,
            thread: None,
            attachments: vec![],
        },
    )
    .await
}

/// A hook's id. What cannot be one is a hook that there is not.
fn hook_id(text: &str) -> Result<KeyId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownHook))
}
