//! `/api/v1/users/{id}/events`

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use chinwag_api::Asker;
use chinwag_api::operations::back_end;
use chinwag_api::operations::events::{self, EventSent, SendEvent};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Recognised;
use crate::http::request::{Body, Ids};

pub(super) fn routes(max_body: usize) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(send_event)).route_layer(DefaultBodyLimit::max(max_body))
}

/// Tells a user's connections something that is kept nowhere. A back end tells anybody.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/events", tag = "users",
    params(("id" = String, Path, description = "The user's id")), request_body = SendEvent,
    responses(
        (status = 200, description = "On its way to those who are connected", body = EventSent),
        (status = 404, description = "`unknown_user`: also one with whom the caller shares no room",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn send_event(
    State(state): State<HttpState>,
    Recognised(asker): Recognised,
    Ids(id): Ids<String>,
    Body(request): Body<SendEvent>,
) -> Answer<Json<EventSent>> {
    let request = SendEvent { id, ..request };
    Ok(Json(match asker {
        Asker::Caller(caller) => events::send(&state.api, &caller, request).await?,
        Asker::BackEnd(key) => back_end::send_event(&state.api, key, request).await?,
    }))
}
