//! `/api/v1/search`

use axum::Json;
use axum::extract::State;
use chinwag_api::operations::search::{self, SearchMessages, SearchResults};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::Asked;

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(search_messages))
}

/// Messages that the caller may read, by their words.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "messages", params(SearchMessages),
    responses(
        (status = 200, description = "The messages, the newest first. There may be fewer than asked for, even none, and \
            more at `next`", body = SearchResults),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn search_messages(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<SearchMessages>,
) -> Answer<Json<SearchResults>> {
    Ok(Json(search::search(&state.api, &caller, request).await?))
}
