//! `DELETE /api/v1/users/me` and `DELETE /api/v1/admin/users/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::erasure::{self, DeleteAccount, DeleteMe};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(delete_me)).routes(routes!(delete_account))
}

/// Erases the caller's account with all that they wrote. They are signed out everywhere at once; the rest follows.
#[utoipa::path(
    delete, path = "/api/v1/users/me", tag = "users", request_body = DeleteMe,
    responses(
        (status = 204, description = "It is begun, and will be finished whatever happens"),
    ),
)]
async fn delete_me(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<DeleteMe>,
) -> Answer<StatusCode> {
    erasure::me(&state.api, &caller, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erases somebody, as they could themselves.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{id}", tag = "admin",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "It is begun, and will be finished whatever happens"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_account(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<StatusCode> {
    erasure::account(&state.api, &caller, DeleteAccount { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
