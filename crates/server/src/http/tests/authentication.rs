//! Who is let in, how, and from which pages.

use axum::http::{StatusCode, header};
use chinwag_chat::Hint;
use serde_json::json;

use super::{LISTED_ORIGIN, OWN_ORIGIN, PASSWORD, RequestExt as _, TestServer, post, request, text};

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let server = TestServer::new();
    let (_, token) = server.user("ada").await;
    let (_, listed) = server.ask(request("GET", "/api/v1/sessions").by(&token)).await;
    assert_eq!(listed["sessions"][0]["current"], json!(true));
    let response = server.answer(request("DELETE", "/api/v1/sessions/current").by(&token)).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("chinwag_session=; Path=/; Max-Age=0;"), "{cookie}");
    let told = server.bus.0.lock().iter().any(|hint| matches!(hint, Hint::SessionRevoked(_)));
    assert!(told, "other nodes hear of it");
    let (status, _) = server.ask(request("GET", "/api/v1/users/me").by(&token)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_is_its_owners_to_revoke() {
    let server = TestServer::new();
    let (_, by_ada) = server.user("ada").await;
    let (_, by_eve) = server.user("eve").await;
    let (_, listed) = server.ask(request("GET", "/api/v1/sessions").by(&by_ada)).await;
    let path = format!("/api/v1/sessions/{}", text(&listed["sessions"][0]["id"]));
    let (status, problem) = server.ask(request("DELETE", &path).by(&by_eve)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("unknown_session")));
    let (status, _) = server.ask(request("GET", "/api/v1/users/me").by(&by_ada)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = server.ask(request("DELETE", &path).by(&by_ada)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_cookie_counts_only_for_pages_that_may() {
    let server = TestServer::new();
    let (_, token) = server.user("ada").await;
    let room = || post("/api/v1/rooms", &json!({"kind": "public", "name": "Harbour"})).by_cookie(&token);
    let from = |origin| room().with_header("origin", origin);
    for (asked, status) in [
        (from(OWN_ORIGIN), StatusCode::CREATED),
        (from(LISTED_ORIGIN), StatusCode::CREATED),
        (room().with_header("sec-fetch-site", "same-origin"), StatusCode::CREATED),
        (from("https://evil.example"), StatusCode::FORBIDDEN),
        (from("https://chat.example.evil.example"), StatusCode::FORBIDDEN),
        (from("null"), StatusCode::FORBIDDEN),
        (from("https://evil.example").with_header("sec-fetch-site", "same-origin"), StatusCode::FORBIDDEN),
        (room().with_header("sec-fetch-site", "cross-site"), StatusCode::FORBIDDEN),
        (room().with_header("sec-fetch-site", "same-site"), StatusCode::FORBIDDEN),
        (room(), StatusCode::FORBIDDEN),
    ] {
        let what = format!("{:?}", asked.headers());
        let (got, _) = server.ask(asked).await;
        assert_eq!(got, status, "{what}");
    }
    // Reading changes nothing, and what another page asks for it cannot read.
    let (status, _) = server
        .ask(
            request("GET", "/api/v1/users/me")
                .by_cookie(&token)
                .with_header("origin", "https://evil.example"),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    // A token in the header was put there on purpose.
    let asked = post("/api/v1/rooms", &json!({"kind": "public", "name": "Pier"})).by(&token);
    let (status, _) = server.ask(asked.with_header("origin", "https://evil.example")).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn no_foreign_page_signs_anybody_up_or_in() {
    let server = TestServer::new();
    server.user("ada").await;
    let account = json!({"name": "ada", "password": PASSWORD});
    for path in ["/api/v1/users", "/api/v1/sessions"] {
        for (name, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            let (status, problem) = server.ask(post(path, &account).with_header(name, value)).await;
            assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("origin_not_allowed")));
        }
    }
    let (status, _) = server.ask(post("/api/v1/sessions", &account).with_header("origin", OWN_ORIGIN)).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_cookie_of_a_session_signs_in() {
    let server = TestServer::new();
    server.user("ada").await;
    let account = json!({"name": " ADA ", "password": PASSWORD, "device": "phone"});
    let response = server.answer(post("/api/v1/sessions", &account)).await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let (given, rest) = cookie.split_once("; Path=/; Max-Age=").unwrap();
    // 90 days, less the moment that has passed.
    assert!(given.starts_with("chinwag_session=cws_") && rest.starts_with("777"), "{cookie}");
    assert!(rest.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let (status, me) = server.ask(request("GET", "/api/v1/users/me").with_header("cookie", cookie)).await;
    assert_eq!((status, &me["name"]), (StatusCode::OK, &json!("ada")));
}

#[tokio::test]
async fn the_answer_does_not_tell_whether_there_is_such_a_user() {
    let server = TestServer::new();
    server.user("ada").await;
    let mut answers = Vec::new();
    for name in ["ada", "nobody", "not a name"] {
        answers.push(server.ask(post("/api/v1/sessions", &json!({"name": name, "password": "wrong"}))).await);
    }
    assert_eq!(answers[0].1["code"], json!("wrong_credentials"));
    assert!(answers.iter().all(|answer| answer == &answers[0]));
}

/// Signed by `openssl dgst -sha256 -hmac 'a secret of thirty-two bytes....'`: Ada, until the year 2100.
const ADAS_JWT: &str = include_str!("ada.jwt");

#[tokio::test]
async fn whom_the_application_vouches_for_is_known_from_then_on() {
    let server = TestServer::new();
    server.user("ada").await;
    let token = ADAS_JWT.trim();
    let (status, me) = server.ask(request("GET", "/api/v1/users/me").by(token)).await;
    assert_eq!(
        (status, &me["id"], &me["display_name"]),
        (StatusCode::OK, &json!("app-7"), &json!("Ada L.")),
        "{me}"
    );
    let name = text(&me["name"]);
    assert!(name.starts_with("ada-") && name.len() == 8, "the plain name is taken: {name}");
    let (_, again) = server.ask(request("GET", "/api/v1/users/app-7").by(token)).await;
    assert_eq!(again, me);
    let (status, problem) = server.ask(request("DELETE", "/api/v1/sessions/current").by(token)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("unknown_session")));
}
