//! Sessions: one login of a user on a device, revocable, outliving its connections.

use std::fmt;

use crate::{SessionId, Timestamp, User};

/// One login of a user on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id, safe to show.
    pub id: SessionId,
    /// Whose it is.
    pub user: User,
    /// What the person would call the device; from the client, or its user agent.
    pub device: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
}

/// The SHA-256 of a session token. All the store ever sees of it, so that a stolen database signs nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// The secret that a client shows for its session. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
