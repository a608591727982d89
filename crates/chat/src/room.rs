//! Rooms: conversations of any kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    FieldError, Head, Message, NotificationSettings, Rev, Role, RoomId, RoomSettings, Seq, Timestamp, User,
    UserId,
};

/// What sort of conversation a room is; it decides who may see it and what they may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Everybody may find, read and join it.
    Public,
    /// Only for those whom its admins added.
    Private,
    /// An informal conversation in which members are equals and any of them may add another.
    Group,
    /// Two people, the same room every time.
    Direct,
}

impl RoomKind {
    /// The kind's name on the wire and in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Group => "group",
            Self::Direct => "direct",
        }
    }
}

impl FromStr for RoomKind {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match text {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            "group" => Ok(Self::Group),
            "direct" => Ok(Self::Direct),
            _ => Err(FieldError::new("kind", "unknown", "a kind is public, private, group or direct")),
        }
    }
}

/// A room's name: 1 to 80 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(String);

impl RoomName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomName {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if !(1..=80).contains(&text.chars().count()) {
            return Err(FieldError::new("name", "length", "a room's name has 1 to 80 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(FieldError::new("name", "characters", "a room's name holds no control characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A room as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The room's id.
    pub id: RoomId,
    /// What sort of conversation it is.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    pub name: Option<RoomName>,
    /// The two people of a direct room.
    pub direct: Option<DirectKey>,
    /// The newest message and change.
    pub head: Head,
    /// How many members it has.
    pub member_count: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When something was last said there. Orders room lists; nothing else.
    pub active_at: Timestamp,
    /// How it is set up.
    pub settings: RoomSettings,
}

/// What makes a direct room the same for the same two people: their ids, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DirectKey(String);

impl DirectKey {
    /// The key of these two, whichever way round.
    #[must_use]
    pub fn of(one: &UserId, other: &UserId) -> Self {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        // A user id holds no ':', so no two pairs share a key.
        Self(format!("{first}:{second}"))
    }

    /// A key that a store kept.
    #[must_use]
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A room as one user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomView {
    /// The room's id.
    pub id: RoomId,
    /// What sort of conversation it is.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    pub name: Option<RoomName>,
    /// The other one of a direct room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<User>,
    /// The caller's role; none where a public room was not joined.
    pub role: Option<Role>,
    /// How many members it has.
    pub member_count: u64,
    /// The newest message's number.
    pub head_seq: Seq,
    /// The newest change's number.
    pub head_rev: Rev,
    /// How far the caller has read.
    pub read_seq: Seq,
    /// How many messages the caller has not read; see [`Cursor::unread`](crate::Cursor).
    pub unread: u64,
    /// How many of those mention the caller.
    pub mentions: u64,
    /// What the caller wants to be told of; nothing where they have not joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<NotificationSettings>,
    /// The newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// When it was created.
    pub created_at: Timestamp,
    /// How it is set up, where that differs from the defaults.
    #[serde(skip_serializing_if = "RoomSettings::is_default")]
    pub settings: RoomSettings,
}
