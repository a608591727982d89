//! `/api/v1/presence`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::presence::{self, GetPresence, SeenPeople, SetPresence};
use chinwag_api::operations::shape;
use chinwag_chat::PresenceEntry;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_presence)).routes(routes!(set_presence))
}

/// Who of some people is online.
#[utoipa::path(
    get, path = "/api/v1/presence", tag = "presence", params(GetPresence),
    responses((status = 200, description = "Those who are online", body = SeenPeople)),
)]
async fn get_presence(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<GetPresence>,
) -> Answer<Json<SeenPeople>> {
    Ok(Json(presence::get(&state.api, &caller, &request).await?))
}

/// Says how the caller wants to be seen, and tells whoever looks at them.
#[utoipa::path(
    put, path = "/api/v1/users/me/presence", tag = "presence", request_body = SetPresence,
    responses((status = 200, description = "As what the caller is seen now", body = shape::PresenceEntry)),
)]
async fn set_presence(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<SetPresence>,
) -> Answer<Json<PresenceEntry>> {
    Ok(Json(presence::set(&state.api, &caller, request).await?))
}
