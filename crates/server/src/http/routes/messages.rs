//! `/api/v1/rooms/{id}/messages` and what is below it

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use chinwag_api::operations::messages::{
    self, DeleteMessage, EditList, EditMessage, GetMessage, ListEdits, ListMessages, MessageList,
    MessageSent, SendMessage,
};
use chinwag_api::operations::shape;
use chinwag_chat::MessageView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::{Authenticated, Sender};
use crate::http::request::{Asked, Body, Ids, MessageNumber};

pub(super) fn routes(max_body: usize) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_messages, send_message))
        .routes(routes!(get_message, edit_message, delete_message))
        .routes(routes!(list_edits))
        .route_layer(DefaultBodyLimit::max(max_body))
}

/// A page of a room's messages, or of a thread's; the newest where no bound is given.
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
        (status = 404, description = "`unknown_room`; `unknown_message` for what is answered",
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

/// One message, also a deleted one.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/messages/{seq}", tag = "messages",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    responses(
        (status = 200, description = "The message as it is now", body = shape::Message),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_message(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
) -> Answer<Json<MessageView>> {
    Ok(Json(messages::get(&state.api, &caller, GetMessage { room, seq }).await?))
}

/// Changes what one's message says. Counts against the rate of sends.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{id}/messages/{seq}", tag = "messages",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    request_body = EditMessage,
    responses(
        (status = 200, description = "The message as it is now", body = shape::Message),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn edit_message(
    State(state): State<HttpState>,
    Sender(caller): Sender,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
    Body(request): Body<EditMessage>,
) -> Answer<Json<MessageView>> {
    Ok(Json(messages::edit(&state.api, &caller, EditMessage { room, seq, ..request }).await?))
}

/// Deletes a message: what it said is gone, its number stays. Counts against the rate of sends.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/messages/{seq}", tag = "messages",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    responses(
        (status = 200, description = "What is left of the message", body = shape::Message),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`; `unknown_message`, also where it is deleted already",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_message(
    State(state): State<HttpState>,
    Sender(caller): Sender,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
) -> Answer<Json<MessageView>> {
    Ok(Json(messages::delete(&state.api, &caller, DeleteMessage { room, seq }).await?))
}

/// What a message said before it was edited: for its sender and the room's admins.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/messages/{seq}/edits", tag = "messages",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    responses(
        (status = 200, description = "The texts, the oldest first", body = EditList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_edits(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
) -> Answer<Json<EditList>> {
    Ok(Json(messages::edits(&state.api, &caller, ListEdits { room, seq }).await?))
}
