//! What another back end puts on a queue: whom to tell what.

use serde::Deserialize;
use serde_json::Value;

use crate::{ClientId, EventName, RoomId, UserId};

/// The type of an order that is a message, where it is for a room.
const MESSAGE: &str = "message";

/// What is to be delivered.
#[derive(Debug, Clone)]
pub struct Order {
    /// To whom.
    pub to: OrderTarget,
    /// What makes it the same order when it comes again.
    pub id: ClientId,
    /// What.
    pub what: Ordered,
}

/// Whom an order is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderTarget {
    /// A user's devices.
    User(UserId),
    /// Whoever follows a room.
    Room(RoomId),
}

/// What is to be said.
#[derive(Debug, Clone)]
pub enum Ordered {
    /// A message in that room, of the bot that speaks for other back ends.
    Message(RoomId, String),
    /// Something that is kept nowhere.
    Event(EventName, Value),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    to: To,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum To {
    User(String),
    Room(String),
}

impl Order {
    /// Reads an order; `given` is the id that the queue gave it, which counts where it has none of its own.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever put it there.
    pub fn read(body: &[u8], given: &str) -> Result<Self, String> {
        let Body { to, kind, data, id } =
            serde_json::from_slice(body).map_err(|error| format!("it is no order: {error}"))?;
        let id = id.as_deref().unwrap_or(given);
        let id = id.parse().map_err(|error| format!("id: {error}"))?;
        let to = match to {
            To::User(user) => OrderTarget::User(user.parse().map_err(|error| format!("to.user: {error}"))?),
            To::Room(room) => OrderTarget::Room(room.parse().map_err(|error| format!("to.room: {error}"))?),
        };
        let what = match (&to, kind.as_str()) {
            (OrderTarget::Room(room), MESSAGE) => match data.get("text") {
                Some(Value::String(text)) => Ordered::Message(*room, text.clone()),
                _ => return Err("data.text is missing: a message has a text".to_owned()),
            },
            _ => Ordered::Event(kind.parse().map_err(|error| format!("type: {error}"))?, data),
        };
        Ok(Self { to, id, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_for_a_room_of_type_message_is_a_message_and_all_else_an_event() {
        let room = r#"{"to": {"room": "01JZ0000000000000000000000"}, "type": "message", "data": {"text": "hi"}, "id": "m1"}"#;
        let order = Order::read(room.as_bytes(), "7-0").unwrap();
        assert!(matches!(order.what, Ordered::Message(_, text) if text == "hi"));
        assert_eq!(order.id.as_str(), "m1");
        let user = r#"{"to": {"user": "u1"}, "type": "message", "data": {"text": "hi"}}"#;
        let order = Order::read(user.as_bytes(), "7-0").unwrap();
        assert!(matches!(order.what, Ordered::Event(name, _) if name.as_str() == "message"));
        assert_eq!(order.id.as_str(), "7-0", "the queue's own");
    }

    #[test]
    fn what_is_no_order_says_why() {
        for (body, why) in [
            ("", "no order"),
            ("[]", "no order"),
            (r#"{"to": {"user": "u1", "room": "r"}, "type": "a"}"#, "no order"),
            (r#"{"to": {"everybody": true}, "type": "a"}"#, "no order"),
            (r#"{"to": {"user": "u1"}, "type": "Not A Name"}"#, "type:"),
            (r#"{"to": {"room": "nowhere"}, "type": "a"}"#, "to.room:"),
            (r#"{"to": {"room": "01JZ0000000000000000000000"}, "type": "message"}"#, "data.text"),
            (r#"{"to": {"user": "u1"}, "type": "a", "id": ""}"#, "id:"),
            (r#"{"to": {"user": "u1"}, "type": "a", "more": 1}"#, "no order"),
        ] {
            let error = Order::read(body.as_bytes(), "7-0").unwrap_err();
            assert!(error.contains(why), "{body}: {error}");
        }
    }
}
