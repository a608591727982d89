//! Every call does what the protocol says.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, request, text, with_body};

#[tokio::test]
async fn two_people_talk() {
    let server = TestServer::new();
    let (ada, by_ada) = server.user("Ada").await;
    let (grace, by_grace) = server.user("grace").await;

    let room = json!({"kind": "public", "name": "Harbour"});
    let (status, room) = server.ask(post("/api/v1/rooms", &room).by(&by_ada)).await;
    assert_eq!(
        (status, &room["role"], &room["member_count"]),
        (StatusCode::CREATED, &json!("owner"), &json!(1))
    );
    let room = format!("/api/v1/rooms/{}", text(&room["id"]));

    let join = json!({"user": grace});
    let (status, member) = server.ask(post(&format!("{room}/members"), &join).by(&by_grace)).await;
    assert_eq!(
        (status, &member["role"], &member["user"]["name"]),
        (StatusCode::CREATED, &json!("member"), &json!("grace"))
    );
    let (status, _) = server.ask(post(&format!("{room}/members"), &join).by(&by_grace)).await;
    assert_eq!(status, StatusCode::OK);

    let message = json!({"client_id": "c1", "text": "Shall we?"});
    let (status, sent) = server.ask(post(&format!("{room}/messages"), &message).by(&by_grace)).await;
    assert_eq!((status, &sent["seq"]), (StatusCode::CREATED, &json!(1)));
    let (status, again) = server.ask(post(&format!("{room}/messages"), &message).by(&by_grace)).await;
    assert_eq!((status, &again), (StatusCode::OK, &sent));
    let other = json!({"client_id": "c1", "text": "Shall we not?"});
    let (status, problem) = server.ask(post(&format!("{room}/messages"), &other).by(&by_grace)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("client_id_conflict")));

    let (_, page) = server.ask(request("GET", &format!("{room}/messages?limit=10")).by(&by_ada)).await;
    assert_eq!((&page["messages"][0]["text"], &page["has_more"]), (&json!("Shall we?"), &json!(false)));
    let (_, rooms) = server.ask(request("GET", "/api/v1/rooms").by(&by_ada)).await;
    assert_eq!((&rooms["rooms"][0]["unread"], &rooms["rooms"][0]["head_seq"]), (&json!(1), &json!(1)));
    let (status, cursor) = server.ask(post(&format!("{room}/read"), &json!({"seq": 1})).by(&by_ada)).await;
    assert_eq!((status, cursor), (StatusCode::OK, json!({"read_seq": 1, "unread": 0, "mentions": 0})));

    let role = with_body("PATCH", &format!("{room}/members/{grace}"), r#"{"role": "admin"}"#);
    let (status, member) = server.ask(role.by(&by_ada)).await;
    assert_eq!((status, &member["role"]), (StatusCode::OK, &json!("admin")));
    let name = with_body("PATCH", &room, r#"{"name": "Pier"}"#);
    let (status, renamed) = server.ask(name.by(&by_grace)).await;
    assert_eq!((status, &renamed["name"]), (StatusCode::OK, &json!("Pier")));
    let (_, members) = server.ask(request("GET", &format!("{room}/members")).by(&by_grace)).await;
    assert_eq!(members["members"].as_array().map(Vec::len), Some(2));
    let (status, _) = server.ask(request("DELETE", &format!("{room}/members/{grace}")).by(&by_grace)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, seen) = server.ask(request("GET", &room).by(&by_grace)).await;
    assert_eq!((&seen["role"], &seen["member_count"]), (&Value::Null, &json!(1)));
    let (_, public) = server.ask(request("GET", "/api/v1/rooms/public?query=pier").by(&by_grace)).await;
    assert_eq!(public["rooms"].as_array().map(Vec::len), Some(1));

    let direct = json!({"kind": "direct", "members": [grace]});
    let (status, first) = server.ask(post("/api/v1/rooms", &direct).by(&by_ada)).await;
    assert_eq!((status, &first["peer"]["name"]), (StatusCode::CREATED, &json!("grace")));
    let direct = json!({"kind": "direct", "members": [ada]});
    let (status, second) = server.ask(post("/api/v1/rooms", &direct).by(&by_grace)).await;
    assert_eq!((status, &second["id"]), (StatusCode::OK, &first["id"]));

    let (_, found) = server.ask(request("GET", "/api/v1/users?query=GR").by(&by_ada)).await;
    assert_eq!(found["users"][0]["id"], json!(grace));
    let (_, online) =
        server.ask(request("GET", &format!("/api/v1/presence?users={ada},{grace}")).by(&by_ada)).await;
    let away = |user| json!({"id": user, "presence": "offline"});
    assert_eq!(online, json!({"online": [], "users": [away(&ada), away(&grace)]}));
}

#[tokio::test]
async fn a_room_one_may_not_see_is_no_room() {
    let server = TestServer::new();
    let (_, by_ada) = server.user("ada").await;
    let (_, by_eve) = server.user("eve").await;
    let room = json!({"kind": "private", "name": "Vault"});
    let (_, room) = server.ask(post("/api/v1/rooms", &room).by(&by_ada)).await;
    let hidden = text(&room["id"]);
    let mut answers = Vec::new();
    for id in [hidden.as_str(), "01KAJQ8ZQK7N5V3T2R9X4M6B1D", "nonsense", "%2e%2e"] {
        let room = format!("/api/v1/rooms/{id}");
        for asked in [
            request("GET", &room),
            request("GET", &format!("{room}/messages")),
            request("GET", &format!("{room}/members")),
            post(&format!("{room}/messages"), &json!({"client_id": "c", "text": "hi"})),
            post(&format!("{room}/read"), &json!({"seq": 1})),
            post(&format!("{room}/delivered"), &json!({"seq": 1})),
            post(&format!("{room}/threads/1/read"), &json!({"seq": 1})),
            request("GET", &format!("{room}/messages/1")),
            request("GET", &format!("{room}/messages/1/edits")),
            request("GET", &format!("{room}/pins")),
            request("PUT", &format!("{room}/pins/1")),
            request("DELETE", &format!("{room}/pins/1")),
            request("PUT", &format!("{room}/messages/1/reactions/%F0%9F%91%8D")),
            request("DELETE", &format!("{room}/messages/1/reactions/%F0%9F%91%8D")),
            with_body("PATCH", &format!("{room}/messages/1"), r#"{"text": "mine"}"#),
            request("DELETE", &format!("{room}/messages/1")),
            with_body("PATCH", &room, r#"{"name": "Mine"}"#),
        ] {
            answers.push(server.ask(asked.by(&by_eve)).await);
        }
    }
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::NOT_FOUND), "{answers:?}");
    assert!(answers.iter().all(|(_, problem)| problem == &answers[0].1), "{answers:?}");
}
