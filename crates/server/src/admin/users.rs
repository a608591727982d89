//! Accounts, for the operator: who looks after the server, and who may not come in.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::post;
use axum::{Json, Router};
use chinwag_api::Api;
use chinwag_chat::{AccountChange, Standing, UserId, UserName};
use serde::{Deserialize, Serialize};

use super::problem::AdminProblem;

/// What an account is after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReport {
    /// The user's id.
    pub id: String,
    /// The name that they sign in with.
    pub name: String,
    /// Whether they look after the server.
    pub admin: bool,
    /// Whether they may not come in.
    pub disabled: bool,
}

impl From<Standing> for AccountReport {
    fn from(standing: Standing) -> Self {
        let Standing { user, is_admin: admin, is_disabled: disabled } = standing;
        Self { id: user.id.to_string(), name: user.name.to_string(), admin, disabled }
    }
}

/// The routes, for the listener on the socket.
pub fn router(api: Arc<Api>) -> Router {
    Router::new().route("/users/{user}", post(change).delete(erase)).with_state(api)
}

#[derive(Deserialize)]
struct Change {
    admin: Option<bool>,
    disabled: Option<bool>,
}

async fn change(
    State(api): State<Arc<Api>>,
    Path(user): Path<String>,
    Query(change): Query<Change>,
) -> Result<Json<AccountReport>, AdminProblem> {
    let id = find(&api, &user).await?;
    let change = AccountChange { is_admin: change.admin, is_disabled: change.disabled };
    api.change_account(&id, change, None).await.map_err(|error| AdminProblem::failed(&error))?;
    let standing =
        api.chat().store().standing(&id).await?.ok_or_else(|| AdminProblem::unknown_user(&user))?;
    tracing::info!(user = %standing.user.name, admin = standing.is_admin, disabled = standing.is_disabled,
        "account changed by the operator");
    Ok(Json(standing.into()))
}

async fn erase(
    State(api): State<Arc<Api>>,
    Path(user): Path<String>,
) -> Result<http::StatusCode, AdminProblem> {
    let id = find(&api, &user).await?;
    api.erase_user(&id, None).await.map_err(|error| AdminProblem::failed(&error))?;
    tracing::info!(user = %id, "erasure begun by the operator");
    Ok(http::StatusCode::ACCEPTED)
}

/// A user by name or by id; a name wins, since people think in names.
async fn find(api: &Api, wanted: &str) -> Result<UserId, AdminProblem> {
    let store = api.chat().store();
    if let Ok(name) = wanted.parse::<UserName>()
        && let Some((user, _)) = store.user_by_name(&name).await?
    {
        return Ok(user.id);
    }
    wanted.parse().map_err(|_| AdminProblem::unknown_user(wanted))
}
