//! `/api/v1/config`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::config::{self, Config, GetConfig};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::HttpState;

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_config))
}

/// How this server is set up.
#[utoipa::path(
    get, path = "/api/v1/config", tag = "server", security(()),
    responses((status = 200, description = "How this server is set up", body = Config)),
)]
async fn get_config(State(state): State<HttpState>) -> Json<Config> {
    Json(config::get(&state.api, GetConfig {}))
}
