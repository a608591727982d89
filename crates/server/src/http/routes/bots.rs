//! `/api/v1/bots`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::bots::{
    self, BotCreated, BotKeyList, BotList, CreateBot, KeyCreated, ListBots, OneBot, OneBotKey,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(create_bot, list_bots))
        .routes(routes!(create_bot_key, list_bot_keys))
        .routes(routes!(delete_bot_key))
}

/// Creates a bot, and tells its first key this once.
#[utoipa::path(
    post, path = "/api/v1/bots", tag = "integration", request_body = CreateBot,
    responses(
        (status = 201, description = "The new bot and its key", body = BotCreated),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_bot(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<CreateBot>,
) -> Answer<(StatusCode, Json<BotCreated>)> {
    Ok((StatusCode::CREATED, Json(bots::create(&state.api, &caller, request).await?)))
}

/// The bots.
#[utoipa::path(
    get, path = "/api/v1/bots", tag = "integration", params(ListBots),
    responses(
        (status = 200, description = "Bots, in the order of their ids", body = BotList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_bots(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListBots>,
) -> Answer<Json<BotList>> {
    Ok(Json(bots::list(&state.api, &caller, request).await?))
}

/// Makes another key for a bot, and tells it this once. There are two at most.
#[utoipa::path(
    post, path = "/api/v1/bots/{id}/keys", tag = "integration",
    params(("id" = String, Path, description = "The bot's user id")),
    responses(
        (status = 201, description = "The new key", body = KeyCreated),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_bot`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`limit_exceeded`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_bot_key(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<(StatusCode, Json<KeyCreated>)> {
    Ok((StatusCode::CREATED, Json(bots::create_key(&state.api, &caller, OneBot { id }).await?)))
}

/// A bot's keys.
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/keys", tag = "integration",
    params(("id" = String, Path, description = "The bot's user id")),
    responses(
        (status = 200, description = "The keys, the oldest first", body = BotKeyList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_bot`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_bot_keys(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<Json<BotKeyList>> {
    Ok(Json(bots::keys(&state.api, &caller, OneBot { id }).await?))
}

/// Withdraws a bot's key.
#[utoipa::path(
    delete, path = "/api/v1/bots/{id}/keys/{key}", tag = "integration",
    params(("id" = String, Path, description = "The bot's user id"),
        ("key" = String, Path, description = "The key's id")),
    responses(
        (status = 204, description = "Withdrawn; what was opened with it closes at once, on every node"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_bot` or `unknown_key`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_bot_key(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((id, key)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    bots::delete_key(&state.api, &caller, OneBotKey { id, key }).await?;
    Ok(StatusCode::NO_CONTENT)
}
