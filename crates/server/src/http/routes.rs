//! The calls, each with its place in the OpenAPI document.

mod config;
mod cursors;
mod members;
mod messages;
mod presence;
mod rooms;
mod sessions;
mod users;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chinwag_api::operations::Made;
use serde::Serialize;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use super::{Failure, HttpState, openapi};

/// What a call answers with.
type Answer<T> = Result<T, Failure>;

/// All calls.
pub(super) fn calls(state: &HttpState) -> OpenApiRouter<HttpState> {
    let mut frame = openapi::Frame::openapi();
    frame.info.version.clone_from(&state.api.settings().version);
    OpenApiRouter::with_openapi(frame)
        .merge(config::routes())
        .merge(users::routes())
        .merge(sessions::routes())
        .merge(rooms::routes())
        .merge(members::routes())
        .merge(messages::routes(state.api.chat().limits().max_message_bytes))
        .merge(cursors::routes())
        .merge(presence::routes())
}

/// 201 for what is new, 200 for what was there already.
fn made<T: Serialize>(made: Made<T>) -> Response {
    let status = if made.is_new { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(made.body)).into_response()
}
