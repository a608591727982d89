//! `/api/v1/rooms/{id}/hooks` and `/api/v1/hooks`

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use chinwag_api::operations::hooks::{
    self, CreateHook, DeleteHook, HookCreated, HookList, ListHooks, PostByHook,
};
use chinwag_api::operations::messages::MessageSent;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, made};
use crate::http::HttpState;
use crate::http::caller::{Anybody, Authenticated};
use crate::http::request::{Body, Ids};

pub(super) fn routes(max_body: usize) -> OpenApiRouter<HttpState> {
    let posting = OpenApiRouter::new().routes(routes!(post_by_hook));
    OpenApiRouter::new()
        .routes(routes!(create_hook, list_hooks))
        .routes(routes!(delete_hook))
        .merge(posting.route_layer(DefaultBodyLimit::max(max_body)))
}

/// Makes an address by which other programs say something in a room, and tells it this once.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/hooks", tag = "integration",
    params(("id" = String, Path, description = "The room's id")), request_body = CreateHook,
    responses(
        (status = 201, description = "The new webhook", body = HookCreated),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid` or `limit_exceeded`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_hook(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Body(request): Body<CreateHook>,
) -> Answer<(StatusCode, Json<HookCreated>)> {
    let request = CreateHook { room, ..request };
    Ok((StatusCode::CREATED, Json(hooks::create(&state.api, &caller, request).await?)))
}

/// A room's incoming webhooks.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/hooks", tag = "integration",
    params(("id" = String, Path, description = "The room's id")),
    responses(
        (status = 200, description = "The webhooks, the oldest first", body = HookList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_hooks(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
) -> Answer<Json<HookList>> {
    Ok(Json(hooks::list(&state.api, &caller, ListHooks { room }).await?))
}

/// Deletes an incoming webhook. What was said by it stays.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/hooks/{hook}", tag = "integration",
    params(("id" = String, Path, description = "The room's id"),
        ("hook" = String, Path, description = "The webhook's id")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_hook`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_hook(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, id)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    hooks::delete(&state.api, &caller, DeleteHook { room, id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says something in a webhook's room. Whoever has the address may.
#[utoipa::path(
    post, path = "/api/v1/hooks/{id}/{secret}", tag = "integration", security(()),
    params(("id" = String, Path, description = "The webhook's id"),
        ("secret" = String, Path, description = "Its secret")),
    request_body = PostByHook,
    responses(
        (status = 200, description = "The same `client_id` was used for the same message before", body = MessageSent),
        (status = 201, description = "The new message", body = MessageSent),
        (status = 404, description = "`unknown_hook`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn post_by_hook(
    State(state): State<HttpState>,
    Anybody(address): Anybody,
    Ids((id, secret)): Ids<(String, String)>,
    Body(request): Body<PostByHook>,
) -> Answer<Response> {
    Ok(made(hooks::post(&state.api, address, PostByHook { id, secret, ..request }).await?))
}
