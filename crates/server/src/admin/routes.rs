//! The routes of the admin socket.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use chinwag_chat::{SessionId, UserId, UserName};
use http::StatusCode;
use serde::Deserialize;

use super::problem::AdminProblem;
use super::{AdminState, ConnectionInfo, SessionDetail, SessionReport};

/// More sessions than anybody reads; fewer than would hold up the node.
const MAX_SESSIONS: usize = 10_000;

/// The routes, for the listener on the socket.
pub fn router(state: AdminState) -> Router {
    Router::new()
        .route("/sessions", get(list))
        .route("/sessions/{id}", get(show).delete(revoke))
        .route("/connections", get(connections))
        .with_state(state)
}

#[derive(Deserialize)]
struct ListQuery {
    user: Option<String>,
}

async fn list(
    State(state): State<AdminState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<SessionReport>>, AdminProblem> {
    let user = match &query.user {
        Some(user) => Some(find_user(&state, user).await?),
        None => None,
    };
    let sessions = state.sessions.sessions(user.as_ref(), MAX_SESSIONS).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut counts: HashMap<SessionId, usize> = HashMap::new();
    let elsewhere = state.live.elsewhere(&ids).await?;
    let elsewhere = elsewhere.iter().filter_map(|placed| placed.connection.session);
    for session in elsewhere.chain(state.live.here(None).iter().filter_map(|connection| connection.session)) {
        *counts.entry(session).or_default() += 1;
    }
    let report = |session: chinwag_chat::Session| {
        let connections = counts.get(&session.id).copied().unwrap_or_default();
        SessionReport::new(session, connections)
    };
    Ok(Json(sessions.into_iter().map(report).collect()))
}

async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<SessionDetail>, AdminProblem> {
    let session = match id.parse() {
        Ok(id) => state.sessions.session(id).await?,
        Err(_) => None,
    };
    let session = session.ok_or_else(|| AdminProblem::unknown_session(&id))?;
    let live = state.live.here(Some(session.id));
    let elsewhere = state.live.elsewhere(&[session.id]).await?;
    let report = SessionReport::new(session, live.len() + elsewhere.len());
    Ok(Json(SessionDetail { report, live, elsewhere }))
}

async fn revoke(State(state): State<AdminState>, Path(id): Path<String>) -> Result<StatusCode, AdminProblem> {
    let existed = match id.parse::<SessionId>() {
        Ok(id) => state.revoke.revoke(id).await?,
        Err(_) => false,
    };
    if !existed {
        return Err(AdminProblem::unknown_session(&id));
    }
    tracing::info!(session = %id, "session revoked by the operator");
    Ok(StatusCode::NO_CONTENT)
}

async fn connections(State(state): State<AdminState>) -> Json<Vec<ConnectionInfo>> {
    Json(state.live.here(None))
}

/// Finds a user by name or by id; a name wins, since people think in names.
async fn find_user(state: &AdminState, wanted: &str) -> Result<UserId, AdminProblem> {
    if let Ok(name) = wanted.parse::<UserName>()
        && let Some((user, _)) = state.users.user_by_name(&name).await?
    {
        return Ok(user.id);
    }
    if let Ok(id) = wanted.parse::<UserId>()
        && let Some(user) = state.users.user(&id).await?
    {
        return Ok(user.id);
    }
    Err(AdminProblem::unknown_user(wanted))
}
