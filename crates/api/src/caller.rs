//! Who asks, and from where.

use std::net::IpAddr;

use chinwag_chat::{KeyId, SessionId, Timestamp, User};

use crate::{ApiError, ErrorCode};

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: User,
    /// What vouches for them.
    pub session: CallerSession,
}

/// What vouches for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerSession {
    /// A session of Chinwag's own.
    Session {
        /// Which.
        id: SessionId,
        /// When it ends however much it is used.
        expires_at: Timestamp,
    },
    /// A token of the embedding application.
    Token {
        /// When its time is up.
        expires_at: Timestamp,
    },
    /// A key: a bot's own, or a server key by which a back end asks on somebody's behalf.
    Key {
        /// Which.
        id: KeyId,
    },
}

impl CallerSession {
    /// The session's id; tokens and keys have none.
    #[must_use]
    pub const fn id(&self) -> Option<SessionId> {
        match self {
            Self::Session { id, .. } => Some(*id),
            Self::Token { .. } | Self::Key { .. } => None,
        }
    }

    /// What connections are opened under, so that they end with it: a session or a key. Nothing ends a token before its time.
    #[must_use]
    pub const fn revocable(&self) -> Option<SessionId> {
        match self {
            Self::Session { id, .. } => Some(*id),
            Self::Key { id } => Some(id.as_session()),
            Self::Token { .. } => None,
        }
    }

    /// When the caller must show something new; a key is good until it is withdrawn.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Session { expires_at, .. } | Self::Token { expires_at } => Some(*expires_at),
            Self::Key { .. } => None,
        }
    }
}

/// Whoever asks over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// Somebody.
    Caller(Caller),
    /// The back end of the application that Chinwag is a part of, on nobody's behalf.
    BackEnd(KeyId),
}

/// What is known of a request besides what it asks for.
#[derive(Debug, Clone, Default)]
pub struct CallContext {
    /// Who asks, if they are signed in.
    pub caller: Option<Caller>,
    /// Where the request comes from, as far as it is known.
    pub address: Option<IpAddr>,
    /// What the client says that it is.
    pub user_agent: Option<String>,
}

impl CallContext {
    /// The context of somebody who is signed in.
    #[must_use]
    pub fn of(caller: Caller) -> Self {
        Self { caller: Some(caller), ..Self::default() }
    }

    /// The caller.
    ///
    /// # Errors
    /// `unauthorized` where nobody is signed in.
    pub fn signed_in(&self) -> Result<&Caller, ApiError> {
        self.caller.as_ref().ok_or(ApiError::new(ErrorCode::Unauthorized))
    }
}
