//! `/api/v1/push/subscriptions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::push::{self, Subscribe, Subscribed, Unsubscribe};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(subscribe)).routes(routes!(unsubscribe))
}

/// Has a device told of what happens while nobody looks, as long as the caller's session lasts.
#[utoipa::path(
    put, path = "/api/v1/push/subscriptions", tag = "notifications", request_body = Subscribe,
    responses(
        (status = 200, description = "The device is told", body = Subscribed),
        (status = 404, description = "`not_found`: this server sends no notifications",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn subscribe(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<Subscribe>,
) -> Answer<Json<Subscribed>> {
    Ok(Json(push::subscribe(&state.api, &caller, request).await?))
}

/// Forgets one of the caller's devices.
#[utoipa::path(
    delete, path = "/api/v1/push/subscriptions/{id}", tag = "notifications",
    params(("id" = String, Path, description = "The subscription's id")),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 404, description = "`unknown_subscription`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn unsubscribe(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<StatusCode> {
    push::unsubscribe(&state.api, &caller, Unsubscribe { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
