//! Bots: users that are programs, and the keys that they show. For admins of the server.

use std::fmt;

use chinwag_chat::{DisplayName, Key, KeyId, KeysOf, Refusal, Timestamp, User, UserName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::admin::require;
use super::fields::{self, Mistakes};
use super::keys::{key_id, no_key};
use super::{Done, shape};
use crate::keys::SecretKind;
use crate::{Api, ApiError, Caller, ErrorCode};

/// Creates a bot.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateBot {
    /// Its unique name: 2 to 32 letters, digits, `.`, `_` and `-`.
    #[schema(example = "release_bot")]
    pub name: String,
    /// The name to show; without it, `name`.
    #[schema(nullable = false, example = "Release bot")]
    pub display_name: Option<String>,
}

/// A bot, and the key that it shows: the only time that the key is told.
#[derive(Clone, Serialize, ToSchema)]
pub struct BotCreated {
    /// The bot.
    #[schema(value_type = shape::User)]
    pub user: User,
    /// Its key.
    #[schema(example = "cwb_…")]
    pub key: String,
}

impl fmt::Debug for BotCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotCreated").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Creates a bot with its first key.
///
/// # Errors
/// `permission_denied`, `invalid`, `name_taken`, or the store's failure.
pub async fn create(api: &Api, caller: &Caller, request: CreateBot) -> Result<BotCreated, ApiError> {
    no_key(caller)?;
    let mut mistakes = Mistakes::default();
    let name = mistakes.take(UserName::choose(&request.name));
    let shown = request.display_name.as_deref().map(str::parse::<DisplayName>).transpose();
    let (Some(name), Some(shown)) = (name, mistakes.take(shown)) else { return Err(mistakes.refuse()) };
    let display_name = shown.unwrap_or_else(|| DisplayName::from(&name));
    let (key, hash) = api.keys().new_secret(SecretKind::Bot);
    let user = api.chat().create_bot(&caller.user.id, name, display_name, hash).await?;
    Ok(BotCreated { user, key })
}

/// Asks for the bots.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListBots {
    /// Those after this user id.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// A page of bots.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BotList {
    /// The bots, in the order of their ids.
    #[schema(value_type = Vec<shape::User>)]
    pub bots: Vec<User>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of the bots.
///
/// # Errors
/// `permission_denied`, `unknown_user` for an `after` that is no id, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListBots) -> Result<BotList, ApiError> {
    require(api, caller).await?;
    let after = request.after.as_deref().map(fields::user_id).transpose()?;
    let page = api.chat().store().bots(after.as_ref(), fields::limit(request.limit)).await?;
    Ok(BotList { bots: page.items, has_more: page.has_more })
}

/// Names a bot.
#[derive(Debug, Clone, Deserialize)]
pub struct OneBot {
    /// Which: its user id.
    pub id: String,
}

/// A bot's key. Its secret is kept nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BotKey {
    /// The key's id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last shown, to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub last_used_at: Option<Timestamp>,
}

/// A bot's keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BotKeyList {
    /// The keys, the oldest first: two at most.
    pub keys: Vec<BotKey>,
}

/// A bot's keys.
///
/// # Errors
/// `permission_denied`, `unknown_bot`, or the store's failure.
pub async fn keys(api: &Api, caller: &Caller, request: OneBot) -> Result<BotKeyList, ApiError> {
    require(api, caller).await?;
    let of = bot(&request.id)?;
    let keys = api.chat().store().keys(&of).await?;
    if let (KeysOf::Bot(bot), []) = (&of, keys.as_slice())
        && !api.chat().store().is_bot(bot).await?
    {
        return Err(Refusal::UnknownBot.into());
    }
    let view = |key: Key| BotKey { id: key.id, created_at: key.created_at, last_used_at: key.last_used_at };
    Ok(BotKeyList { keys: keys.into_iter().map(view).collect() })
}

/// A key that was just made: the only time that it is told.
#[derive(Clone, Serialize, ToSchema)]
pub struct KeyCreated {
    /// The key's id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// The key itself.
    #[schema(example = "cwb_…")]
    pub key: String,
}

impl fmt::Debug for KeyCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCreated").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Makes another key for a bot, so that it can change over before the old one is withdrawn.
///
/// # Errors
/// `permission_denied`, `unknown_bot`, `limit_exceeded`, or the store's failure.
pub async fn create_key(api: &Api, caller: &Caller, request: OneBot) -> Result<KeyCreated, ApiError> {
    no_key(caller)?;
    let KeysOf::Bot(bot) = bot(&request.id)? else { return Err(Refusal::UnknownBot.into()) };
    let (key, hash) = api.keys().new_secret(SecretKind::Bot);
    let id = api.chat().create_bot_key(&caller.user.id, bot, hash).await?;
    Ok(KeyCreated { id, key })
}

/// Names a key of a bot.
#[derive(Debug, Clone, Deserialize)]
pub struct OneBotKey {
    /// The bot's user id.
    pub id: String,
    /// The key's id.
    pub key: String,
}

/// Withdraws a bot's key; the connections that were opened with it close at once, on every node.
///
/// # Errors
/// `permission_denied`, `unknown_bot`, `unknown_key`, or the store's failure.
pub async fn delete_key(api: &Api, caller: &Caller, request: OneBotKey) -> Result<Done, ApiError> {
    no_key(caller)?;
    let (of, id) = (bot(&request.id)?, key_id(&request.key)?);
    api.end_key(&of, id, Some(&caller.user.id)).await?;
    Ok(Done {})
}

/// Whose keys are meant. What cannot be an id is a bot that there is not.
fn bot(id: &str) -> Result<KeysOf, ApiError> {
    id.parse().map(KeysOf::Bot).map_err(|_| ApiError::new(ErrorCode::UnknownBot))
}
