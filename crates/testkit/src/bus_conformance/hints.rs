//! Hints to publish, and how to find them again.

use std::sync::Arc;

use chinwag_chat::{
    Change, Channel, Details, Hint, Message, MessageId, MessageText, Rev, RoomChange, RoomEvent, RoomId, Seq,
    SessionId, Timestamp, User,
};

use super::node::Told;

/// A room's channel.
pub(super) fn room(n: u128) -> Channel {
    Channel::Room(room_id(n))
}

/// A room's id.
pub(super) fn room_id(n: u128) -> RoomId {
    RoomId::from_parts(1_700_000_000_000, n)
}

/// Somebody whose name needs care on some wires.
pub(super) fn somebody() -> User {
    User::new(
        "auth0|ada@example.com".parse().unwrap(),
        "ada".parse().unwrap(),
        "Ada \"Lovelace\" 🎩".parse().unwrap(),
    )
}

/// What a room says as its change `rev`.
pub(super) fn said(room: u128, rev: u64, text: &str) -> Hint {
    let (room, rev, at) = (room_id(room), Rev(rev), Timestamp::from_unix_ms(1_700_000_000_123));
    let message = Message {
        id: MessageId::from_parts(1_700_000_000_123, u128::from(rev.0)),
        room,
        seq: Seq(rev.0),
        rev,
        sender: somebody(),
        client_id: "c1".parse().unwrap(),
        text: MessageText::from_stored(text),
        created_at: at,
        details: Details::default(),
    };
    let change = RoomChange { room, rev, at, event: RoomEvent::MessageCreated { message } };
    Hint::Changed(Arc::new(Change::Room(change)))
}

/// A hint that concerns every node.
pub(super) fn revoked(n: u128) -> Hint {
    Hint::SessionRevoked(SessionId::from_parts(0, n))
}

/// The numbers of the changes of a room that came, in their order.
pub(super) fn revs(told: &[Told], room: u128) -> Vec<u64> {
    let rev = |told: &Told| match told {
        Told::Hint(Hint::Changed(change)) if change.channel() == Channel::Room(room_id(room)) => {
            Some(change.rev().0)
        }
        _ => None,
    };
    told.iter().filter_map(rev).collect()
}

/// Whether a hint that concerns every node came.
pub(super) fn was_revoked(told: &[Told], n: u128) -> bool {
    let id = SessionId::from_parts(0, n);
    told.iter().any(|told| matches!(told, Told::Hint(Hint::SessionRevoked(session)) if *session == id))
}
