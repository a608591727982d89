//! Sessions: opened by signing in, proved by a secret, ended by time or by their owner.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::{
    Chat, Entropy, Hint, Session, SessionId, SessionToken, StoreError, Timestamp, TokenHash, User, UserId,
};
use sha2::{Digest, Sha256};

use super::SignedIn;
use crate::{ApiError, Caller, CallerSession, ErrorCode};

/// What every session token begins with, so that one that leaks into a log or a repository is recognised.
const PREFIX: &str = "cws_";
const SECRET_BYTES: usize = 32;
/// How precisely it is known when a session was last used: each note is a write.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const MAX_DEVICE_CHARS: usize = 120;

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetime {
    /// How long without being used.
    pub idle: Duration,
    /// How long at all.
    pub absolute: Duration,
}

impl Default for SessionLifetime {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { idle: 30 * DAY, absolute: 90 * DAY }
    }
}

/// Opens, recognises and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    chat: Chat,
    entropy: Arc<dyn Entropy>,
    lifetime: SessionLifetime,
}

impl Sessions {
    pub(super) fn new(chat: Chat, entropy: Arc<dyn Entropy>, lifetime: SessionLifetime) -> Self {
        Self { chat, entropy, lifetime }
    }

    /// Opens a session for somebody who proved who they are.
    pub(super) async fn open(&self, user: User, device: String) -> Result<SignedIn, ApiError> {
        let mut secret = [0; SECRET_BYTES];
        self.entropy.fill(&mut secret);
        let token = SessionToken(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)));
        let now = self.chat.clock().now();
        let session = Session {
            id: self.chat.ids().session(),
            user,
            device: printable(&device),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.lifetime.absolute),
        };
        self.chat.store().create_session(&session, hash(&token.0)).await?;
        Ok(SignedIn { session, token })
    }

    /// The caller who shows this token, and a note that they were here.
    ///
    /// # Errors
    /// `unauthorized` for a token that is unknown, expired or revoked (the answer is the same), or the store's failure.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Caller, ApiError> {
        if !token.starts_with(PREFIX) {
            return Err(ApiError::new(ErrorCode::Unauthorized));
        }
        let session = self.chat.store().session_by_token(hash(token)).await?;
        let now = self.chat.clock().now();
        let Some(session) = session.filter(|session| self.is_live(session, now)) else {
            return Err(ApiError::new(ErrorCode::Unauthorized));
        };
        if now.since(session.last_seen_at) >= TOUCH_EVERY {
            self.touch(&[session.id]).await;
        }
        let vouched = CallerSession::Session { id: session.id, expires_at: session.expires_at };
        Ok(Caller { user: session.user, session: vouched })
    }

    /// Notes that sessions are in use. A failure is logged and does no harm: a later note makes up for it.
    pub async fn touch(&self, ids: &[SessionId]) {
        if let Err(error) = self.chat.store().touch_sessions(ids, self.chat.clock().now()).await {
            tracing::warn!(%error, "cannot note that sessions are in use");
        }
    }

    /// Whether the session still vouches for its user: what a long connection asks from time to time, should the news
    /// of a revocation have been lost.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn still_vouches(&self, id: SessionId) -> Result<bool, StoreError> {
        let now = self.chat.clock().now();
        Ok(self.chat.store().session(id).await?.is_some_and(|session| self.is_live(&session, now)))
    }

    /// Those of the sessions that still vouch for their users, by one read of the store.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn still_vouching(&self, ids: &[SessionId]) -> Result<HashSet<SessionId>, StoreError> {
        let now = self.chat.clock().now();
        let mut sessions = self.chat.store().sessions_by_id(ids).await?;
        sessions.retain(|session| self.is_live(session, now));
        Ok(sessions.into_iter().map(|session| session.id).collect())
    }

    /// The live sessions of a user, or of everybody for the operator, the most recently used first.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn list(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let now = self.chat.clock().now();
        let mut sessions = self.chat.store().sessions(user, limit).await?;
        sessions.retain(|session| self.is_live(session, now));
        Ok(sessions)
    }

    /// Ends a session of the user's own.
    ///
    /// # Errors
    /// `unknown_session` where it is not theirs, or the store's failure.
    pub(crate) async fn revoke_own(&self, user: &UserId, id: SessionId) -> Result<(), ApiError> {
        match self.chat.store().session(id).await? {
            Some(session) if session.user.id == *user => self.revoke(id).await.map(drop).map_err(Into::into),
            _ => Err(ApiError::new(ErrorCode::UnknownSession)),
        }
    }

    /// Ends any session, for the operator; false where there was none. Its connections close on every node.
    ///
    /// # Errors
    /// The store's failure; then it may have ended or not.
    pub async fn revoke(&self, id: SessionId) -> Result<bool, StoreError> {
        let chat = self.chat.clone();
        // A task of its own: once the session is gone the nodes must hear of it, even where whoever asked hung up.
        let revocation = tokio::spawn(async move {
            let existed = chat.store().delete_session(id).await?;
            // Also where it was gone already: an earlier attempt may have ended it without hearing so.
            chat.bus().publish(Hint::SessionRevoked(id));
            Ok(existed)
        });
        revocation.await.unwrap_or_else(|error| Err(StoreError::Unknown(error.to_string())))
    }

    /// Forgets the sessions that time has ended. To be called now and then; their number.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.chat.clock().now();
        self.chat.store().delete_expired_sessions(now, earlier(now, self.lifetime.idle)).await
    }

    fn is_live(&self, session: &Session, now: Timestamp) -> bool {
        now < session.expires_at && now.since(session.last_seen_at) < self.lifetime.idle
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

fn hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_ms(now.unix_ms().saturating_sub(by))
}

/// A device's name comes from outside and is shown in lists: no control characters, not endless.
fn printable(device: &str) -> String {
    device.trim().chars().filter(|c| !c.is_control()).take(MAX_DEVICE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_name_is_short_and_harmless() {
        assert_eq!(printable(" Ada's \u{1b}[31mphone\n "), "Ada's [31mphone");
        assert_eq!(printable(&"x".repeat(500)).len(), MAX_DEVICE_CHARS);
    }

    #[test]
    fn the_store_sees_no_token() {
        let token = "cws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(hash(token), hash(token));
        assert_ne!(hash(token), hash(&token[..token.len() - 1]));
    }
}
