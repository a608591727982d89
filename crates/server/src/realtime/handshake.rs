//! What an HTTP request says about the connection that it opens.

use axum::extract::Request;
use axum::http::header;
use chinwag_api::{ApiError, ErrorCode};
use chinwag_protocol::Encoding;

use super::Realtime;
use super::context::Handshake;
use crate::http::{Failure, Peer, ShownToken, came_from_own_page};

/// Reads the handshake of a request.
///
/// # Errors
/// `origin_not_allowed` for a page that may not act for its user.
pub(super) fn read(
    node: &Realtime,
    request: &Request,
    encoding: Encoding,
    transport: &'static str,
) -> Result<Handshake, Failure> {
    let headers = request.headers();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or_default();
    let client = peer.client(headers, &node.trusted_proxies);
    // A program that sends no origin may connect with a token; only a page of our own may use the cookie.
    if !came_from_own_page(headers, &node.origins, client, true) {
        let detail = "this page's origin is not in --allowed-origins";
        return Err(ApiError::because(ErrorCode::OriginNotAllowed, detail).into());
    }
    let is_own_page = came_from_own_page(headers, &node.origins, client, false);
    let shown_token = match ShownToken::of(headers) {
        Some(ShownToken::Bearer(token)) => Some(token),
        Some(ShownToken::Cookie(token)) if is_own_page => Some(token),
        _ => None,
    };
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Ok(Handshake {
        encoding,
        transport,
        shown_token,
        address: client.address,
        user_agent: user_agent.map(str::to_owned),
    })
}
