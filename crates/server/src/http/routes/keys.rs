//! `/api/v1/admin/keys`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::keys::{self, CreateKey, DeleteKey, KeyCreated, ListKeys, ServerKeyList};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(create_key, list_keys)).routes(routes!(delete_key))
}

/// Makes a server key, and tells it this once.
#[utoipa::path(
    post, path = "/api/v1/admin/keys", tag = "integration", request_body = CreateKey,
    responses(
        (status = 201, description = "The new key", body = KeyCreated),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid` or `limit_exceeded`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_key(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<CreateKey>,
) -> Answer<(StatusCode, Json<KeyCreated>)> {
    Ok((StatusCode::CREATED, Json(keys::create(&state.api, &caller, request).await?)))
}

/// The server keys.
#[utoipa::path(
    get, path = "/api/v1/admin/keys", tag = "integration",
    responses(
        (status = 200, description = "The keys, the oldest first", body = ServerKeyList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_keys(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<ServerKeyList>> {
    Ok(Json(keys::list(&state.api, &caller, ListKeys {}).await?))
}

/// Withdraws a server key.
#[utoipa::path(
    delete, path = "/api/v1/admin/keys/{id}", tag = "integration",
    params(("id" = String, Path, description = "The key's id")),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_key`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_key(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<StatusCode> {
    keys::delete(&state.api, &caller, DeleteKey { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
