//! What a node answers where another node is to be asked.

use std::future::{Ready, ready};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use chinwag_api::{ApiError, ErrorCode};

use super::Failure;
use crate::config::Roles;

/// Answers for the real-time transports on a node that is no gateway.
pub(super) fn instead_of_gateway(roles: &Roles) -> Router {
    let answer =
        answer(format!("this node holds no connections: its role is {roles}, that of others gateway"));
    ["/connection/{*transport}", "/emulation"]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(answer.clone())))
}

/// Answers for everything that has no other route on a node that is no api.
pub(super) fn instead_of_api(roles: &Roles) -> Router {
    let answer = answer(format!(
        "this node answers no calls and shows no pages: its role is {roles}, that of others api"
    ));
    Router::new().fallback(answer)
}

fn answer(detail: String) -> impl Fn() -> Ready<Response> + Clone + Send + Sync + 'static {
    move || ready(Failure(ApiError::because(ErrorCode::OtherRole, detail.clone())).into_response())
}
