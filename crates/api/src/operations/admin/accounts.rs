//! Accounts and their sessions.

use chinwag_chat::{Account, AccountChange, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::require;
use crate::operations::keys::no_key;
use crate::operations::sessions::{SessionView, view};
use crate::operations::{Done, fields, shape};
use crate::{Api, ApiError, Caller, ErrorCode};

/// How many sessions are listed. People have a handful.
const MAX_LISTED: usize = 200;

/// Asks for accounts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListAccounts {
    /// What the name or display name begins with.
    #[param(max_length = 256)]
    pub query: String,
    /// Those after this user id.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// A page of accounts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountList {
    /// The accounts, in the order of their ids.
    #[schema(value_type = Vec<shape::Account>)]
    pub users: Vec<Account>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of accounts.
///
/// # Errors
/// `permission_denied`, `invalid`, `unknown_user` for an `after` that is no id, or the store's failure.
pub async fn accounts(api: &Api, caller: &Caller, request: ListAccounts) -> Result<AccountList, ApiError> {
    require(api, caller).await?;
    let after = request.after.as_deref().map(fields::user_id).transpose()?;
    let limit = fields::limit(request.limit);
    let page =
        api.chat().store().accounts(fields::name_query(&request.query)?, after.as_ref(), limit).await?;
    Ok(AccountList { users: page.items, has_more: page.has_more })
}

/// Changes an account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateAccount {
    /// Whose. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub id: String,
    /// Whether they look after the server.
    #[schema(nullable = false)]
    pub admin: Option<bool>,
    /// Whether they may not come in: their sessions end, and they cannot sign in.
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
}

/// Changes an account; what it is then. Whoever is disabled is sent away from every node.
///
/// # Errors
/// `permission_denied`, `unknown_user`, `invalid` for what would lock oneself out, or the store's failure.
pub async fn update_account(api: &Api, caller: &Caller, request: UpdateAccount) -> Result<Account, ApiError> {
    require(api, caller).await?;
    if request.admin == Some(true) {
        no_key(caller)?;
    }
    let id = fields::user_id(&request.id)?;
    let change = AccountChange { is_admin: request.admin, is_disabled: request.disabled };
    api.change_account(&id, change, Some(&caller.user.id)).await?;
    api.chat().store().account(&id).await?.ok_or(ApiError::new(ErrorCode::UnknownUser))
}

/// Asks for an account's sessions.
#[derive(Debug, Clone, Deserialize)]
pub struct ListAccountSessions {
    /// Whose.
    pub id: String,
}

/// The sessions of an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountSessions {
    /// The sessions, the most recently used first.
    pub sessions: Vec<SessionView>,
}

/// The sessions of an account.
///
/// # Errors
/// `permission_denied`, `unknown_user`, or the store's failure.
pub async fn sessions(
    api: &Api,
    caller: &Caller,
    request: ListAccountSessions,
) -> Result<AccountSessions, ApiError> {
    require(api, caller).await?;
    let id = fields::user_id(&request.id)?;
    if api.chat().store().standing(&id).await?.is_none() {
        return Err(ApiError::new(ErrorCode::UnknownUser));
    }
    let found = api.accounts().sessions().list(Some(&id), MAX_LISTED).await?;
    let ids: Vec<SessionId> = found.iter().map(|session| session.id).collect();
    let connections = api.presence().connections_of(&ids).await;
    let current = caller.session.id();
    let sessions = found.into_iter().map(|session| {
        let count = connections.get(&session.id).copied().unwrap_or_default();
        let is_current = Some(session.id) == current;
        view(session, is_current, count)
    });
    Ok(AccountSessions { sessions: sessions.collect() })
}

/// Ends somebody's session.
#[derive(Debug, Clone, Deserialize)]
pub struct DeleteAccountSession {
    /// Which.
    pub id: String,
}

/// Ends anybody's session; its connections close at once, on every node.
///
/// # Errors
/// `permission_denied`, `unknown_session`, or the store's failure.
pub async fn delete_session(
    api: &Api,
    caller: &Caller,
    request: DeleteAccountSession,
) -> Result<Done, ApiError> {
    require(api, caller).await?;
    let unknown = || ApiError::new(ErrorCode::UnknownSession);
    let id = request.id.parse::<SessionId>().map_err(|_| unknown())?;
    if api.accounts().sessions().revoke(id).await? { Ok(Done {}) } else { Err(unknown()) }
}
