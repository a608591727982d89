//! Hints as other nodes read them.

use std::sync::Arc;

use chinwag_chat::{
    Change, Channel, Head, Hint, Rev, RoomChange, RoomEvent, RoomId, Seq, SessionId, StateEvent, Timestamp,
    UserChange, UserEvent, UserId,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A hint that came in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "nearly every hint is of a room, and it lives for one call")]
pub(crate) enum WireHint {
    Room { id: RoomId, rev: Rev, at: Timestamp, event: RoomEvent },
    User { id: UserId, rev: Rev, at: Timestamp, event: UserEvent },
    Moved { channel: WireChannel, seq: Seq, rev: Rev },
    State { channel: WireChannel, event: StateEvent },
    Revoked { session: SessionId },
    Disabled { user: UserId },
}

/// A hint that goes out: the same, borrowed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outgoing<'a> {
    Room { id: RoomId, rev: Rev, at: Timestamp, event: &'a RoomEvent },
    User { id: &'a UserId, rev: Rev, at: Timestamp, event: &'a UserEvent },
    Moved { channel: String, seq: Seq, rev: Rev },
    State { channel: String, event: &'a StateEvent },
    Revoked { session: SessionId },
    Disabled { user: &'a UserId },
}

/// A channel by its name.
#[derive(Debug)]
pub(crate) struct WireChannel(Channel);

impl<'de> Deserialize<'de> for WireChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        name.parse().map(Self).map_err(D::Error::custom)
    }
}

impl From<WireHint> for Hint {
    fn from(hint: WireHint) -> Self {
        match hint {
            WireHint::Room { id, rev, at, event } => {
                Self::Changed(Arc::new(Change::Room(RoomChange { room: id, rev, at, event })))
            }
            WireHint::User { id, rev, at, event } => {
                Self::Changed(Arc::new(Change::User(UserChange { user: id, rev, at, event })))
            }
            WireHint::Moved { channel, seq, rev } => Self::Moved(channel.0, Head { seq, rev }),
            WireHint::State { channel, event } => Self::State(channel.0, Arc::new(event)),
            WireHint::Revoked { session } => Self::SessionRevoked(session),
            WireHint::Disabled { user } => Self::UserDisabled(user),
        }
    }
}

/// Writes a hint in at most so many bytes: a change that is longer only as the news that there is one. `None` where
/// even that is of no use.
pub(crate) fn encode(hint: &Hint, max_bytes: usize) -> Option<String> {
    let whole = serde_json::to_string(&outgoing(hint)).ok()?;
    if whole.len() <= max_bytes {
        return Some(whole);
    }
    let Hint::Changed(change) = hint else { return None };
    let seq = match &**change {
        Change::Room(RoomChange { event: RoomEvent::MessageCreated { message }, .. }) => message.seq,
        _ => Seq::ZERO,
    };
    let moved = Outgoing::Moved { channel: change.channel().to_string(), seq, rev: change.rev() };
    serde_json::to_string(&moved).ok().filter(|moved| moved.len() <= max_bytes)
}

fn outgoing(hint: &Hint) -> Outgoing<'_> {
    match hint {
        Hint::Changed(change) => match &**change {
            Change::Room(RoomChange { room, rev, at, event }) => {
                Outgoing::Room { id: *room, rev: *rev, at: *at, event }
            }
            Change::User(UserChange { user, rev, at, event }) => {
                Outgoing::User { id: user, rev: *rev, at: *at, event }
            }
        },
        Hint::Moved(channel, head) => {
            Outgoing::Moved { channel: channel.to_string(), seq: head.seq, rev: head.rev }
        }
        Hint::State(channel, event) => Outgoing::State { channel: channel.to_string(), event },
        Hint::SessionRevoked(session) => Outgoing::Revoked { session: *session },
        Hint::UserDisabled(user) => Outgoing::Disabled { user },
    }
}
