//! What RFC 6455 asks of an opening request.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinwag_websocket::accept_key;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use crate::body::empty;

/// Whether a request wants to become a WebSocket.
pub(crate) fn is_wanted<B>(request: &Request<B>) -> bool {
    has_word(request.headers(), &header::UPGRADE, "websocket")
}

/// The value of `Sec-WebSocket-Accept`, or what to say to a request that asks wrongly.
pub(super) fn check<B>(request: &Request<B>) -> Result<HeaderValue, Box<Response<Body>>> {
    let headers = request.headers();
    let bad_request = || Box::new(empty(StatusCode::BAD_REQUEST));
    if request.method() != Method::GET || !has_word(headers, &header::CONNECTION, "upgrade") {
        return Err(bad_request());
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut response = empty(StatusCode::UPGRADE_REQUIRED);
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(Box::new(response));
    }
    let key =
        headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()).ok_or_else(bad_request)?;
    let is_key = STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16);
    if !is_key {
        return Err(bad_request());
    }
    HeaderValue::try_from(accept_key(key)).map_err(|_| bad_request())
}

/// Whether the client offers a subprotocol.
pub(super) fn offers<B>(request: &Request<B>, protocol: &str) -> bool {
    words(request.headers(), &header::SEC_WEBSOCKET_PROTOCOL).any(|offered| offered == protocol)
}

fn has_word(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    words(headers, name).any(|word| word.eq_ignore_ascii_case(wanted))
}

fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pairs: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri("/prod");
        for (name, value) in pairs {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    const GOOD: [(&str, &str); 5] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "a, b"),
    ];

    #[test]
    fn a_good_handshake_gets_the_rfcs_answer() {
        let request = request(&GOOD);
        assert!(is_wanted(&request));
        assert_eq!(check(&request).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(offers(&request, "b") && !offers(&request, "c"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_refused() {
        for at in 1..4 {
            let mut pairs = GOOD;
            pairs[at].1 = "7";
            assert!(check(&request(&pairs)).is_err(), "{}", pairs[at].0);
        }
        let mut posted = request(&GOOD);
        *posted.method_mut() = Method::POST;
        assert!(check(&posted).is_err());
    }
}
