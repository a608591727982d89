//! `/api/v1/rooms/{id}/read`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::cursors::{self, MarkRead};
use chinwag_api::operations::shape;
use chinwag_chat::Cursor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(mark_read))
}

/// Moves the caller's read cursor forward, never back.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/read", tag = "messages",
    params(("id" = String, Path, description = "The room's id")), request_body = MarkRead,
    responses(
        (status = 200, description = "Where the cursor is now", body = shape::Cursor),
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
