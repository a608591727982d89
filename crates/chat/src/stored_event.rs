//! How stores keep a room's events: those about a message name it and do not repeat it.
//!
//! What is read back tells of the message as it is now. Whoever replays a log ends where the log ends, so nobody misses
//! anything; and what was deleted is nowhere to be found again.

use serde_json::Value;

use crate::{Message, RoomEvent, Seq};

/// An event as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The event as JSON, without the message.
    pub json: String,
    /// The message that belongs into it.
    pub message: Option<Seq>,
}

const MESSAGE: &str = "message";

impl StoredEvent {
    /// The event, to be kept.
    ///
    /// # Errors
    /// None that could come of an event; they are the serializer's.
    pub fn of(event: &RoomEvent) -> Result<Self, serde_json::Error> {
        let Some(message) = event.message() else {
            return Ok(Self { json: serde_json::to_string(event)?, message: None });
        };
        let mut value = serde_json::to_value(event)?;
        if let Value::Object(fields) = &mut value {
            fields.remove(MESSAGE);
        }
        Ok(Self { json: value.to_string(), message: Some(message.seq) })
    }

    /// The event of which a store knows that it tells of that message: that message and all before it are gone where
    /// there is none.
    ///
    /// # Errors
    /// Where it is no event.
    pub fn read_about(
        json: &str,
        seq: Option<Seq>,
        message: Option<&Message>,
    ) -> Result<RoomEvent, serde_json::Error> {
        match (seq, message) {
            (Some(up_to), None) => Ok(RoomEvent::MessagesRemoved { up_to }),
            _ => Self::read(json, message),
        }
    }

    /// The event, with the message as it is now.
    ///
    /// # Errors
    /// Where it is no event, or one that misses its message.
    pub fn read(json: &str, message: Option<&Message>) -> Result<RoomEvent, serde_json::Error> {
        let Some(message) = message else { return serde_json::from_str(json) };
        let mut value: Value = serde_json::from_str(json)?;
        if let Value::Object(fields) = &mut value {
            fields.insert(MESSAGE.to_owned(), serde_json::to_value(message)?);
        }
        serde_json::from_value(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, MessageId, MessageText, Rev, RoomId, Timestamp, User};

    fn user() -> User {
        User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap())
    }

    fn message(text: &str) -> Message {
        Message {
            id: MessageId::from_parts(1, 1),
            room: RoomId::from_parts(1, 7),
            seq: Seq(3),
            rev: Rev(4),
            sender: user(),
            client_id: "c1".parse().unwrap(),
            text: MessageText::from_stored(text),
            created_at: Timestamp::from_unix_ms(0),
            details: Details::default(),
        }
    }

    #[test]
    fn an_event_about_a_message_is_kept_without_it_and_read_with_what_it_says_now() {
        let event = RoomEvent::MessageEdited { message: message("secret"), by: user() };
        let stored = StoredEvent::of(&event).unwrap();
        assert_eq!(stored.message, Some(Seq(3)));
        assert!(!stored.json.contains("secret"));
        let now = message("nothing");
        let read = StoredEvent::read(&stored.json, Some(&now)).unwrap();
        assert_eq!(read, RoomEvent::MessageEdited { message: now, by: user() });
        assert!(StoredEvent::read(&stored.json, None).is_err());
    }

    #[test]
    fn every_other_event_is_kept_as_it_is() {
        let emoji = "👍".parse().unwrap();
        let event = RoomEvent::ReactionAdded { seq: Seq(3), emoji, user: user(), count: 1 };
        let stored = StoredEvent::of(&event).unwrap();
        assert_eq!(stored.message, None);
        assert_eq!(StoredEvent::read(&stored.json, None).unwrap(), event);
    }
}
