//! An HTTP request as an event (payload format 2.0: HTTP APIs and function URLs), answered by the server's own routes.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinwag_server::http::Peer;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use crate::announce::Announcer;

/// A function's answer takes 6 MiB, a third of which is the price of spelling bytes in text.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// What cannot stand in a path as it is. A percent sign can: it is one that was not decoded.
const NOT_OF_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`');

/// Answers a request. What it committed is announced before anybody hears of it.
pub(crate) async fn answer(router: Router, announcer: &Announcer, event: ApiGatewayV2httpRequest) -> Value {
    let Some(request) = request(event) else { return plain(StatusCode::BAD_REQUEST) };
    // The router's error is that there is none.
    let Ok(response) = router.oneshot(request).await;
    if let Err(error) = announcer.flush().await {
        tracing::error!(%error, "what was committed cannot be announced");
        return plain(StatusCode::SERVICE_UNAVAILABLE);
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    if body.len() > MAX_ANSWER_BYTES {
        return plain(StatusCode::INSUFFICIENT_STORAGE);
    }
    let (headers, cookies) = spoken(&parts.headers);
    let is_text = !parts.headers.contains_key(header::CONTENT_ENCODING);
    let text = is_text.then(|| std::str::from_utf8(&body).ok()).flatten();
    let spelt = text.map_or_else(|| STANDARD.encode(&body), str::to_owned);
    json!({
        "statusCode": parts.status.as_u16(),
        "headers": headers,
        "cookies": cookies,
        "body": spelt,
        "isBase64Encoded": text.is_none(),
    })
}

/// The request of an event; none where it cannot be one.
fn request(event: ApiGatewayV2httpRequest) -> Option<Request<Body>> {
    let http = &event.request_context.http;
    // HTTP APIs hand it over decoded, function URLs as it was.
    let path = utf8_percent_encode(event.raw_path.as_deref().unwrap_or("/"), NOT_OF_A_PATH).to_string();
    let uri = match event.raw_query_string.as_deref().filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    let mut request = Request::builder().method(http.method.clone()).uri(uri).body(Body::from(body)).ok()?;
    *request.headers_mut() = event.headers;
    if let Some(cookies) = event.cookies.filter(|cookies| !cookies.is_empty()) {
        request.headers_mut().insert(header::COOKIE, HeaderValue::try_from(cookies.join("; ")).ok()?);
    }
    let address: Option<IpAddr> = http.source_ip.as_deref().and_then(|address| address.parse().ok());
    // The gateway ends TLS and says whom it heard from; whether a proxy stands before it is for the settings to say.
    request.extensions_mut().insert(Peer { address, is_tls: false });
    Some(request)
}

/// Headers as the format wants them: each once, and cookies apart.
fn spoken(headers: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let cookies = headers.get_all(header::SET_COOKIE).iter().filter_map(text).collect();
    let others = headers.keys().filter(|name| **name != header::SET_COOKIE).map(|name: &HeaderName| {
        let values: Vec<String> = headers.get_all(name).iter().filter_map(text).collect();
        (name.to_string(), Value::String(values.join(", ")))
    });
    (others.collect(), cookies)
}

fn plain(status: StatusCode) -> Value {
    json!({ "statusCode": status.as_u16() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_whether_it_comes_decoded_or_not() {
        let path = |raw: &str| {
            let event = json!({
                "rawPath": raw,
                "headers": {},
                "requestContext": { "http": { "method": "GET" } },
                "isBase64Encoded": false,
            });
            let event = serde_json::from_value(event).unwrap();
            request(event).unwrap().uri().path().to_owned()
        };
        assert_eq!(path("/reactions/#\u{fe0f}\u{20e3}"), "/reactions/%23%EF%B8%8F%E2%83%A3");
        assert_eq!(path("/reactions/%23%EF%B8%8F%E2%83%A3"), "/reactions/%23%EF%B8%8F%E2%83%A3");
        assert_eq!(path("/a b?c"), "/a%20b%3Fc");
    }

    #[test]
    fn headers_that_come_several_times_are_joined_and_cookies_stand_apart() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("vary", "origin"), ("vary", "accept"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let (others, cookies) = spoken(&headers);
        assert_eq!(Value::Object(others), json!({ "vary": "origin, accept" }));
        assert_eq!(cookies, ["a=1", "b=2"]);
    }
}
