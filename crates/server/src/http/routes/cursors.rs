//! `/api/v1/rooms/{id}/read` and `/api/v1/rooms/{id}/delivered`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::cursors::{self, MarkDelivered, MarkRead};
use chinwag_api::operations::shape;
use chinwag_chat::Cursor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(mark_read)).routes(routes!(mark_delivered))
}

/// Moves the caller's read cursor forward, never back.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/read", tag = "messages",
    params(("id" = String, Path, description = "The room's id")), request_body = MarkRead,
    responses(
        (status = 200, description = "Where the cursor is now", body = shape::Cursor),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn mark_read(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Body(request): Body<MarkRead>,
) -> Answer<Json<Cursor>> {
    Ok(Json(cursors::read(&state.api, &caller, MarkRead { room, ..request }).await?))
}

/// Notes that a device of the caller's has the messages up to here.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/delivered", tag = "messages",
    params(("id" = String, Path, description = "The room's id")), request_body = MarkDelivered,
    responses(
        (status = 204, description = "Noted"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn mark_delivered(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Body(request): Body<MarkDelivered>,
) -> Answer<StatusCode> {
    cursors::delivered(&state.api, &caller, MarkDelivered { room, ..request }).await?;
    Ok(StatusCode::NO_CONTENT)
}
