//! The port that is not for the public: health, figures, and calls from other nodes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;

use crate::body::{self, aws_error, empty};
use crate::connection_id::ConnectionId;
use crate::event::Query;
use crate::gateway::Gateway;
use crate::management::{self, Scope};
use crate::sigv4;

/// The largest message that another node hands on.
const MAX_BODY_BYTES: usize = 128 * 1024;

/// Answers one request.
pub(crate) async fn handle(gateway: Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    match (request.method(), path) {
        (&Method::GET, "/healthz") => empty(StatusCode::OK),
        (&Method::GET, "/readyz") => {
            let is_ready = !gateway.is_draining.load(Ordering::Relaxed);
            empty(if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
        }
        (&Method::GET, "/metrics") => figures(&gateway),
        _ if path.starts_with("/connections/") => of_node(&gateway, request).await,
        _ => empty(StatusCode::NOT_FOUND),
    }
}

fn figures(gateway: &Gateway) -> Response<Body> {
    let mut response = Response::new(Body::from((gateway.surroundings.figures)()));
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

async fn of_node(gateway: &Gateway, request: Request<Incoming>) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let Ok(body) = body::read(incoming, MAX_BODY_BYTES).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or(""));
    let signed = sigv4::Request { method: &head.method, path, query, headers: &head.headers, body: &body };
    if let Err(refusal) = gateway.nodes.verify(&signed) {
        tracing::warn!(%refusal, "a call that says it is of another node was refused");
        return aws_error(StatusCode::UNAUTHORIZED, refusal.name(), &refusal.to_string());
    }
    let id = path.strip_prefix("/connections/").unwrap_or("");
    let id = percent_decode_str(id).decode_utf8_lossy();
    let Some(id) = ConnectionId::parse(&id) else { return empty(StatusCode::BAD_REQUEST) };
    let scope = Scope::new(Query::parse(query).into_pairs());
    management::here(gateway, &head.method, id, &scope, &body)
}
