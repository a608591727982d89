//! HTTP: the calls of `docs/PROTOCOL.md`, their OpenAPI document, and the web UI.
//!
//! Everything that goes wrong is answered with `application/problem+json`, whoever noticed it. What a call does is the
//! business of `chinwag-api`; here is only how it is spoken over HTTP.

pub(crate) mod body;
mod caller;
mod cookie;
mod cors;
mod download;
mod failure;
mod figures;
mod headers;
mod openapi;
mod origin;
mod other_role;
mod peer;
mod request;
mod routes;
mod web_ui;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use chinwag_api::{Api, ApiError, ErrorCode};
use ipnet::IpNet;

use crate::config::{Role, Roles};

pub use caller::{ShownToken, came_from_own_page};
pub use cookie::{SESSION_COOKIE, SecureCookies};
pub use failure::Failure;
pub use origin::OriginPolicy;
pub use peer::{Client, Peer};

/// The largest body of a call that carries no message.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What the HTTP layer works with. Cheap to clone.
#[derive(Clone)]
pub struct HttpState {
    /// The calls.
    pub api: Arc<Api>,
    /// Which web pages may act for their users.
    pub origins: Arc<OriginPolicy>,
    /// Whether the session cookie is for HTTPS only.
    pub secure_cookies: SecureCookies,
    /// The proxies whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Arc<[IpNet]>,
}

/// Routes for what a node of these roles answers over HTTP: the calls, their document and the web UI if it is an api, with
/// those `beside` them under the same layers, and for what other nodes answer a word that they do. Requests should carry a
/// [`Peer`] as an extension.
pub fn router(state: HttpState, roles: &Roles, beside: Router) -> Router {
    let mut served = beside;
    if roles.has(Role::Api) {
        let (calls, document) = routes::calls(&state).split_for_parts();
        let calls = calls.route("/api/v1/openapi.json", openapi::serve(document));
        served = calls.with_state(state.clone()).merge(served).fallback_service(web_ui::service());
    } else {
        served = served.merge(other_role::instead_of_api(roles));
    }
    if !roles.has(Role::Gateway) {
        served = served.merge(other_role::instead_of_gateway(roles));
    }
    served
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(state, cors::allow_listed_origins))
        .layer(from_fn(headers::secure))
        .layer(from_fn(figures::count))
}

async fn method_not_allowed(method: Method) -> Response {
    let detail = format!("{method} is not allowed here");
    Failure(ApiError::because(ErrorCode::MethodNotAllowed, detail)).into_response()
}

#[cfg(test)]
mod tests;
