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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// How far they have read. Only moves forward.
    pub read_seq: Seq,
}
