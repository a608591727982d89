//! Keys: whom they speak for, and when they do no more.

use axum::http::StatusCode;
use chinwag_chat::{Hint, KeyId};
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, request, text, with_body};

impl TestServer {
    /// The first account looks after the server.
    async fn admin(&self) -> String {
        self.user("root").await.1
    }

    async fn server_key(&self, admin: &str) -> (String, String) {
        let (status, made) = self.ask(post("/api/v1/admin/keys", &json!({"name": "shop"})).by(admin)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        (text(&made["id"]), text(&made["key"]))
    }

    async fn me(&self, token: &str) -> (StatusCode, Value) {
        self.ask(request("GET", "/api/v1/users/me").by(token)).await
    }
}

#[tokio::test]
async fn a_withdrawn_key_speaks_for_nobody_and_every_node_hears_of_it() {
    let server = TestServer::new();
    let admin = server.admin().await;
    let (status, made) = server.ask(post("/api/v1/bots", &json!({"name": "release_bot"})).by(&admin)).await;
    assert_eq!((status, &made["user"]["bot"]), (StatusCode::CREATED, &json!(true)));
    assert_eq!(made["user"]["display_name"], "release_bot");
    let (bot, key) = (text(&made["user"]["id"]), text(&made["key"]));
    assert!(key.starts_with("cwb_"), "what leaks is recognised");
    let (status, me) = server.me(&key).await;
    assert_eq!((status, &me["id"]), (StatusCode::OK, &made["user"]["id"]));
    let path = format!("/api/v1/bots/{bot}/keys");
    let (_, listed) = server.ask(request("GET", &path).by(&admin)).await;
    assert!(listed["keys"][0]["last_used_at"].is_string() && !listed.to_string().contains("cwb_"));
    let id = text(&listed["keys"][0]["id"]);
    let (status, _) = server.ask(request("DELETE", &format!("{path}/{id}")).by(&admin)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(server.me(&key).await.0, StatusCode::UNAUTHORIZED);
    let ended = id.parse::<KeyId>().unwrap().as_session();
    let told =
        server.bus.0.lock().iter().any(|hint| matches!(hint, Hint::SessionRevoked(id) if *id == ended));
    assert!(told);
}

#[tokio::test]
async fn a_server_key_speaks_for_whom_it_names_and_for_nobody_else() {
    let server = TestServer::new();
    let admin = server.admin().await;
    let (ada, by_ada) = server.user("ada").await;
    let (id, key) = server.server_key(&admin).await;
    let on_behalf =
        |user: &str| request("GET", "/api/v1/users/me").by(&key).with_header("chinwag-user", user);
    let (status, me) = server.ask(on_behalf(&ada)).await;
    assert_eq!((status, &me["name"]), (StatusCode::OK, &json!("ada")));
    for (user, code) in [("nobody", "unknown_user"), ("a b", "unknown_user"), ("", "unknown_user")] {
        let (status, problem) = server.ask(on_behalf(user)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!(code)), "{user:?}");
    }
    let (status, problem) = server.me(&key).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("permission_denied")));
    assert!(text(&problem["detail"]).contains("Chinwag-User"), "{problem}");
    let other = request("GET", "/api/v1/users/me").by(&by_ada).with_header("chinwag-user", &ada);
    assert_eq!(server.ask(other).await.0, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/admin/keys/{id}");
    let with_itself = request("DELETE", &path).by(&key).with_header("chinwag-user", &ada);
    assert_eq!(server.ask(with_itself).await.0, StatusCode::FORBIDDEN);
    let (status, _) = server.ask(request("DELETE", &path).by(&admin)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(server.ask(on_behalf(&ada)).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_connection_is_opened_with_a_server_key_or_a_hooks_secret() {
    let server = TestServer::new();
    let admin = server.admin().await;
    let (_, key) = server.server_key(&admin).await;
    let room = json!({"kind": "public", "name": "Builds"});
    let (_, room) = server.ask(post("/api/v1/rooms", &room).by(&admin)).await;
    let hooks = format!("/api/v1/rooms/{}/hooks", text(&room["id"]));
    let (status, hook) = server.ask(post(&hooks, &json!({"name": "builds"})).by(&admin)).await;
    assert_eq!(status, StatusCode::CREATED, "{hook}");
    let secret = text(&hook["url"]).rsplit('/').next().unwrap().to_owned();
    for token in [&key, &secret] {
        let error = server.api.authenticator().arrive(token).await.unwrap_err();
        assert_eq!(error.code.as_str(), "unauthorized");
    }
}

#[tokio::test]
async fn a_user_who_is_vouched_for_is_there_however_often_it_is_asked_for() {
    let server = TestServer::new();
    let admin = server.admin().await;
    let (_, key) = server.server_key(&admin).await;
    let put = |body: Value| with_body("PUT", "/api/v1/users/shop%7C7", body.to_string()).by(&key);
    let (status, user) = server.ask(put(json!({"display_name": "Ada"}))).await;
    assert_eq!((status, &user["id"]), (StatusCode::CREATED, &json!("shop|7")));
    assert_eq!((&user["name"], &user["display_name"]), (&json!("shop-7"), &json!("Ada")));
    let (status, again) = server.ask(put(json!({"display_name": "Ada"}))).await;
    assert_eq!((status, &again), (StatusCode::OK, &user));
    let (status, renamed) = server.ask(put(json!({"name": "shop-7", "display_name": "Ada L"}))).await;
    assert_eq!((status, &renamed["display_name"]), (StatusCode::OK, &json!("Ada L")));
}

#[tokio::test]
async fn what_a_hook_is_refused_tells_nothing_of_hooks() {
    let server = TestServer::new();
    let admin = server.admin().await;
    let room = json!({"kind": "private", "name": "Builds"});
    let (_, room) = server.ask(post("/api/v1/rooms", &room).by(&admin)).await;
    let hooks = format!("/api/v1/rooms/{}/hooks", text(&room["id"]));
    let (_, hook) = server.ask(post(&hooks, &json!({"name": "builds"})).by(&admin)).await;
    let url = text(&hook["url"]);
    let said = json!({"text": "green", "icon_emoji": ":ship:"});
    assert_eq!(server.ask(post(&url, &said)).await.0, StatusCode::CREATED);
    let no_such_id = url.replace(&text(&hook["id"]), &KeyId::from_parts(1, 1).to_string());
    let mut answers = vec![];
    for wrong in [format!("{url}x"), no_such_id, "/api/v1/hooks/x/y".to_owned()] {
        let (status, problem) = server.ask(post(&wrong, &said)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        answers.push(problem);
    }
    assert!(answers.iter().all(|problem| *problem == answers[0]), "{answers:?}");
    assert_eq!(answers[0]["code"], "unknown_hook");
}
