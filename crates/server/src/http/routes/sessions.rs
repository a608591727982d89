//! `/api/v1/sessions`

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chinwag_api::Caller;
use chinwag_api::operations::sessions::{
    self, CreateSession, DeleteSession, ListSessions, SessionCreated, SessionList,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::caller::{Authenticated, Visitor};
use crate::http::request::{Body, Ids};
use crate::http::{Client, HttpState, cookie};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(create_session, list_sessions))
        .routes(routes!(delete_current_session))
        .routes(routes!(delete_session))
}

/// Signs in.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", request_body = CreateSession, security(()),
    responses(
        (status = 201, description = "The new session; also as the cookie `chinwag_session`", body = SessionCreated),
        (status = 401, description = "`wrong_credentials`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_session(
    State(state): State<HttpState>,
    Visitor(context): Visitor,
    client: Client,
    Body(request): Body<CreateSession>,
) -> Answer<(StatusCode, [(HeaderName, HeaderValue); 1], Json<SessionCreated>)> {
    let created = sessions::create(&state.api, &context, request).await?;
    let lifetime = created.session.expires_at.since(state.api.chat().clock().now());
    let cookie = cookie::set(&created.token, lifetime, state.secure_cookies, client)?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(created)))
}

/// The caller's own sessions.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 200, description = "The sessions, the most recently used first", body = SessionList)),
)]
async fn list_sessions(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<SessionList>> {
    Ok(Json(sessions::list(&state.api, &caller, ListSessions {}).await?))
}

/// Signs out. The session's connections close at once, on every node.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204, description = "Signed out")),
)]
async fn delete_current_session(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    client: Client,
) -> Answer<Response> {
    delete(&state, &caller, client, None).await
}

/// Revokes one of the caller's sessions. Its connections close at once, on every node.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "`unknown_session`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_session(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    client: Client,
    Ids(id): Ids<String>,
) -> Answer<Response> {
    delete(&state, &caller, client, Some(id)).await
}

async fn delete(state: &HttpState, caller: &Caller, client: Client, id: Option<String>) -> Answer<Response> {
    let current = caller.session.id().map(|id| id.to_string());
    let is_current = id.is_none() || id == current;
    sessions::delete(&state.api, caller, DeleteSession { id }).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if is_current {
        response.headers_mut().insert(header::SET_COOKIE, cookie::clear(state.secure_cookies, client)?);
    }
    Ok(response)
}
