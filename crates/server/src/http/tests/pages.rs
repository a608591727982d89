//! The web UI, the headers around it, and pages of other origins.

use axum::http::{StatusCode, header};

use super::{LISTED_ORIGIN, RequestExt as _, TestServer, request};

#[tokio::test]
async fn there_is_a_page_whether_or_not_the_web_ui_was_built() {
    let server = TestServer::new();
    for (path, accept) in [("/", "*/*"), ("/rooms/some-room", "text/html,application/xhtml+xml")] {
        let response = server.answer(request("GET", path).with_header("accept", accept)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    }
}

#[tokio::test]
async fn what_is_no_page_is_not_answered_with_one() {
    let server = TestServer::new();
    for path in ["/api/v1/nothing", "/connection/nothing", "/assets/gone.js"] {
        let response = server.answer(request("GET", path).with_header("accept", "text/html")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test]
async fn listed_origins_may_read_answers_and_others_may_not() {
    let server = TestServer::new();
    let config = |origin| request("GET", "/api/v1/config").with_header("origin", origin);
    let listed = server.answer(config(LISTED_ORIGIN)).await;
    assert_eq!(listed.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], LISTED_ORIGIN);
    assert_eq!(listed.headers()[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    for foreign in ["https://evil.example", "null", "https://app.example.evil.example"] {
        let response = server.answer(config(foreign)).await;
        assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{foreign}");
        assert_eq!(response.headers()[header::VARY], "origin");
    }
    let preflight = |origin| {
        request("OPTIONS", "/api/v1/rooms")
            .with_header("origin", origin)
            .with_header("access-control-request-method", "POST")
    };
    let response = server.answer(preflight(LISTED_ORIGIN)).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization, content-type");
    let response = server.answer(preflight("https://evil.example")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
