//! `@connections`: what functions and other back ends call to reach clients.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use bytes::Bytes;
use chinwag_websocket::CloseCode;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::api::Api;
use crate::body::{self, BodyError, aws_error, empty, json};
use crate::config::Authorization;
use crate::connection_id::ConnectionId;
use crate::figures;
use crate::gateway::Gateway;
use crate::nodes::NoAnswer;
use crate::outbound::NotTaken;
use crate::sigv4;

/// The largest message that may be posted.
const MAX_POST_BYTES: usize = 128 * 1024;

/// The APIs whose connections a call may reach: ids and stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope(Vec<(String, String)>);

impl Scope {
    pub(crate) fn new(apis: impl Iterator<Item = (String, String)>) -> Self {
        Self(apis.collect())
    }

    /// As parameters of a query, for another node.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, stage)| (id.as_str(), stage.as_str()))
    }

    fn has(&self, api: &Api) -> bool {
        self.0.iter().any(|(id, stage)| *id == api.id && *stage == api.stage)
    }
}

/// The parts of a path that is for `@connections`: what comes before, and the connection's id.
pub(crate) fn split_path(path: &str) -> Option<(&str, &str)> {
    ["/@connections/", "/%40connections/"].iter().find_map(|marker| path.split_once(marker))
}

/// Answers a call from outside.
pub(crate) async fn handle(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    let operation = operation(request.method());
    let response = answer(gateway, request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!(figures::MANAGEMENT, "operation" => operation, "status" => status).increment(1);
    response
}

async fn answer(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let Some((prefix, id)) = split_path(head.uri.path()) else { return forbidden() };
    let body = match body::read(incoming, MAX_POST_BYTES).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            return aws_error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "Payload too large");
        }
        Err(BodyError::Broken) => {
            return aws_error(StatusCode::BAD_REQUEST, "BadRequestException", "The body broke off");
        }
    };
    let places = gateway.apis.at(host(&head.headers), prefix);
    let mut apis: Vec<(String, String)> =
        places.iter().map(|place| (place.api.id.clone(), place.api.stage.clone())).collect();
    if gateway.management.authorization == Authorization::Sigv4 {
        let signed = sigv4::Request {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query().unwrap_or(""),
            headers: &head.headers,
            body: &body,
        };
        match gateway.verifier("execute-api").verify(&signed) {
            Ok(caller) => apis.retain(|(id, _)| caller.may_manage(id)),
            Err(refusal) => {
                tracing::debug!(%refusal, "a call of @connections was refused");
                return aws_error(StatusCode::FORBIDDEN, refusal.name(), &refusal.to_string());
            }
        }
    }
    if apis.is_empty() {
        return forbidden();
    }
    if !gateway.rates.requests.take() {
        return limited();
    }
    let scope = Scope::new(apis.into_iter());
    let text = percent_decode_str(id).decode_utf8_lossy();
    let Some(id) = ConnectionId::parse(&text) else {
        return aws_error(
            StatusCode::BAD_REQUEST,
            "BadRequestException",
            &format!("Invalid connectionId: {text}"),
        );
    };
    if id.node() == gateway.node {
        return here(gateway, &head.method, id, &scope, &body);
    }
    match gateway.nodes.forward(&head.method, id, &scope, body).await {
        Ok(response) => response,
        Err(NoAnswer::Gone) => gone(),
        Err(NoAnswer::OutOfReach) => aws_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerErrorException",
            "The node of the connection is out of reach",
        ),
    }
}

/// Does what is asked with a connection of this node.
pub(crate) fn here(
    gateway: &Gateway,
    method: &Method,
    id: ConnectionId,
    scope: &Scope,
    body: &Bytes,
) -> Response<Body> {
    let Some(connection) = gateway.connections.get(id).filter(|connection| scope.has(&connection.api)) else {
        return gone();
    };
    match *method {
        Method::POST => match connection.send(body, gateway.surroundings.now_ms()) {
            Ok(()) => empty(StatusCode::OK),
            Err(NotTaken::Closed) => gone(),
            Err(NotTaken::Full) => limited(),
        },
        Method::GET => {
            let time = |ms: i64| {
                let time = Timestamp::from_millisecond(ms).unwrap_or_default();
                time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
            };
            let body = serde_json::json!({
                "connectedAt": time(connection.connected_at),
                "identity": {
                    "sourceIp": connection.identity.source_ip,
                    "userAgent": connection.identity.user_agent,
                },
                "lastActiveAt": time(connection.last_active_at.load(Ordering::Relaxed)),
            });
            json(StatusCode::OK, &body)
        }
        Method::DELETE => {
            connection.outbound.close(CloseCode::NORMAL, "");
            empty(StatusCode::NO_CONTENT)
        }
        _ => aws_error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedException", "Method not allowed"),
    }
}

fn operation(method: &Method) -> &'static str {
    match *method {
        Method::POST => "post",
        Method::GET => "get",
        Method::DELETE => "delete",
        _ => "other",
    }
}

/// The host that a request is for.
pub(crate) fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("")
}

pub(crate) fn forbidden() -> Response<Body> {
    aws_error(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden")
}

fn limited() -> Response<Body> {
    aws_error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too Many Requests")
}

fn gone() -> Response<Body> {
    aws_error(StatusCode::GONE, "GoneException", "Gone")
}
