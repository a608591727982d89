//! The public port: WebSockets, `@connections`, and Lambda's Invoke API, told apart by path.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::body::aws_error;
use crate::connect;
use crate::gateway::Gateway;
use crate::invoke;
use crate::listen::Peer;
use crate::management;
use crate::request_id;

/// Answers one request.
pub(crate) async fn handle(gateway: Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    let mut response = if management::split_path(path).is_some() {
        management::handle(&gateway, request).await
    } else if invoke::function_of(path).is_some() {
        invoke::handle(&gateway, request).await
    } else if connect::handshake::is_wanted(&request) {
        connect::handle(&gateway, peer, request).await
    } else if gateway.apis.at(management::host(request.headers()), path).is_empty() {
        management::forbidden()
    } else {
        aws_error(StatusCode::UPGRADE_REQUIRED, "UpgradeRequiredException", "This is a WebSocket API")
    };
    if let Ok(id) = HeaderValue::try_from(request_id::short(&gateway.surroundings)) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}
