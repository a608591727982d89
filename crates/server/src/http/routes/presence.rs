//! `/api/v1/presence`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::presence::{self, GetPresence, Presence};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::Asked;

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_presence))
}

/// Who of some people is online.
#[utoipa::path(
    get, path = "/api/v1/presence", tag = "presence", params(GetPresence),
    responses((status = 200, description = "Those who are online", body = Presence)),
)]
async fn get_presence(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<GetPresence>,
) -> Answer<Json<Presence>> {
    Ok(Json(presence::get(&state.api, &caller, &request).await?))
}
