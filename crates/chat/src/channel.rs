//! The wire's word for a stream with a rev of its own.

use std::fmt;
use std::str::FromStr;

use crate::{RoomId, UserId};

/// A stream of numbered changes that a client can follow and resume.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// `room:<room id>`: the room's changes.
    Room(RoomId),
    /// `user:<user id>`: what concerns one user on all devices.
    User(UserId),
}

/// A name that is no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such channel")]
pub struct UnknownChannel;

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(id) => write!(f, "room:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(name: &str) -> Result<Self, UnknownChannel> {
        match name.split_once(':') {
            Some(("room", id)) => id.parse().map(Self::Room).map_err(|_| UnknownChannel),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| UnknownChannel),
            _ => Err(UnknownChannel),
        }
    }
}

impl From<RoomId> for Channel {
    fn from(id: RoomId) -> Self {
        Self::Room(id)
    }
}

impl From<UserId> for Channel {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_channel_or_nothing() {
        let room = Channel::Room(RoomId::from_parts(5, 5));
        assert_eq!(room.to_string().parse(), Ok(room));
        for bad in
            ["", "room", "room:", "Room:x", "user:", "user:a b", "user:a:b", "lobby:1", "room:../x", "user:*"]
        {
            assert_eq!(bad.parse::<Channel>(), Err(UnknownChannel), "{bad:?}");
        }
    }
}
