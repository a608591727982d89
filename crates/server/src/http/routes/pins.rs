//! `/api/v1/rooms/{id}/pins`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::pins::{self, ListPins, Pin, PinList};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Ids, MessageNumber};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_pins)).routes(routes!(add_pin, remove_pin))
}

/// A room's pinned messages.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/pins", tag = "pins",
    params(("id" = String, Path, description = "The room's id")),
    responses(
        (status = 200, description = "The messages, the last one that was pinned first", body = PinList),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_pins(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
) -> Answer<Json<PinList>> {
    Ok(Json(pins::list(&state.api, &caller, ListPins { room }).await?))
}

/// Pins a message.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}/pins/{seq}", tag = "pins",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    responses(
        (status = 204, description = "It is pinned"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`limit_exceeded`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn add_pin(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
) -> Answer<StatusCode> {
    pins::add(&state.api, &caller, Pin { room, seq }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unpins a message.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/pins/{seq}", tag = "pins",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    responses(
        (status = 204, description = "It is not pinned"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn remove_pin(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
) -> Answer<StatusCode> {
    pins::remove(&state.api, &caller, Pin { room, seq }).await?;
    Ok(StatusCode::NO_CONTENT)
}
