//! The calls, each with its place in the OpenAPI document.

mod admin;
mod bots;
mod config;
mod cursors;
mod erasure;
mod events;
mod exports;
mod files;
mod hooks;
mod keys;
mod members;
mod messages;
mod moderation;
mod notifications;
mod pins;
mod presence;
mod push;
mod reactions;
mod rooms;
mod search;
mod sessions;
mod threads;
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

/// JSON may spell one byte of text as `\u0041`.
const MAX_ESCAPED_BYTES: usize = 6;
/// What stands around the text of a message or the data of an event.
const OVERHEAD_BYTES: usize = 4 * 1024;

/// All calls.
pub(super) fn calls(state: &HttpState) -> OpenApiRouter<HttpState> {
    let mut frame = openapi::Frame::openapi();
    frame.info.version.clone_from(&state.api.settings().version);
    let max_message_bytes = state.api.chat().limits().max_message_bytes;
    let max_body = max_message_bytes.saturating_mul(MAX_ESCAPED_BYTES).saturating_add(OVERHEAD_BYTES);
    OpenApiRouter::with_openapi(frame)
        .merge(config::routes())
        .merge(admin::routes())
        .merge(moderation::routes())
        .merge(users::routes())
        .merge(events::routes(max_body))
        .merge(bots::routes())
        .merge(keys::routes())
        .merge(hooks::routes(max_body))
        .merge(sessions::routes())
        .merge(rooms::routes())
        .merge(exports::routes())
        .merge(erasure::routes())
        .merge(members::routes())
        .merge(messages::routes(max_body))
        .merge(reactions::routes())
        .merge(pins::routes())
        .merge(files::routes())
        .merge(search::routes())
        .merge(threads::routes())
        .merge(cursors::routes())
        .merge(notifications::routes())
        .merge(push::routes())
        .merge(presence::routes())
}

/// 201 for what is new, 200 for what was there already.
fn made<T: Serialize>(made: Made<T>) -> Response {
    let status = if made.is_new { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(made.body)).into_response()
}
