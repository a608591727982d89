//! `/api/v1/threads` and `/api/v1/rooms/{id}/threads`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::shape;
use chinwag_api::operations::threads::{self, ListThreads, ReadThread, ThreadList};
use chinwag_chat::store::ThreadView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids, MessageNumber};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_threads)).routes(routes!(read_thread))
}

/// The threads that the caller takes part in.
#[utoipa::path(
    get, path = "/api/v1/threads", tag = "threads", params(ListThreads),
    responses((status = 200, description = "The threads, the one with the newest reply first", body = ThreadList)),
)]
async fn list_threads(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListThreads>,
) -> Answer<Json<ThreadList>> {
    Ok(Json(threads::list(&state.api, &caller, request).await?))
}

/// Moves the caller's position in a thread forward, never back. Who reads a thread takes part in it.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/threads/{seq}/read", tag = "threads",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The number of the message that the thread began with")),
    request_body = ReadThread,
    responses(
        (status = 200, description = "The thread as the caller sees it now", body = shape::Thread),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn read_thread(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(root))): Ids<(String, MessageNumber)>,
    Body(request): Body<ReadThread>,
) -> Answer<Json<ThreadView>> {
    Ok(Json(threads::read(&state.api, &caller, ReadThread { room, root, ..request }).await?))
}
