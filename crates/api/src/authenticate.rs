//! From a token to a caller, whichever sort of token it is.

use std::sync::Arc;

use chinwag_chat::store::Arrival;
use chinwag_chat::{Chat, Entropy};

use crate::accounts::Sessions;
use crate::token::TokenUsers;
use crate::{ApiError, Caller, CallerSession, ErrorCode, TokenVerifier};

/// No token is longer; what is longer is not worth the work of looking at it.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Which sort of token one is.
enum Kind<'a> {
    Session,
    Jwt(&'a TokenVerifier),
}

/// Recognises callers by their tokens.
#[derive(Clone)]
pub struct Authenticator {
    sessions: Sessions,
    verifier: Option<TokenVerifier>,
    users: TokenUsers,
}

impl Authenticator {
    /// Recognises sessions and, with a verifier, the embedding application's tokens.
    #[must_use]
    pub fn new(
        chat: Chat,
        entropy: Arc<dyn Entropy>,
        sessions: Sessions,
        verifier: Option<TokenVerifier>,
    ) -> Self {
        Self { sessions, verifier, users: TokenUsers::new(chat, entropy) }
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
                let session = CallerSession::Token { expires_at: verified.expires_at };
                Ok((Caller { user: arrival.user.clone(), session }, arrival))
            }
            Kind::Session => {
                let caller = self.sessions.authenticate(token).await?;
                let arrival = self.users.arrival_of(&caller.user.id).await?;
                // A session goes with its user.
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
            _ => Ok(Kind::Session),
        }
    }
}
