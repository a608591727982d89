//! Looking for what was said.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, request, text};

/// A private room of Ada's with that said in it.
async fn said(server: &TestServer, token: &str, texts: &[&str]) -> String {
    let room = json!({"kind": "private", "name": "Harbour"});
    let (_, room) = server.ask(post("/api/v1/rooms", &room).by(token)).await;
    let room = text(&room["id"]);
    for (number, said) in texts.iter().enumerate() {
        let message = json!({"client_id": number.to_string(), "text": said});
        let path = format!("/api/v1/rooms/{room}/messages");
        assert_eq!(server.ask(post(&path, &message).by(token)).await.0, StatusCode::CREATED);
    }
    room
}

async fn found(server: &TestServer, token: &str, query: &str) -> Value {
    let (status, answer) = server.ask(request("GET", &format!("/api/v1/search?{query}")).by(token)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn what_was_said_is_found_page_by_page_with_the_places() {
    let server = TestServer::new();
    let (_, ada) = server.user("ada").await;
    said(&server, &ada, &["\u{1F600} a boat", "no ship", "the boats"]).await;
    let first = found(&server, &ada, "query=boat&limit=1&room=&from=").await;
    assert_eq!(first["results"][0]["message"]["text"], "the boats");
    assert_eq!(first["results"][0]["highlights"], json!([[4, 9]]));
    let next = text(&first["next"]);
    let second = found(&server, &ada, &format!("query=boat&limit=1&cursor={next}")).await;
    assert_eq!(second["results"][0]["highlights"], json!([[5, 9]]));
    assert_eq!(second["results"].as_array().map(Vec::len), Some(1));
    assert!(second["next"].is_null(), "{second}");
    assert_eq!(found(&server, &ada, "query=%22").await, json!({"results": []}));
    assert_eq!(found(&server, &ada, "query=boat&before=2020-01-01").await, json!({"results": []}));
}

#[tokio::test]
async fn a_search_that_cannot_be_is_refused_by_its_fields() {
    let server = TestServer::new();
    let ((_, ada), (_, eve)) = (server.user("ada").await, server.user("eve").await);
    let room = said(&server, &ada, &["a boat"]).await;
    for (query, code, fields) in [
        (
            "query=a&cursor=x&after=soon&before=x&from=a:b",
            "invalid",
            vec!["from", "after", "before", "cursor"],
        ),
        ("query=a&room=nowhere", "unknown_room", vec![]),
        (&format!("query=boat&room={room}"), "unknown_room", vec![]),
        (&format!("query={}", "x".repeat(257)), "invalid", vec!["query"]),
    ] {
        let (_, problem) = server.ask(request("GET", &format!("/api/v1/search?{query}")).by(&eve)).await;
        assert_eq!(problem["code"], code, "{query}");
        let named = problem["errors"].as_array().into_iter().flatten().map(|error| error["field"].clone());
        assert_eq!(named.collect::<Vec<_>>(), fields, "{query}");
    }
    assert_eq!(found(&server, &eve, "query=boat").await, json!({"results": []}));
}
