//! Our ids for what Slack names: the same ones every time.

use chinwag_chat::{ClientId, MessageId, RoomId, Timestamp, UserId};
use sha2::{Digest as _, Sha256};

/// Somebody.
pub(super) fn user(id: &str) -> Option<UserId> {
    format!("slack-{id}").parse().ok()
}

/// A conversation that was created then.
pub(super) fn room(id: &str, created_at: Timestamp) -> RoomId {
    RoomId::from_parts(milliseconds(created_at), hash(&["room", id]))
}

/// A message of a conversation.
pub(super) fn message(conversation: &str, ts: &str, sender: &UserId, at: Timestamp) -> MessageId {
    MessageId::from_parts(milliseconds(at), hash(&["message", conversation, ts, sender.as_str()]))
}

/// What tells a message from all others of its sender in its room.
pub(super) fn client_id(ts: &str) -> Option<ClientId> {
    format!("slack-{ts}").parse().ok()
}

/// Slack names messages by seconds and microseconds.
pub(super) fn time(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let seconds: i64 = seconds.parse().ok()?;
    let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Timestamp::from_unix_ms(seconds.checked_mul(1_000)?.checked_add(milliseconds)?))
}

fn milliseconds(at: Timestamp) -> u64 {
    u64::try_from(at.unix_ms()).unwrap_or(0)
}

fn hash(parts: &[&str]) -> u128 {
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    digest.iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}
