//! What a publication says, as far as a history wants to know it.

use bytes::Bytes;
use serde::Deserialize;

use crate::chaos::message::text_of;

/// A change of a room.
#[derive(Debug, Deserialize)]
pub(in crate::chaos) struct Change {
    #[serde(rename = "type")]
    kind: String,
    room: Option<String>,
    rev: Option<u64>,
    message: Option<Sent>,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct Sent {
    client_id: String,
    room: String,
    rev: u64,
    text: String,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
}

impl Change {
    pub(in crate::chaos) fn read(data: &Bytes) -> serde_json::Result<Self> {
        serde_json::from_slice(data)
    }

    /// The `client_id` of a message, else a name that no other change has.
    pub(in crate::chaos) fn id(&self, room: &str, rev: u64) -> String {
        match &self.message {
            Some(message) => message.client_id.clone(),
            None => format!("{} at {rev} in {room}", self.kind),
        }
    }

    /// What is wrong with it, as a change that arrived in that room at that place.
    pub(in crate::chaos) fn fault(&self, room: &str, rev: u64) -> Option<String> {
        let says = self.message.as_ref().map_or((self.room.as_deref(), self.rev), |message| {
            (Some(message.room.as_str()), Some(message.rev))
        });
        if says != (Some(room), Some(rev)) {
            return Some(format!("the change at {rev} in {room} says that it is {says:?}"));
        }
        let message = self.message.as_ref()?;
        (message.text != text_of(&message.client_id))
            .then(|| format!("the text of {} is not what was sent: {:?}", message.client_id, message.text))
    }

    /// Who left the room, if that is what happened.
    pub(in crate::chaos) fn who_left(&self) -> Option<&str> {
        (self.kind == "member.left").then(|| self.user.as_ref().map(|user| user.id.as_str())).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str, room: &str, rev: u64) -> Change {
        let text = text.replace('"', "'");
        let json = format!(
            r#"{{"type":"message.created","message":{{"client_id":"1-2-3-0","room":"{room}","rev":{rev},"text":"{text}"}}}}"#
        );
        Change::read(&json.into()).unwrap()
    }

    #[test]
    fn a_change_that_is_not_what_was_sent_is_noticed() {
        let text = text_of("1-2-3-0");
        assert_eq!(change(&text, "r", 4).fault("r", 4), None);
        assert_eq!(change(&text, "r", 4).id("r", 4), "1-2-3-0");
        assert!(change(&text, "r", 4).fault("other", 4).is_some());
        assert!(change(&text, "r", 4).fault("r", 5).is_some());
        assert!(change("something else", "r", 4).fault("r", 4).is_some());
    }

    #[test]
    fn who_left_is_told() {
        let json = r#"{"type":"member.left","room":"r","rev":9,"user":{"id":"u","name":"n"}}"#;
        let left = Change::read(&json.into()).unwrap();
        assert_eq!((left.who_left(), left.fault("r", 9)), (Some("u"), None));
        assert_eq!(left.id("r", 9), "member.left at 9 in r");
    }
}
