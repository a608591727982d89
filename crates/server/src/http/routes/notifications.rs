//! `/api/v1/rooms/{id}/notifications`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::notifications::{self, SetNotifications};
use chinwag_api::operations::shape;
use chinwag_chat::NotificationSettings;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(set_notifications))
}

/// Changes what the caller wants to be told of in a room. What is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{id}/notifications", tag = "notifications",
    params(("id" = String, Path, description = "The room's id")), request_body = SetNotifications,
    responses(
        (status = 200, description = "What holds now", body = shape::NotificationSettings),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn set_notifications(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Body(request): Body<SetNotifications>,
) -> Answer<Json<NotificationSettings>> {
    Ok(Json(notifications::set(&state.api, &caller, SetNotifications { room, ..request }).await?))
}
