//! Direct events: whom they may go to, and what they may hold.

use std::time::Duration;

use axum::http::StatusCode;
use chinwag_api::{ApiSettings, Rate};
use chinwag_chat::{Channel, Hint, StateEvent};
use serde_json::{Value, json};

use super::{RequestExt as _, TestServer, post, text};

impl TestServer {
    async fn tell(&self, token: &str, to: &str, event: &Value) -> (StatusCode, Value) {
        self.ask(post(&format!("/api/v1/users/{to}/events"), event).by(token)).await
    }

    /// The direct events that went out, each as its channel and what is published there.
    fn told(&self) -> Vec<(String, Value)> {
        let hints = self.bus.0.lock();
        let told = hints.iter().filter_map(|hint| match hint {
            Hint::State(channel @ Channel::User(_), event)
                if matches!(**event, StateEvent::Direct { .. }) =>
            {
                Some((channel.to_string(), serde_json::to_value(&**event).unwrap()))
            }
            _ => None,
        });
        told.collect()
    }
}

#[tokio::test]
async fn whoever_shares_a_room_is_told_and_so_are_ones_own_devices() {
    let server = TestServer::new();
    let (ada, by_ada) = server.user("ada").await;
    let (bob, by_bob) = server.user("bob").await;
    let room = json!({"kind": "direct", "members": [bob]});
    server.ask(post("/api/v1/rooms", &room).by(&by_ada)).await;
    let offer = json!({"type": "call.offer", "data": {"sdp": [1, "two", null]}});
    assert_eq!(server.tell(&by_ada, &bob, &offer).await, (StatusCode::OK, json!({"connections": 0})));
    assert_eq!(server.tell(&by_bob, &bob, &json!({"type": "open"})).await.0, StatusCode::OK);
    let published = |who: &str, name: &str, event: &str, data: &Value| {
        let from = json!({"id": who, "name": name, "display_name": name});
        (format!("user:{bob}"), json!({"type": "user.event", "from": from, "event": event, "data": data}))
    };
    let expected =
        [published(&ada, "ada", "call.offer", &offer["data"]), published(&bob, "bob", "open", &Value::Null)];
    assert_eq!(server.told(), expected);
}

#[tokio::test]
async fn whoever_shares_no_room_is_a_user_who_does_not_exist() {
    let server = TestServer::new();
    let (_, by_ada) = server.user("ada").await;
    let (eve, by_eve) = server.user("eve").await;
    // To see a public room is not to be in it.
    let room = json!({"kind": "public", "name": "Harbour"});
    server.ask(post("/api/v1/rooms", &room).by(&by_eve)).await;
    let event = json!({"type": "call.offer"});
    let stranger = server.tell(&by_ada, &eve, &event).await;
    assert_eq!((stranger.0, text(&stranger.1["code"]).as_str()), (StatusCode::NOT_FOUND, "unknown_user"));
    for nobody in ["nobody", "not%20an%20id"] {
        assert_eq!(server.tell(&by_ada, nobody, &event).await, stranger);
    }
    assert_eq!(server.told(), []);
}

#[tokio::test]
async fn what_an_event_may_not_be_is_told() {
    let server = TestServer::new();
    let (ada, by_ada) = server.user("ada").await;
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    for (event, status, field) in [
        (json!({"data": 1}), StatusCode::UNPROCESSABLE_ENTITY, "type"),
        (json!({"type": "Call Offer"}), StatusCode::UNPROCESSABLE_ENTITY, "type"),
        (json!({"type": "x".repeat(65)}), StatusCode::UNPROCESSABLE_ENTITY, "type"),
        (json!({"type": "x", "data": deep}), StatusCode::UNPROCESSABLE_ENTITY, "data"),
    ] {
        let (answered, problem) = server.tell(&by_ada, &ada, &event).await;
        assert_eq!((answered, problem["errors"][0]["field"].as_str()), (status, Some(field)), "{problem}");
    }
    let long = |bytes: usize| json!({"type": "x", "data": "\u{1}".repeat(bytes / 6)});
    assert_eq!(server.tell(&by_ada, &ada, &long(65_000)).await.0, StatusCode::OK);
    let (status, problem) = server.tell(&by_ada, &ada, &long(66_000)).await;
    assert_eq!((status, text(&problem["code"]).as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    assert!(text(&problem["detail"]).contains("65536"), "{problem}");
}

#[tokio::test]
async fn an_event_counts_as_a_message() {
    let mut settings = ApiSettings::default();
    settings.rate_limits.sends_per_user = Rate::new(1, Duration::from_secs(10));
    settings.rate_limits.requests_per_user = Rate::new(1, Duration::from_secs(10));
    let server = TestServer::with(settings);
    let (ada, by_ada) = server.user("ada").await;
    let event = json!({"type": "open"});
    assert_eq!(server.tell(&by_ada, &ada, &event).await.0, StatusCode::OK);
    assert_eq!(server.tell(&by_ada, &ada, &event).await.0, StatusCode::TOO_MANY_REQUESTS);
    // It was not counted twice.
    let (status, _) = server.ask(super::request("GET", "/api/v1/rooms").by(&by_ada)).await;
    assert_eq!(status, StatusCode::OK);
}
