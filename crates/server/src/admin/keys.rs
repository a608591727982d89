//! Server keys, for the operator: what the back ends of applications show.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use chinwag_api::Api;
use chinwag_api::operations::keys::ServerKey;
use chinwag_chat::{KeysOf, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::problem::AdminProblem;

/// A server key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyReport {
    /// The key's id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last shown, to about a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

impl From<ServerKey> for KeyReport {
    fn from(ServerKey { id, name, created_at, last_used_at }: ServerKey) -> Self {
        Self { id: id.to_string(), name, created_at, last_used_at }
    }
}

/// A key that was just made: the only time that it is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeyReport {
    /// The key's id.
    pub id: String,
    /// The key itself.
    pub key: String,
}

impl fmt::Debug for NewKeyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKeyReport").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The routes, for the listener on the socket.
pub fn router(api: Arc<Api>) -> Router {
    Router::new().route("/keys", get(list).post(create)).route("/keys/{id}", delete(end)).with_state(api)
}

async fn list(State(api): State<Arc<Api>>) -> Result<Json<Vec<KeyReport>>, AdminProblem> {
    let keys = api.chat().store().keys(&KeysOf::Servers).await?;
    Ok(Json(keys.into_iter().map(|key| ServerKey::from(key).into()).collect()))
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn create(
    State(api): State<Arc<Api>>,
    Query(Named { name }): Query<Named>,
) -> Result<Json<NewKeyReport>, AdminProblem> {
    let made = api.make_server_key(&name, None).await.map_err(|error| AdminProblem::failed(&error))?;
    tracing::info!(key = %made.id, "server key made by the operator");
    Ok(Json(NewKeyReport { id: made.id.to_string(), key: made.key }))
}

async fn end(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<StatusCode, AdminProblem> {
    let key = id.parse().map_err(|_| AdminProblem::unknown_key(&id))?;
    api.end_key(&KeysOf::Servers, key, None).await.map_err(|error| AdminProblem::failed(&error))?;
    tracing::info!(key = %id, "server key withdrawn by the operator");
    Ok(StatusCode::NO_CONTENT)
}
