//! `/api/v1/rooms/{id}/messages`

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use chinwag_api::operations::messages::{self, ListMessages, MessageList, MessageSent, SendMessage};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::{Authenticated, Sender};
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes(max_body: usize) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_messages, send_message))
        .route_layer(DefaultBodyLimit::max(max_body))
}

/// A page of a room's messages; the newest where no bound is given.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "The room's id"), ListMessages),
    responses(
        (status = 200, description = "The messages, in the order of `seq`", body = MessageList),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_messages(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Asked(request): Asked<ListMessages>,
) -> Answer<Json<MessageList>> {
    Ok(Json(messages::list(&state.api, &caller, ListMessages { room, ..request }).await?))
}

/// Sends a message, once per `client_id` however often it is asked for.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "The room's id")), request_body = SendMessage,
    responses(
        (status = 201, description = "Accepted", body = MessageSent),
        (status = 200, description = "Accepted by an earlier attempt", body = MessageSent),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`client_id_conflict`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn send_message(
    State(state): State<HttpState>,
    Sender(caller): Sender,
    Ids(room): Ids<String>,
    Body(request): Body<SendMessage>,
) -> Answer<Response> {
    Ok(super::made(state.api.send_message(&caller, SendMessage { room, ..request }).await?))
}
