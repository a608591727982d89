//! Whatever goes wrong is told as a problem.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use super::{RequestExt as _, TestServer, body, post, request, with_body};

#[tokio::test]
async fn every_mistake_has_its_code() {
    let server = TestServer::new();
    let (_, token) = server.user("ada").await;
    let users = "/api/v1/users";
    let plain = Request::builder().method("POST").uri(users).body(Body::from("{}")).unwrap();
    for (request, status, code) in [
        (request("GET", "/api/v1/nothing"), 404, "not_found"),
        (request("GET", "/api/v2/users"), 404, "not_found"),
        (request("POST", "/nothing"), 404, "not_found"),
        (request("GET", "/nothing"), 404, "not_found"),
        (request("PUT", users), 405, "method_not_allowed"),
        (plain, 415, "unsupported_media_type"),
        (
            with_body("POST", users, "{}").with_header("content-type", "text/plain"),
            415,
            "unsupported_media_type",
        ),
        (with_body("POST", users, "{"), 400, "bad_request"),
        (with_body("POST", users, &b"{\"name\": \"\xff\"}"[..]), 400, "bad_request"),
        (with_body("POST", users, "[]"), 400, "bad_request"),
        (with_body("POST", users, "{}"), 422, "invalid"),
        (with_body("POST", users, "x".repeat(65 * 1024)), 413, "too_large"),
        (post(users, &json!({"name": "ADA", "password": "long enough"})), 409, "name_taken"),
        (request("GET", users), 401, "unauthorized"),
        (request("GET", users).by("cws_unknown"), 401, "unauthorized"),
        (request("GET", users).with_header("authorization", "Basic YTpi"), 401, "unauthorized"),
        (request("GET", "/api/v1/users/nobody").by(&token), 404, "unknown_user"),
        (request("GET", "/api/v1/users/%ff").by(&token), 400, "bad_request"),
        (request("GET", "/api/v1/rooms?limit=many").by(&token), 400, "bad_request"),
        (request("DELETE", "/api/v1/sessions/nonsense").by(&token), 404, "unknown_session"),
        (post("/api/v1/rooms", &json!({"kind": "club"})).by(&token), 422, "invalid"),
    ] {
        let what = format!("{} {}", request.method(), request.uri());
        let response = server.answer(request).await;
        assert_eq!(response.status(), status, "{what}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{what}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{what}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{what}");
        if status == 405 {
            assert_eq!(response.headers()[header::ALLOW], "POST,GET,HEAD", "{what}");
        }
        let problem = body(response).await;
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{what}");
    }
}

#[tokio::test]
async fn every_mistake_of_a_sign_up_is_named_at_once() {
    let server = TestServer::new();
    let wrong = json!({"name": "!", "password": "hunter2", "display_name": "\u{7}"});
    let (status, problem) = server.ask(post("/api/v1/users", &wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["name", "password", "display_name"]);
    assert!(!problem.to_string().contains("hunter"), "no password comes back: {problem}");
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_limit_and_no_longer() {
    let server = TestServer::new();
    let (_, token) = server.user("ada").await;
    let room = json!({"kind": "group", "name": "Long"});
    let (status, room) = server.ask(post("/api/v1/rooms", &room).by(&token)).await;
    assert_eq!(status, StatusCode::CREATED, "{room}");
    let path = format!("/api/v1/rooms/{}/messages", super::text(&room["id"]));
    // Spelled as wastefully as JSON allows.
    let escaped =
        |chars: usize| format!(r#"{{"client_id": "c{chars}", "text": "{}"}}"#, "\\u0041".repeat(chars));
    let (status, _) = server.ask(with_body("POST", &path, escaped(64 * 1024)).by(&token)).await;
    assert_eq!(status, StatusCode::CREATED);
    for chars in [64 * 1024 + 1, 128 * 1024] {
        let (status, problem) = server.ask(with_body("POST", &path, escaped(chars)).by(&token)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let mut settings = chinwag_api::ApiSettings::default();
    settings.rate_limits.sign_ins_per_name = chinwag_api::Rate::new(1, std::time::Duration::from_secs(60));
    let server = TestServer::with(settings);
    let wrong = json!({"name": "ada", "password": "wrong"});
    let (status, problem) = server.ask(post("/api/v1/sessions", &wrong)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("wrong_credentials")));
    let response = server.answer(post("/api/v1/sessions", &wrong)).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let header = response.headers()[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(body(response).await["retry_after"], json!(header));
    assert!((50..=60).contains(&header));
}
