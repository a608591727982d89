//! From an HTTP request to a WebSocket: the authorizer is asked, then `$connect`, and only then is the client let in.

pub(crate) mod handshake;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::body::Body;
use chinwag_websocket::CloseCode;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::api::Place;
use crate::authorizer::Denial;
use crate::backend::BackendError;
use crate::body::{aws_error, empty};
use crate::connection::Connection;
use crate::connection_id::ConnectionId;
use crate::event::{Disconnect, EventType, Handshake, Headers, Identity, ProxyEvent, Query, RequestPart};
use crate::figures;
use crate::gateway::Gateway;
use crate::listen::{Head, Peer};
use crate::management::forbidden;
use crate::outbound::Outbound;
use crate::proxy_response::ProxyResponse;
use crate::request_id;
use crate::sigv4;
use crate::socket::{self, Ended};

/// How long the socket may take to change hands.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest URL, which is the service's.
const MAX_URL_BYTES: usize = 4096;

/// Answers a request that wants to become a WebSocket.
///
/// The work goes on when the client leaves meanwhile: a function that has been told of its coming is told of its going.
pub(crate) async fn handle(gateway: &Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let (answer, answered) = oneshot::channel();
    gateway.tasks.spawn(live(gateway.clone(), peer, request, answer));
    answered.await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}

/// A connection's whole life.
async fn live(
    gateway: Arc<Gateway>,
    peer: Peer,
    mut request: Request<Incoming>,
    answer: oneshot::Sender<Response<Body>>,
) {
    // What the handshake needs is not kept for as long as the connection lives.
    let opened = Box::pin(open(&gateway, peer, &request)).await;
    if let Some(head) = request.extensions().get::<Head>() {
        head.forget();
    }
    let result = match &opened {
        Ok(_) => "accepted",
        Err(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => "limited",
        Err(response) if response.status().is_server_error() => "failed",
        Err(_) => "refused",
    };
    metrics::counter!(figures::CONNECTS, "result" => result).increment(1);
    let (connection, response) = match opened {
        Ok(opened) => opened,
        Err(response) => {
            // Whoever left needs no answer.
            let _ = answer.send(response);
            return;
        }
    };
    let upgrade = hyper::upgrade::on(&mut request);
    drop(request);
    gateway.connections.insert(connection.clone());
    if gateway.is_draining.load(Ordering::Relaxed) {
        // Those that were there have been asked to leave, maybe before this one was.
        connection.outbound.close(CloseCode::GOING_AWAY, "Going away");
    }
    let is_there = answer.send(response).is_ok();
    let ended = match tokio::time::timeout(UPGRADE_TIMEOUT, upgrade).await {
        Ok(Ok(upgraded)) if is_there => socket::run(upgraded, &gateway, &connection).await,
        _ => Ended::gone(),
    };
    gateway.connections.remove(connection.id);
    metrics::counter!(figures::CLOSED, "code" => ended.code.to_string()).increment(1);
    Box::pin(disconnected(&gateway, &connection, ended)).await;
}

type Opened = (Arc<Connection>, Response<Body>);

async fn open(
    gateway: &Arc<Gateway>,
    peer: Peer,
    request: &Request<Incoming>,
) -> Result<Opened, Response<Body>> {
    let accept = handshake::check(request).map_err(|refusal| *refusal)?;
    if request.uri().path_and_query().is_some_and(|url| url.as_str().len() > MAX_URL_BYTES) {
        return Err(empty(StatusCode::URI_TOO_LONG));
    }
    if gateway.is_draining.load(Ordering::Relaxed) || !gateway.connections.has_room() {
        return Err(aws_error(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            "Service Unavailable",
        ));
    }
    if !gateway.rates.connects.take() {
        return Err(aws_error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too Many Requests"));
    }
    let host = crate::management::host(request.headers());
    let places = gateway.apis.at(host, request.uri().path());
    // Two that are meant alike are none that is meant.
    let [place] = places.as_slice() else { return Err(forbidden()) };
    let source = gateway.source(peer, request.headers());
    let handshake = told(gateway, peer, source, request);
    let mut connection = connection(gateway, place, &handshake);
    connection.authorizer = authorize(gateway, &connection, &handshake, request).await?;
    let answer = connect(gateway, &connection, &handshake).await?;
    let mut response = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    let protocol =
        answer.header("sec-websocket-protocol").filter(|protocol| handshake::offers(request, protocol));
    if let Some(protocol) = protocol.and_then(|protocol| HeaderValue::try_from(protocol).ok()) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok((Arc::new(connection), response))
}

/// What functions are told of the request.
fn told(gateway: &Gateway, peer: Peer, source: IpAddr, request: &Request<Incoming>) -> Handshake {
    let mut given = request.headers().clone();
    let forwarded = given.remove("x-forwarded-for").and_then(|value| value.to_str().map(str::to_owned).ok());
    let scheme = given.remove("x-forwarded-proto").and_then(|value| value.to_str().map(str::to_owned).ok());
    let port = given.remove("x-forwarded-port").and_then(|value| value.to_str().map(str::to_owned).ok());
    let is_proxied = source != peer.address;
    let (own_scheme, own_port) = if peer.is_tls { ("https", "443") } else { ("http", "80") };
    let head = request.extensions().get::<Head>();
    let mut headers = Headers::new(&given, |name| head?.written(name));
    let trace = request_id::trace(&gateway.surroundings);
    headers.push("X-Amzn-Trace-Id", trace.split(';').next().unwrap_or("").to_owned());
    headers.push("X-Forwarded-For", forwarded.filter(|_| is_proxied).unwrap_or_else(|| source.to_string()));
    headers.push("X-Forwarded-Port", port.filter(|_| is_proxied).unwrap_or_else(|| own_port.to_owned()));
    headers.push("X-Forwarded-Proto", scheme.filter(|_| is_proxied).unwrap_or_else(|| own_scheme.to_owned()));
    Handshake {
        headers,
        query: Query::parse(request.uri().query().unwrap_or("")),
        source_ip: source.to_string(),
    }
}

fn connection(gateway: &Gateway, place: &Place, handshake: &Handshake) -> Connection {
    let now_ms = gateway.surroundings.now_ms();
    Connection {
        id: ConnectionId::new(gateway.node, &gateway.surroundings),
        api: place.api.clone(),
        domain_name: place.domain_name.clone(),
        connected_at: now_ms,
        identity: Identity {
            source_ip: handshake.source_ip.clone(),
            user_agent: handshake.header("user-agent").map(str::to_owned),
        },
        authorizer: None,
        outbound: Outbound::new(gateway.limits.max_queued_bytes),
        last_active_at: AtomicI64::new(now_ms),
    }
}

/// Whether the client may come in, and what its events say of it.
async fn authorize(
    gateway: &Gateway,
    connection: &Connection,
    handshake: &Handshake,
    request: &Request<Incoming>,
) -> Result<Option<Map<String, Value>>, Response<Body>> {
    let api = &connection.api;
    let Some(route) = api.connect_route() else { return Ok(None) };
    if route.iam {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or(""));
        let signed =
            sigv4::Request { method: request.method(), path, query, headers: request.headers(), body: b"" };
        return match gateway.verifier("execute-api").verify(&signed) {
            Ok(caller) if caller.may_manage(&api.id) => {
                let principal = Value::String(caller.access_key_id);
                Ok(Some(Map::from_iter([("principalId".to_owned(), principal)])))
            }
            Ok(_) => Err(forbidden()),
            Err(refusal) => Err(aws_error(StatusCode::FORBIDDEN, refusal.name(), &refusal.to_string())),
        };
    }
    let Some(authorizer) = &route.authorizer else { return Ok(None) };
    let (region, account) = (&gateway.region, &gateway.account_id);
    let arn = format!("arn:aws:execute-api:{region}:{account}:{}/{}/$connect", api.id, api.stage);
    let context = connection.context(&gateway.surroundings, &route.key, EventType::Connect);
    match authorizer.decide(handshake, &context, &api.stage_variables, &arn).await {
        Ok(known) => Ok(Some(known)),
        Err(Denial::Unauthorized) => {
            Err(aws_error(StatusCode::UNAUTHORIZED, "UnauthorizedException", "Unauthorized"))
        }
        Err(Denial::Forbidden) => Err(forbidden()),
        Err(Denial::Failed) => Err(aws_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "AuthorizerConfigurationException",
            "Internal Server Error",
        )),
    }
}

/// Asks `$connect`.
async fn connect(
    gateway: &Gateway,
    connection: &Connection,
    handshake: &Handshake,
) -> Result<ProxyResponse, Response<Body>> {
    let api = &connection.api;
    let Some(route) = api.connect_route() else { return Ok(ProxyResponse::ok()) };
    let context = connection.context(&gateway.surroundings, &route.key, EventType::Connect);
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::connect(handshake),
        request_context: &context,
        stage_variables: &api.stage_variables,
        body: None,
        is_base64_encoded: Some(false),
    };
    match route.integration.answer(&event, Some(handshake)).await {
        Ok(answer) if answer.is_success() => Ok(answer),
        Ok(answer) => Err(refusal(&answer)),
        Err(error) => {
            tracing::warn!(api = api.id, stage = api.stage, %error, "$connect failed");
            Err(match error {
                BackendError::TimedOut => aws_error(
                    StatusCode::GATEWAY_TIMEOUT,
                    "GatewayTimeoutException",
                    "Endpoint request timed out",
                ),
                BackendError::Throttled => {
                    aws_error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too Many Requests")
                }
                BackendError::Function { .. } | BackendError::Failed(_) => aws_error(
                    StatusCode::BAD_GATEWAY,
                    "InternalServerErrorException",
                    "Internal server error",
                ),
            })
        }
    }
}

/// What `$connect` says to a client that it does not let in.
fn refusal(answer: &ProxyResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body.clone()));
    // Only what is no success and no change of protocols can be told.
    let status = StatusCode::from_u16(answer.status).ok().filter(|status| !status.is_informational());
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = answer.header("content-type").and_then(|kind| HeaderValue::try_from(kind).ok()) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// Tells `$disconnect`, which nobody can answer.
async fn disconnected(gateway: &Gateway, connection: &Connection, ended: Ended) {
    let api = &connection.api;
    let Some(route) = api.disconnect_route() else { return };
    let mut context = connection.context(&gateway.surroundings, &route.key, EventType::Disconnect);
    context.disconnect =
        Some(Disconnect { disconnect_status_code: ended.code, disconnect_reason: ended.reason });
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::disconnect(&connection.domain_name),
        request_context: &context,
        stage_variables: &api.stage_variables,
        body: None,
        is_base64_encoded: Some(false),
    };
    if let Err(error) = route.integration.answer(&event, None).await {
        tracing::warn!(api = api.id, stage = api.stage, %error, "$disconnect failed");
    }
}
