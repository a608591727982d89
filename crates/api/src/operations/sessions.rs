//! Signing in, and the caller's own sessions.

use std::fmt;

use chinwag_chat::{Session, SessionId, Timestamp, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Done, shape};
use crate::{Api, ApiError, CallContext, Caller, ErrorCode};

/// How many sessions are listed. People have a handful.
const MAX_LISTED: usize = 200;

/// Signs in.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CreateSession {
    /// The account's name.
    #[schema(example = "ada")]
    pub name: String,
    /// Its password.
    #[schema(example = "correct horse battery", format = Password)]
    pub password: String,
    /// What the person would call the device; without it, what the client says that it is.
    #[schema(example = "phone")]
    pub device: Option<String>,
}

impl fmt::Debug for CreateSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateSession").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One login of a user on a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// The session's id.
    #[schema(value_type = String)]
    pub id: SessionId,
    /// What the person would call the device.
    pub device: String,
    /// When the user signed in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
    /// How many connections it has.
    pub connections: usize,
}

/// A fresh session and its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct SessionCreated {
    /// The secret: for `Authorization: Bearer`. It is not shown again.
    #[schema(example = "cws_w0Yk…")]
    pub token: String,
    /// Who signed in.
    #[schema(value_type = shape::User)]
    pub user: User,
    /// The session.
    pub session: SessionView,
}

impl fmt::Debug for SessionCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCreated").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Signs in. Needs no authentication.
///
/// # Errors
/// `wrong_credentials`, `too_many_requests`, or the store's failure.
pub async fn create(
    api: &Api,
    context: &CallContext,
    request: CreateSession,
) -> Result<SessionCreated, ApiError> {
    let CreateSession { name, password, device } = request;
    api.rates().sign_in(&name, context.address)?;
    let device = device.or_else(|| context.user_agent.clone()).unwrap_or_default();
    let signed_in = api.accounts().sign_in(&name, password, device).await?;
    let user = signed_in.session.user.clone();
    let session = view(signed_in.session, true, 0);
    Ok(SessionCreated { token: signed_in.token.0, user, session })
}

/// Asks for the caller's sessions.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct ListSessions {}

/// The caller's sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the most recently used first.
    pub sessions: Vec<SessionView>,
}

/// The caller's own sessions.
///
/// # Errors
/// The store's failure.
pub async fn list(api: &Api, caller: &Caller, _request: ListSessions) -> Result<SessionList, ApiError> {
    let sessions = api.accounts().sessions().list(Some(&caller.user.id), MAX_LISTED).await?;
    let current = caller.session.id();
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let connections = api.presence().connections_of(&ids).await;
    let sessions = sessions.into_iter().map(|session| {
        let (is_current, connections) = (Some(session.id) == current, connections.get(&session.id));
        view(session, is_current, connections.copied().unwrap_or_default())
    });
    Ok(SessionList { sessions: sessions.collect() })
}

/// Ends a session of the caller's.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct DeleteSession {
    /// Which; without it, the current one.
    pub id: Option<String>,
}

/// Ends a session of the caller's; its connections close at once, on every node.
///
/// # Errors
/// `unknown_session` where it is not theirs, or for the current one of a caller who has none; or the store's failure.
pub async fn delete(api: &Api, caller: &Caller, request: DeleteSession) -> Result<Done, ApiError> {
    let id = match request.id {
        Some(id) => id.parse().ok(),
        None => caller.session.id(),
    };
    let id = id.ok_or(ApiError::new(ErrorCode::UnknownSession))?;
    api.accounts().sessions().revoke_own(&caller.user.id, id).await?;
    Ok(Done {})
}

pub(super) fn view(session: Session, current: bool, connections: usize) -> SessionView {
    SessionView {
        id: session.id,
        device: session.device,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        current,
        connections,
    }
}
