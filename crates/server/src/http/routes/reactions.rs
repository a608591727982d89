//! `/api/v1/rooms/{id}/messages/{seq}/reactions`

use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::reactions::{self, React};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Sender;
use crate::http::request::{Ids, MessageNumber};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(add_reaction, remove_reaction))
}

/// Puts an emoji under a message. Counts against the rate of sends.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}/messages/{seq}/reactions/{emoji}", tag = "reactions",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number"),
        ("emoji" = String, Path, description = "One emoji, percent-encoded", example = "👍")),
    responses(
        (status = 204, description = "It is there"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid` for what is no emoji; `limit_exceeded` for one more than 20 different ones",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn add_reaction(
    State(state): State<HttpState>,
    Sender(caller): Sender,
    Ids((room, MessageNumber(seq), emoji)): Ids<(String, MessageNumber, String)>,
) -> Answer<StatusCode> {
    reactions::add(&state.api, &caller, React { room, seq, emoji }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an emoji of one's own away. Counts against the rate of sends.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/messages/{seq}/reactions/{emoji}", tag = "reactions",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number"),
        ("emoji" = String, Path, description = "One emoji, percent-encoded", example = "👍")),
    responses(
        (status = 204, description = "It is not there"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid` for what is no emoji",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn remove_reaction(
    State(state): State<HttpState>,
    Sender(caller): Sender,
    Ids((room, MessageNumber(seq), emoji)): Ids<(String, MessageNumber, String)>,
) -> Answer<StatusCode> {
    reactions::remove(&state.api, &caller, React { room, seq, emoji }).await?;
    Ok(StatusCode::NO_CONTENT)
}
