//! `/api/v1/rooms/{id}/export` and `/api/v1/users/me/export`: streams of JSON lines.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chinwag_api::ApiError;
use chinwag_api::operations::exports::{self, ExportMe, ExportRoom};
use chinwag_chat::UserId;
use chinwag_chat::export::RoomExport;
use futures_util::stream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::bodies;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(export_room)).routes(routes!(export_me))
}

/// All of a room: a manifest, the room, its members, then its messages with their edits and reactions, a line of JSON each.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/export", tag = "rooms",
    params(("id" = String, Path, description = "The room's id"), ExportRoom),
    responses(
        (status = 200, description = "The lines; the last one is of type `end`", content_type = "application/x-ndjson",
            body = String),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`; `export_not_found` where the numbers are of another log",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn export_room(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Asked(request): Asked<ExportRoom>,
) -> Answer<Response> {
    let export = exports::room(&state.api, &caller, ExportRoom { room, ..request }).await?;
    let under_way = (state, caller.user.id, export);
    let lines = stream::try_unfold(under_way, |(state, user, mut export)| async move {
        let lines = next_of_room(&state, &user, &mut export).await.inspect_err(ApiError::log)?;
        Ok::<_, ApiError>(lines.map(|lines| (lines, (state, user, export))))
    });
    Ok(answer(Body::from_stream(lines), "room.jsonl"))
}

/// Who may no longer export the room gets no more of it.
async fn next_of_room(
    state: &HttpState,
    user: &UserId,
    export: &mut RoomExport,
) -> Result<Option<String>, ApiError> {
    state.api.chat().may_export(export.room(), user).await?;
    Ok(export.next().await?)
}

/// All that is the caller's own: account, sessions, rooms, messages and reactions, a line of JSON each.
#[utoipa::path(
    get, path = "/api/v1/users/me/export", tag = "users", params(ExportMe),
    responses(
        (status = 200, description = "The lines; the last one is of type `end`", content_type = "application/x-ndjson",
            body = String),
        (status = 404, description = "`export_not_found`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn export_me(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ExportMe>,
) -> Answer<Response> {
    let export = exports::me(&state.api, &caller, request).await?;
    Ok(answer(bodies::of_person(export), "me.jsonl"))
}

fn answer(lines: Body, file: &'static str) -> Response {
    let disposition = format!("attachment; filename=\"{file}\"");
    let mut response = lines.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
