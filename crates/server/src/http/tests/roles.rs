//! What nodes of one role answer to what is another's.

use axum::http::StatusCode;

use super::*;

async fn asked(server: &TestServer, method: &str, path: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).header(header::ACCEPT, "text/html");
    server.ask(request.body(Body::empty()).unwrap()).await
}

fn with(roles: &str) -> TestServer {
    TestServer::of_roles(&roles.parse().unwrap())
}

#[tokio::test]
async fn a_gateway_says_who_answers_calls_and_shows_pages() {
    let gateway = with("gateway,worker");
    for (method, path) in
        [("GET", "/api/v1/rooms"), ("POST", "/api/v1/users"), ("GET", "/"), ("GET", "/api/v1/openapi.json")]
    {
        let (status, problem) = asked(&gateway, method, path).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::NOT_FOUND, Some("other_role")), "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("gateway,worker") && detail.contains("api"), "{detail}");
    }
}

#[tokio::test]
async fn an_api_node_says_who_holds_connections() {
    let api = with("api");
    for (method, path) in [
        ("GET", "/connection/websocket"),
        ("POST", "/connection/http_stream"),
        ("GET", "/connection/sse"),
        ("POST", "/emulation"),
    ] {
        let (status, problem) = asked(&api, method, path).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::NOT_FOUND, Some("other_role")), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("gateway"), "{problem}");
    }
    let (status, _) = asked(&api, "GET", "/api/v1/config").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_worker_answers_neither() {
    let worker = with("worker");
    for path in ["/", "/api/v1/rooms", "/connection/websocket"] {
        let (status, problem) = asked(&worker, "GET", path).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::NOT_FOUND, Some("other_role")), "{path}");
    }
}
