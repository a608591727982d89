//! What the admin socket answers when it cannot do what was asked.

use axum::Json;
use axum::response::{IntoResponse, Response};
use chinwag_api::ApiError;
use chinwag_chat::StoreError;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

/// A problem in the form of RFC 9457, as much of it as the command line needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdminProblem {
    status: u16,
    code: String,
    pub(super) detail: String,
}

impl AdminProblem {
    fn new(status: StatusCode, code: &str, detail: String) -> Self {
        Self { status: status.as_u16(), code: code.to_owned(), detail }
    }

    pub(super) fn bad_request(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail.to_owned())
    }

    pub(super) fn unknown_session(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_session", format!("there is no session {id}"))
    }

    pub(super) fn unknown_key(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_key", format!("there is no server key {id}"))
    }

    pub(super) fn unknown_node(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_node", format!("there is no live node {name}"))
    }

    pub(super) fn unknown_room(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_room", format!("there is no room {id}"))
    }

    pub(super) fn refused(refusal: &chinwag_chat::Refusal) -> Self {
        Self::new(StatusCode::CONFLICT, "refused", refusal.to_string())
    }

    /// What the live node refused or could not do.
    pub(super) fn failed(error: &ApiError) -> Self {
        error.log();
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, error.code.as_str(), error.detail.to_string())
    }

    pub(super) fn unknown_user(user: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_user", format!("there is no user {user}"))
    }
}

impl From<StoreError> for AdminProblem {
    /// Whoever reads this runs the server, so the cause is no secret to them.
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string())
    }
}

impl IntoResponse for AdminProblem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}
