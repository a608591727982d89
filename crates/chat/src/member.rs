//! A user's membership of a room.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{FieldError, Seq, Timestamp, User};

/// What a member may do, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads and posts.
    Member,
    /// Also adds, removes and renames.
    Admin,
    /// Also sets roles. A room with members has exactly one.
    Owner,
}

impl Role {
    /// The role's name on the wire and in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match text {
            "member" => Ok(Self::Member),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            _ => Err(FieldError::new("role", "unknown", "a role is owner, admin or member")),
        }
    }
}

/// A user's membership of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// How far they have read. Only moves forward.
    pub read_seq: Seq,
    /// How far their devices have the room's messages. Only moves forward, and is never behind `read_seq`.
    pub delivered_seq: Seq,
    /// Until when they may say nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// When they last wrote, where the room makes its members wait.
    #[serde(skip)]
    pub posted_at: Option<Timestamp>,
    /// Whether the other one of a direct room wants nothing from them.
    #[serde(skip)]
    pub is_blocked: bool,
}
