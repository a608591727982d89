//! From a token to a caller, whichever sort of token it is.

use std::sync::Arc;

use chinwag_chat::store::Arrival;
use chinwag_chat::{Chat, Entropy, KeyId};

use crate::accounts::Sessions;
use crate::keys::{Keys, SecretKind};
use crate::token::TokenUsers;
use crate::{ApiError, Asker, Caller, CallerSession, ErrorCode, TokenVerifier};

/// No token is longer; what is longer is not worth the work of looking at it.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Which sort of token one is.
enum Kind<'a> {
    Session,
    Jwt(&'a TokenVerifier),
    BotKey,
    ServerKey,
}

/// Recognises callers by their tokens.
#[derive(Clone)]
pub struct Authenticator {
    sessions: Sessions,
    verifier: Option<TokenVerifier>,
    users: TokenUsers,
    keys: Keys,
}

impl Authenticator {
    /// Recognises sessions, keys and, with a verifier, the embedding application's tokens.
    #[must_use]
    pub fn new(
        chat: Chat,
        entropy: Arc<dyn Entropy>,
        sessions: Sessions,
        verifier: Option<TokenVerifier>,
    ) -> Self {
        let keys = Keys::new(chat.clone(), entropy.clone());
        Self { sessions, verifier, users: TokenUsers::new(chat, entropy), keys }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn users(&self) -> &TokenUsers {
        &self.users
    }

    /// Whoever asks who shows this token: with a server key, on behalf of the user of that id where one is named.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`]; with a user, `unknown_user`, `account_disabled`, or `permission_denied` where the
    /// token is no server key.
    pub async fn recognise(&self, token: &str, on_behalf_of: Option<&str>) -> Result<Asker, ApiError> {
        match (self.kind(token)?, on_behalf_of) {
            (Kind::ServerKey, None) => self.keys.server(token).await.map(Asker::BackEnd),
            (Kind::ServerKey, Some(user)) => {
                let id = self.keys.server(token).await?;
                self.on_behalf(id, user).await.map(Asker::Caller)
            }
            (_, None) => self.authenticate(token).await.map(Asker::Caller),
            (_, Some(_)) => Err(ApiError::because(
                ErrorCode::PermissionDenied,
                "only server keys ask on behalf of somebody",
            )),
        }
    }

    async fn on_behalf(&self, id: KeyId, user: &str) -> Result<Caller, ApiError> {
        let unknown = || ApiError::new(ErrorCode::UnknownUser);
        let user = user.parse().map_err(|_| unknown())?;
        let standing = self.users.standing_of(&user).await?.ok_or_else(unknown)?;
        if standing.is_disabled {
            return Err(ApiError::new(ErrorCode::AccountDisabled));
        }
        Ok(Caller { user: standing.user, session: CallerSession::Key { id } })
    }

    /// The caller who shows this token.
    ///
    /// # Errors
    /// `unauthorized`, `token_expired`, or `unavailable` while it cannot be known.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, ApiError> {
        match self.kind(token)? {
            Kind::Jwt(verifier) => {
                let verified = verifier.verify(token).await?;
                let user = self.users.find_or_create(&verified).await?;
                Ok(Caller { user, session: CallerSession::Token { expires_at: verified.expires_at } })
            }
            Kind::Session => self.sessions.authenticate(token).await,
            Kind::BotKey => self.keys.bot(token).await,
            Kind::ServerKey => Err(nobody()),
        }
    }

    /// The caller who shows this token, and what a connection of theirs begins with: for an application's token, by one
    /// and the same read of the store.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn arrive(&self, token: &str) -> Result<(Caller, Arrival), ApiError> {
        match self.kind(token)? {
            Kind::Jwt(verifier) => {
                let verified = verifier.verify(token).await?;
                let arrival = self.users.arrive(&verified).await?;
                if arrival.is_disabled {
                    return Err(ApiError::new(ErrorCode::AccountDisabled));
                }
                let session = CallerSession::Token { expires_at: verified.expires_at };
                Ok((Caller { user: arrival.user.clone(), session }, arrival))
            }
            Kind::Session | Kind::BotKey | Kind::ServerKey => {
                let caller = self.authenticate(token).await?;
                let arrival = self.users.arrival_of(&caller.user.id).await?;
                // A session goes with its user, and so does a key.
                Ok((caller, arrival.ok_or(ApiError::new(ErrorCode::Unauthorized))?))
            }
        }
    }

    fn kind(&self, token: &str) -> Result<Kind<'_>, ApiError> {
        let is_jwt = token.bytes().filter(|byte| *byte == b'.').count() == 2;
        match &self.verifier {
            _ if token.len() > MAX_TOKEN_BYTES => Err(ApiError::new(ErrorCode::Unauthorized)),
            Some(verifier) if is_jwt => Ok(Kind::Jwt(verifier)),
            None if is_jwt => Err(ApiError::new(ErrorCode::Unauthorized)),
            _ => Ok(match Keys::kind_of(token) {
                Some(SecretKind::Bot) => Kind::BotKey,
                Some(SecretKind::Server) => Kind::ServerKey,
                Some(SecretKind::Hook) | None => Kind::Session,
            }),
        }
    }
}

fn nobody() -> ApiError {
    ApiError::because(ErrorCode::Unauthorized, "a server key is nobody's: it asks over HTTP")
}
