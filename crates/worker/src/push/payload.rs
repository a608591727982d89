//! What a notification says, and its seal.

use chinwag_chat::{PushKeys, PushNotice, Seq};
use serde::Serialize;
use web_push_native::{Auth, p256};

/// How much of a message is shown. Push services take 4096 bytes of a notification, sealed.
const MAX_BODY_CHARS: usize = 200;

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    sort: &'static str,
    room: String,
    seq: Seq,
    title: &'a str,
    body: String,
    badge: u64,
    url: String,
    tag: String,
}

/// What a device is told.
pub(super) fn of(notice: &PushNotice, badge: u64) -> serde_json::Result<Vec<u8>> {
    let message = &notice.message;
    let (room, sender) = (message.room.to_string(), message.sender.display_name.as_str());
    let text = match (message.text.as_str(), message.details.attachments.first()) {
        ("", Some(file)) => shortened(file.name.as_str()),
        (text, _) => shortened(text),
    };
    let (title, body) = match &notice.name {
        Some(name) => (name.as_str(), format!("{sender}: {text}")),
        // Of a conversation without a name, the sender is what tells it from others.
        None => (sender, text),
    };
    let url = match message.details.thread {
        Some(root) => format!("/r/{room}/threads/{root}"),
        None => format!("/r/{room}/messages/{}", message.seq),
    };
    serde_json::to_vec(&Payload {
        sort: "message",
        seq: message.seq,
        title,
        body,
        badge,
        url,
        tag: room.clone(),
        room,
    })
}

fn shortened(text: &str) -> String {
    let mut kept: String = text.chars().take(MAX_BODY_CHARS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// Encrypts a notification so that the device alone can read it.
pub(super) fn seal(payload: Vec<u8>, keys: &PushKeys) -> Result<Vec<u8>, String> {
    let device = p256::PublicKey::from_sec1_bytes(&keys.p256dh);
    let device = device.map_err(|_| "the device's key is none".to_owned())?;
    let auth = Auth::clone_from_slice(&keys.auth);
    web_push_native::encrypt(payload, &device, &auth).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(shortened("hello"), "hello");
        let long = "ü".repeat(MAX_BODY_CHARS + 1);
        assert_eq!(shortened(&long), "ü".repeat(MAX_BODY_CHARS) + "…");
    }
}
