//! Keys: how programs prove who they are.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Chat, Entropy, Hint, Key, KeyHolder, KeyId, RoomId, Timestamp, TokenHash, User};

use crate::secret::{hash, new_secret};
use crate::{ApiError, Caller, CallerSession, ErrorCode};

/// What a bot's key begins with.
const BOT: &str = "cwb_";
/// What a server key begins with.
const SERVER: &str = "cwk_";
/// What the secret in a hook's address begins with.
const HOOK: &str = "cwh_";
/// How precisely it is known when a key was last used: each note is a write.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretKind {
    /// A bot's key.
    Bot,
    /// A server key.
    Server,
    /// A hook's address.
    Hook,
}

/// Makes secrets of keys, and recognises them.
#[derive(Clone)]
pub(crate) struct Keys {
    chat: Chat,
    entropy: Arc<dyn Entropy>,
}

impl Keys {
    pub(crate) fn new(chat: Chat, entropy: Arc<dyn Entropy>) -> Self {
        Self { chat, entropy }
    }

    /// Whether a token is a key, going by what it begins with, and of what kind.
    pub(crate) fn kind_of(token: &str) -> Option<SecretKind> {
        [(BOT, SecretKind::Bot), (SERVER, SecretKind::Server)]
            .into_iter()
            .find_map(|(prefix, kind)| token.starts_with(prefix).then_some(kind))
    }

    /// A new secret and what is to be kept of it: the only time that it is there to be seen.
    pub(crate) fn new_secret(&self, kind: SecretKind) -> (String, TokenHash) {
        let prefix = match kind {
            SecretKind::Bot => BOT,
            SecretKind::Server => SERVER,
            SecretKind::Hook => HOOK,
        };
        let secret = new_secret(&*self.entropy, prefix);
        let hash = hash(&secret);
        (secret, hash)
    }

    /// The bot that shows this key.
    ///
    /// # Errors
    /// `unauthorized` for a key that is unknown or withdrawn (the answer is the same), or the store's failure.
    pub(crate) async fn bot(&self, token: &str) -> Result<Caller, ApiError> {
        match self.find(token).await? {
            Some(Key { id, holder: KeyHolder::Bot(user), .. }) => {
                Ok(Caller { user, session: CallerSession::Key { id } })
            }
            _ => Err(ApiError::new(ErrorCode::Unauthorized)),
        }
    }

    /// The key of the back end that shows it.
    ///
    /// # Errors
    /// As [`Keys::bot`].
    pub(crate) async fn server(&self, token: &str) -> Result<KeyId, ApiError> {
        match self.find(token).await? {
            Some(Key { id, holder: KeyHolder::Server, .. }) => Ok(id),
            _ => Err(ApiError::new(ErrorCode::Unauthorized)),
        }
    }

    /// Who speaks by the hook of that id and secret, and where; nothing where there is none.
    ///
    /// # Errors
    /// The store's failure.
    pub(crate) async fn hook(&self, id: KeyId, secret: &str) -> Result<Option<(User, RoomId)>, ApiError> {
        match self.find(secret).await? {
            Some(Key { id: found, holder: KeyHolder::Hook { bot, room }, .. }) if found == id => {
                Ok(Some((bot, room)))
            }
            _ => Ok(None),
        }
    }

    /// Has every node close what was opened with a key that is no more.
    pub(crate) fn close_connections(&self, id: KeyId) {
        self.chat.bus().publish(Hint::SessionRevoked(id.as_session()));
    }

    /// The key of a secret, and a note that it was used.
    async fn find(&self, secret: &str) -> Result<Option<Key>, ApiError> {
        let key = self.chat.store().key_by_secret(hash(secret)).await?;
        let now = self.chat.clock().now();
        if let Some(key) = &key
            && is_due(key.last_used_at, now)
            && let Err(error) = self.chat.store().touch_key(key.id, now).await
        {
            tracing::warn!(%error, "cannot note that a key is in use");
        }
        Ok(key)
    }
}

fn is_due(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|last| now.since(last) >= TOUCH_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_by_what_it_begins_with() {
        assert_eq!(Keys::kind_of("cwb_x"), Some(SecretKind::Bot));
        assert_eq!(Keys::kind_of("cwk_x"), Some(SecretKind::Server));
        for other in ["cws_x", "cwh_x", "", "CWB_x"] {
            assert_eq!(Keys::kind_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_use_is_noted_about_once_a_minute() {
        let then = Timestamp::from_unix_ms(1_000_000);
        assert!(is_due(None, then));
        assert!(!is_due(Some(then), then.plus(Duration::from_secs(59))));
        assert!(is_due(Some(then), then.plus(Duration::from_secs(60))));
    }
}
