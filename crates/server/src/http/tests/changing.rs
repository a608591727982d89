//! Messages that change after they were sent.

use axum::http::StatusCode;
use chinwag_chat::{Channel, Hint, StateEvent};
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, request, text, with_body};

const THUMB: &str = "%F0%9F%91%8D";

/// Ada and Bob in a room of that kind, its path, and a message of Ada's in it.
struct Scene {
    server: TestServer,
    by_ada: String,
    bob: String,
    by_bob: String,
    room: String,
}

impl Scene {
    async fn new(kind: &str) -> Self {
        let server = TestServer::new();
        let (_, by_ada) = server.user("ada").await;
        let (bob, by_bob) = server.user("bob").await;
        let room = json!({"kind": kind, "name": "Harbour", "members": [bob]});
        let (status, room) = server.ask(post("/api/v1/rooms", &room).by(&by_ada)).await;
        assert_eq!(status, StatusCode::CREATED, "{room}");
        let room = format!("/api/v1/rooms/{}", text(&room["id"]));
        let scene = Self { server, by_ada, bob, by_bob, room };
        assert_eq!(scene.say(&scene.by_ada, json!({"text": "Shall we?"})).await, 1);
        scene
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let path = format!("{}{path}", self.room);
        let asked = match body {
            Some(body) => with_body(method, &path, body.to_string()),
            None => request(method, &path),
        };
        self.server.ask(asked.by(token)).await
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        let (status, answer) = self.ask(token, "GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// The number of the message sent.
    async fn say(&self, token: &str, mut message: Value) -> u64 {
        let sent = self.server.bus.0.lock().len();
        message["client_id"] = json!(format!("c{sent}"));
        let (status, answer) = self.ask(token, "POST", "/messages", Some(message)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer["seq"].as_u64().unwrap()
    }

    /// What the room's channel was told without a number, by type.
    fn told(&self, kind: &str) -> Vec<Value> {
        let hints = self.server.bus.0.lock();
        let told = hints.iter().filter_map(|hint| match hint {
            Hint::State(Channel::Room(_), event) if !matches!(**event, StateEvent::Typing { .. }) => {
                Some(serde_json::to_value(&**event).unwrap())
            }
            _ => None,
        });
        told.filter(|event| event["type"] == kind).collect()
    }
}

#[tokio::test]
async fn a_message_is_edited_and_what_it_said_is_for_its_sender_and_the_admins() {
    let scene = Scene::new("group").await;
    assert_eq!(scene.say(&scene.by_bob, json!({"text": "No"})).await, 2);
    let edit = json!({"text": "Yes, @ada"});
    let (status, problem) = scene.ask(&scene.by_ada, "PATCH", "/messages/2", Some(edit.clone())).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("permission_denied")));
    let (status, message) = scene.ask(&scene.by_bob, "PATCH", "/messages/2", Some(edit)).await;
    assert_eq!((status, &message["text"]), (StatusCode::OK, &json!("Yes, @ada")));
    assert!(message["edited_at"].is_string() && message["mentions"]["users"][0].is_string(), "{message}");
    assert_eq!(scene.get(&scene.by_ada, "/messages/2").await, message);
    // The owner may know.
    for token in [&scene.by_ada, &scene.by_bob] {
        let edits = scene.get(token, "/messages/2/edits").await;
        assert_eq!(edits["edits"].as_array().map(Vec::len), Some(1), "{edits}");
        assert_eq!(edits["edits"][0]["text"], json!("No"));
        assert!(edits["edits"][0]["rev"].is_u64() && edits["edits"][0]["replaced_at"].is_string());
    }
    let (status, _) = scene.ask(&scene.by_bob, "GET", "/messages/1/edits", None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_, long) = scene
        .ask(&scene.by_bob, "PATCH", "/messages/2", Some(json!({"text": "x".repeat(64 * 1024 + 1)})))
        .await;
    assert_eq!(long["code"], json!("too_large"));
}

#[tokio::test]
async fn a_deleted_message_keeps_its_number_and_nothing_else() {
    let scene = Scene::new("group").await;
    scene.ask(&scene.by_ada, "PATCH", "/messages/1", Some(json!({"text": "Shall we not?"}))).await;
    scene.ask(&scene.by_bob, "PUT", &format!("/messages/1/reactions/{THUMB}"), None).await;
    let (status, left) = scene.ask(&scene.by_ada, "DELETE", "/messages/1", None).await;
    assert_eq!((status, &left["text"], &left["seq"]), (StatusCode::OK, &json!(""), &json!(1)));
    assert!(left["deleted_at"].is_string() && left["reactions"].is_null(), "{left}");
    assert_eq!(scene.get(&scene.by_bob, "/messages/1").await, left);
    assert_eq!(scene.get(&scene.by_bob, "/messages").await["messages"], json!([left]));
    assert_eq!(scene.get(&scene.by_ada, "/messages/1/edits").await, json!({"edits": []}));
    for (method, path, body) in [
        ("DELETE", "/messages/1", None),
        ("PATCH", "/messages/1", Some(json!({"text": "again"}))),
        ("PUT", "/messages/1/reactions/%F0%9F%91%8D", None),
        ("PUT", "/pins/1", None),
        ("POST", "/messages", Some(json!({"client_id": "late", "text": "what?", "reply_to": 1}))),
    ] {
        let (status, problem) = scene.ask(&scene.by_ada, method, path, body).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("unknown_message")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn reactions_are_counted_and_name_who_put_them_there() {
    let scene = Scene::new("group").await;
    let put = |token: &str, emoji: &str| {
        let path = format!("/messages/1/reactions/{emoji}");
        let token = token.to_owned();
        let scene = &scene;
        async move { scene.ask(&token, "PUT", &path, None).await.0 }
    };
    assert_eq!(put(&scene.by_bob, THUMB).await, StatusCode::NO_CONTENT);
    assert_eq!(put(&scene.by_bob, THUMB).await, StatusCode::NO_CONTENT, "it is there already");
    assert_eq!(put(&scene.by_ada, "%E2%9D%A4%EF%B8%8F").await, StatusCode::NO_CONTENT);
    let message = scene.get(&scene.by_ada, "/messages/1").await;
    assert_eq!(message["reactions"][0], json!({"emoji": "👍", "count": 1, "users": [scene.bob]}));
    assert_eq!(message["reactions"][1]["emoji"], json!("❤️"));
    for _ in 0..2 {
        let path = format!("/messages/1/reactions/{THUMB}");
        assert_eq!(scene.ask(&scene.by_bob, "DELETE", &path, None).await.0, StatusCode::NO_CONTENT);
    }
    let message = scene.get(&scene.by_ada, "/messages/1").await;
    assert_eq!(message["reactions"].as_array().map(Vec::len), Some(1), "{message}");
    for bad in ["like", "%3Cb%3E", "1", "%20", "%00", &THUMB.repeat(17)] {
        let (status, problem) =
            scene.ask(&scene.by_ada, "PUT", &format!("/messages/1/reactions/{bad}"), None).await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("emoji")),
            "{bad}"
        );
    }
    let (status, _) = scene.ask(&scene.by_ada, "PUT", "/messages/1/reactions/%ff", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pins_are_listed_the_last_one_first() {
    let scene = Scene::new("private").await;
    assert_eq!(scene.say(&scene.by_bob, json!({"text": "Yes"})).await, 2);
    assert_eq!(scene.ask(&scene.by_bob, "PUT", "/pins/1", None).await.0, StatusCode::FORBIDDEN);
    for seq in [2, 1, 1] {
        let (status, _) = scene.ask(&scene.by_ada, "PUT", &format!("/pins/{seq}"), None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        // Pins of the same millisecond come in the order of their messages.
        let clock = scene.server.api.chat().clock();
        let at = clock.now();
        while clock.now() == at {
            tokio::task::yield_now().await;
        }
    }
    let pins = scene.get(&scene.by_bob, "/pins").await;
    let seqs: Vec<_> = pins["messages"].as_array().unwrap().iter().map(|pin| &pin["seq"]).collect();
    assert_eq!(seqs, [1, 2]);
    for _ in 0..2 {
        assert_eq!(scene.ask(&scene.by_ada, "DELETE", "/pins/1", None).await.0, StatusCode::NO_CONTENT);
    }
    assert_eq!(scene.get(&scene.by_bob, "/pins").await["messages"][0]["seq"], json!(2));
    assert_eq!(scene.ask(&scene.by_ada, "PUT", "/pins/9", None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(scene.ask(&scene.by_ada, "PUT", "/pins/first", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_thread_has_a_view_and_a_cursor_of_its_own() {
    let scene = Scene::new("group").await;
    assert_eq!(scene.say(&scene.by_bob, json!({"text": "Where?", "thread": 1})).await, 2);
    // An answer to an answer is in the same thread.
    assert_eq!(scene.say(&scene.by_ada, json!({"text": "There", "thread": 2, "reply_to": 2})).await, 3);
    assert_eq!(scene.say(&scene.by_ada, json!({"text": "And now"})).await, 4);
    let seqs = |page: Value| -> Vec<u64> {
        page["messages"].as_array().unwrap().iter().map(|one| one["seq"].as_u64().unwrap()).collect()
    };
    assert_eq!(seqs(scene.get(&scene.by_bob, "/messages").await), [1, 4]);
    let replies = scene.get(&scene.by_bob, "/messages?thread=1").await;
    assert_eq!(
        (&replies["messages"][1]["thread"], &replies["messages"][1]["reply_to"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(seqs(replies), [2, 3]);
    let root = scene.get(&scene.by_bob, "/messages/1").await;
    assert_eq!((&root["replies"]["count"], &root["replies"]["last_seq"]), (&json!(2), &json!(3)));

    let (_, threads) = scene.server.ask(request("GET", "/api/v1/threads").by(&scene.by_bob)).await;
    let thread = &threads["threads"][0];
    assert_eq!(
        (&thread["root"]["seq"], &thread["read_seq"], &thread["unread"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let read = json!({"seq": 3});
    let (status, thread) = scene.ask(&scene.by_bob, "POST", "/threads/1/read", Some(read.clone())).await;
    assert_eq!((status, &thread["read_seq"], &thread["unread"]), (StatusCode::OK, &json!(3), &json!(0)));
    let (status, _) = scene.ask(&scene.by_bob, "POST", "/threads/9/read", Some(read)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let missing = json!({"client_id": "x", "text": "hi", "thread": 9});
    let (status, problem) = scene.ask(&scene.by_bob, "POST", "/messages", Some(missing)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("unknown_message")));
}

#[tokio::test]
async fn what_is_got_and_read_moves_forward_and_is_told_in_a_small_room() {
    let scene = Scene::new("group").await;
    for n in 0..2 {
        scene.say(&scene.by_ada, json!({"text": format!("more {n} for @bob")})).await;
    }
    let (_, rooms) = scene.server.ask(request("GET", "/api/v1/rooms").by(&scene.by_bob)).await;
    assert_eq!((&rooms["rooms"][0]["unread"], &rooms["rooms"][0]["mentions"]), (&json!(3), &json!(2)));
    let moved = |path: &str, seq: u64| {
        let path = path.to_owned();
        let scene = &scene;
        async move { scene.ask(&scene.by_bob, "POST", &path, Some(json!({"seq": seq}))).await }
    };
    assert_eq!(moved("/delivered", 3).await, (StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(moved("/delivered", 1).await.0, StatusCode::NO_CONTENT);
    let read = json!({"read_seq": 2, "unread": 1, "mentions": 1});
    assert_eq!(moved("/read", 2).await, (StatusCode::OK, read.clone()));
    assert_eq!(moved("/read", 1).await.1, read);
    let receipt = |read_seq: u64, delivered_seq: u64| {
        let room = scene.room.rsplit('/').next().unwrap();
        json!({"type": "receipt", "room": room, "user": scene.bob, "read_seq": read_seq, "delivered_seq": delivered_seq})
    };
    assert_eq!(scene.told("receipt"), [receipt(0, 3), receipt(2, 3)]);
    let members = scene.get(&scene.by_ada, "/members").await;
    let bob =
        members["members"].as_array().unwrap().iter().find(|member| member["user"]["id"] == json!(scene.bob));
    let bob = bob.unwrap();
    assert_eq!((&bob["read_seq"], &bob["delivered_seq"]), (&json!(2), &json!(3)));
}
