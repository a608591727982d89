//! A WebSocket's events, as the gateway tells them.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_api::ErrorCode;
use chinwag_chat::StoreError;
use chinwag_protocol::{Encoding, SUBPROTOCOL_JSON};
use chinwag_server::http::{Client, ShownToken, came_from_own_page};
use http::header;
use serde_json::{Value, json};

use crate::realtime::Realtime;
use crate::table::{Kept, KeptCaller};

/// Longer names of programs are cut.
const MAX_USER_AGENT_BYTES: usize = 512;

/// Answers one event. What a message is answered goes by `@connections`, in order with all else that the client is sent.
pub(crate) async fn answer(
    realtime: &Realtime,
    event: ApiGatewayWebsocketProxyRequest,
) -> Result<Value, StoreError> {
    let Some(connection) = event.request_context.connection_id.clone() else { return Ok(status(400)) };
    match event.request_context.event_type.as_deref() {
        Some("CONNECT") => connect(realtime, &connection, &event).await,
        Some("MESSAGE") => {
            let body = event.body.as_deref().unwrap_or_default();
            if body.len() > realtime.nodeless.max_frame_bytes {
                let code = chinwag_protocol::DisconnectCode::BadRequest;
                realtime.delivery.send_away(&connection, code).await?;
            } else {
                realtime.message(&connection, body.as_bytes()).await?;
            }
            Ok(status(200))
        }
        Some("DISCONNECT") => {
            realtime.delivery.table.forget(&connection).await?;
            Ok(status(200))
        }
        _ => Ok(status(400)),
    }
}

/// Lets a client in, unless it is a page that may not act for its user or speaks what the gateway cannot carry. Cookies and
/// headers come with this event alone; of a token that they show, it is kept whose it is.
async fn connect(
    realtime: &Realtime,
    connection: &str,
    event: &ApiGatewayWebsocketProxyRequest,
) -> Result<Value, StoreError> {
    let headers = &event.headers;
    let address: Option<IpAddr> =
        event.request_context.identity.source_ip.as_deref().and_then(|address| address.parse().ok());
    let client = Client { address, is_secure: None };
    let origins = &realtime.nodeless.http.origins;
    // A program that sends no origin may connect with a token; only a page of our own may use the cookie.
    if !came_from_own_page(headers, origins, client, true) {
        return Ok(status(403));
    }
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let offered = offered.unwrap_or_default().split(',').map(str::trim);
    let subprotocol = offered.filter_map(Encoding::from_subprotocol).next();
    let in_query = |name| event.query_string_parameters.first(name).and_then(Encoding::from_query);
    let encoding = subprotocol.or(in_query("cf_protocol")).or(in_query("format")).unwrap_or_default();
    if encoding.is_binary() {
        // The gateway carries text alone.
        return Ok(status(400));
    }
    let is_own_page = came_from_own_page(headers, origins, client, false);
    let shown = match ShownToken::of(headers) {
        Some(ShownToken::Cookie(_)) if !is_own_page => None,
        shown => shown,
    };
    let shown = match shown {
        None => None,
        Some(shown) => match realtime.nodeless.api.authenticator().authenticate(shown.token()).await {
            Ok(caller) => Some(KeptCaller::of(&caller)),
            // The client is told by the answer to its `connect`.
            Err(error) if error.code == ErrorCode::Unauthorized => None,
            Err(error) => {
                error.log();
                return Ok(status(503));
            }
        },
    };
    let now = realtime.clock.now();
    let mut random = [0; 12];
    realtime.entropy.fill(&mut random);
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let kept = Kept {
        client: URL_SAFE_NO_PAD.encode(random),
        address,
        user_agent: user_agent.map(|name| name.chars().take(MAX_USER_AGENT_BYTES).collect()),
        since_ms: now.unix_ms(),
        lasts_until_s: now.plus(realtime.connection_lifetime).unix_seconds(),
        shown,
        caller: None,
        max_rooms: 0,
    };
    realtime.delivery.table.open(connection, &kept).await?;
    Ok(match subprotocol {
        Some(_) => json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": SUBPROTOCOL_JSON } }),
        None => status(200),
    })
}

fn status(code: u16) -> Value {
    json!({ "statusCode": code })
}
