//! Sessions: opened by signing in, proved by a secret, ended by time or by their owner.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{
    Chat, Entropy, Hint, KeyId, Session, SessionId, SessionToken, StoreError, Timestamp, User, UserId,
};

use super::SignedIn;
use crate::secret::{hash, new_secret};
use crate::{ApiError, Caller, CallerSession, ErrorCode};

/// How many sessions are read at once where all of a user's are ended.
const EXPELLED_AT_ONCE: usize = 100;
/// What every session token begins with.
const PREFIX: &str = "cws_";
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
        let token = SessionToken(new_secret(&*self.entropy, PREFIX));
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

    /// Whether a session, or the key that a connection was opened with, still vouches for its user: what a long connection
    /// asks from time to time, should the news of a revocation have been lost.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn still_vouches(&self, id: SessionId) -> Result<bool, StoreError> {
        let now = self.chat.clock().now();
        match self.chat.store().session(id).await? {
            Some(session) => Ok(self.is_live(&session, now)),
            None => Ok(!self.chat.store().keys_by_id(&[KeyId::of_session(id)]).await?.is_empty()),
        }
    }

    /// Those of the sessions, and of the keys that connections were opened with, that still vouch for their users. One read
    /// of the store where all are sessions that do.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn still_vouching(&self, ids: &[SessionId]) -> Result<HashSet<SessionId>, StoreError> {
        let now = self.chat.clock().now();
        let mut sessions = self.chat.store().sessions_by_id(ids).await?;
        sessions.retain(|session| self.is_live(session, now));
        let mut vouching: HashSet<SessionId> = sessions.into_iter().map(|session| session.id).collect();
        let others = ids.iter().filter(|id| !vouching.contains(id));
        let others: Vec<KeyId> = others.map(|id| KeyId::of_session(*id)).collect();
        if !others.is_empty() {
            let keys = self.chat.store().keys_by_id(&others).await?;
            vouching.extend(keys.into_iter().map(|key| key.id.as_session()));
        }
        Ok(vouching)
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

    /// Ends all sessions of a user who may not come in any more, and closes all their connections on every node, those of an
    /// application's tokens too.
    ///
    /// # Errors
    /// The store's failure; then some may be left, but nobody gets in by them.
    pub(crate) async fn expel(&self, user: &UserId) -> Result<(), StoreError> {
        self.chat.bus().publish(Hint::UserDisabled(user.clone()));
        loop {
            let sessions = self.chat.store().sessions(Some(user), EXPELLED_AT_ONCE).await?;
            if sessions.is_empty() {
                return Ok(());
            }
            for session in sessions {
                self.revoke(session.id).await?;
            }
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
}
