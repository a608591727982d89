//! The routes of the real-time transports, with the paths that Centrifuge SDKs expect.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use chinwag_api::{ApiError, ErrorCode};
use chinwag_protocol::{Encoding, Framing};
use serde::Deserialize;

use super::driver::Driver;
use super::websocket::PumpSettings;
use super::{Realtime, emulation, handshake, relay, stream, websocket};
use crate::http::{Failure, body};
use crate::listen::SocketPermit;

/// What an emulated frame's envelope takes beside the frame.
const EMULATION_OVERHEAD_BYTES: usize = 1024;

/// The routes.
pub fn router(node: Arc<Realtime>) -> Router {
    let max_frame_bytes = node.settings.max_frame_bytes;
    // The frame travels as a JSON string, which may double its length.
    let max_emulated_bytes = 2 * max_frame_bytes + EMULATION_OVERHEAD_BYTES;
    Router::new()
        .route("/connection/websocket", get(open_websocket))
        .route("/connection/http_stream", post(open_http_stream))
        .route("/connection/sse", get(open_sse).post(open_sse))
        .route_layer(DefaultBodyLimit::max(max_frame_bytes))
        .route("/emulation", post(emulate).route_layer(DefaultBodyLimit::max(max_emulated_bytes)))
        .route(relay::PATH, post(take_over).route_layer(DefaultBodyLimit::max(max_emulated_bytes)))
        .with_state(node)
}

#[derive(Debug, Default, Deserialize)]
struct Wishes {
    cf_protocol: Option<String>,
    format: Option<String>,
    /// The first frame of an SSE connection.
    cf_connect: Option<String>,
}

impl Wishes {
    fn encoding(&self) -> Option<Encoding> {
        self.cf_protocol.as_deref().or(self.format.as_deref()).and_then(Encoding::from_query)
    }
}

async fn open_websocket(
    State(node): State<Arc<Realtime>>,
    Query(wishes): Query<Wishes>,
    mut request: Request,
) -> Result<Response, Failure> {
    node.accepts_connections()?;
    let key = websocket_key(request.headers())?;
    // SDKs offer what they speak; one of them (Python) offers the empty string and must not be refused for it.
    let offered = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let offered = offered.unwrap_or_default().split(',').map(str::trim);
    let chosen = offered.filter_map(|name| Some((name.to_owned(), Encoding::from_subprotocol(name)?))).next();
    let encoding = chosen.as_ref().map(|(_, encoding)| *encoding).or(wishes.encoding()).unwrap_or_default();
    let handshake = handshake::read(&node, &request, encoding, "websocket")?;

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    let accept = chinwag_websocket::accept_key(&key);
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(accept).map_err(ApiError::internal)?);
    if let Some((name, _)) = chosen {
        headers
            .insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::try_from(name).map_err(ApiError::internal)?);
    }

    let Some(upgrade) = request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>() else {
        return Err(upgrade_required());
    };
    // hyper's part of the connection ends here; it still counts against the limit of sockets.
    let permit = request.extensions_mut().remove::<SocketPermit>();
    let tasks = node.tasks.clone();
    tasks.spawn(async move {
        // Boxed and awaited first: the connection's own task must not carry the handshake's state for its life.
        let Some((socket, early)) = Box::pin(bare_socket(upgrade)).await else { return };
        let settings = PumpSettings {
            max_frame_bytes: node.settings.max_frame_bytes,
            write_timeout: node.settings.write_timeout,
        };
        let driver = Driver::new(node.clone(), handshake);
        let tasks = node.tasks.clone();
        drop(node);
        tasks.spawn(websocket::run(socket, &early, driver, settings, permit));
    });
    Ok(response)
}

/// The socket beneath the upgraded HTTP connection, and what was read of it already.
async fn bare_socket(upgrade: hyper::upgrade::OnUpgrade) -> Option<(tokio::net::TcpStream, Bytes)> {
    let upgraded = upgrade.await.ok()?;
    match upgraded.downcast::<hyper_util::rt::TokioIo<tokio::net::TcpStream>>() {
        Ok(parts) => Some((parts.io.into_inner(), parts.read_buf)),
        Err(_) => {
            tracing::error!("a WebSocket arrived on something else than a plain TCP connection");
            None
        }
    }
}

async fn open_http_stream(State(node): State<Arc<Realtime>>, request: Request) -> Result<Response, Failure> {
    node.accepts_connections()?;
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let encoding = Encoding::from_content_type(content_type.unwrap_or_default());
    let handshake = handshake::read(&node, &request, encoding, "http_stream")?;
    let first_frame = body::read(request).await?;
    let driver = Driver::new(node.clone(), handshake);
    let body = stream::start(&node, driver, Framing::HttpStream, first_frame);
    Ok(streamed(body, content_type_of(encoding)))
}

async fn open_sse(
    State(node): State<Arc<Realtime>>,
    Query(wishes): Query<Wishes>,
    request: Request,
) -> Result<Response, Failure> {
    node.accepts_connections()?;
    let handshake = handshake::read(&node, &request, Encoding::Json, "sse")?;
    let first_frame = match wishes.cf_connect {
        Some(connect) => connect.into(),
        None => body::read(request).await?,
    };
    let driver = Driver::new(node.clone(), handshake);
    let body = stream::start(&node, driver, Framing::Sse, first_frame);
    Ok(streamed(body, "text/event-stream"))
}

async fn emulate(
    State(node): State<Arc<Realtime>>,
    headers: HeaderMap,
    request: Request,
) -> Result<StatusCode, Failure> {
    // A foreign page must not act on a connection either, should it ever learn its id.
    handshake::read(&node, &request, Encoding::Json, "emulation")?;
    let request = emulation::decode(&headers, &body::read(request).await?)?;
    match &node.relay {
        Some(relay) if !node.emulated.holds(&request.session) && relay.leads_elsewhere(&request) => {
            relay.pass_on(&request).await
        }
        _ => node.emulated.deliver(request),
    }
}

/// A command that came to another node. It goes no further than this one: its connection is here or nowhere.
async fn take_over(
    State(node): State<Arc<Realtime>>,
    headers: HeaderMap,
    request: Request,
) -> Result<StatusCode, relay::Refused> {
    let relay = node.relay.as_ref().ok_or_else(|| Failure::new(ErrorCode::NotFound))?;
    let body = body::read(request).await.map_err(Failure::from)?;
    let request = relay.open(&headers, &body)?;
    Ok(node.emulated.deliver(request)?)
}

fn content_type_of(encoding: Encoding) -> &'static str {
    if encoding.is_binary() { "application/octet-stream" } else { "application/json" }
}

fn streamed(body: Body, content_type: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "private, no-cache, no-store, must-revalidate, no-transform"),
        // nginx would hold a stream back until its buffer is full.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, body).into_response()
}

/// The client's key, if this is a WebSocket handshake of version 13.
fn websocket_key(headers: &HeaderMap) -> Result<String, Failure> {
    let value =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let has = |name, token: &str| value(name).split(',').any(|part| part.trim().eq_ignore_ascii_case(token));
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(upgrade_required());
    }
    let key = value(header::SEC_WEBSOCKET_KEY);
    if value(header::SEC_WEBSOCKET_VERSION) != "13" || key.len() != 24 {
        return Err(
            ApiError::because(ErrorCode::BadRequest, "this is no WebSocket handshake of version 13").into()
        );
    }
    Ok(key.to_owned())
}

fn upgrade_required() -> Failure {
    ApiError::because(ErrorCode::BadRequest, "this path speaks WebSocket: connect with a WebSocket client")
        .into()
}
