//! From a token to a caller, whichever sort of token it is.

use std::sync::Arc;

use chinwag_chat::{Chat, Entropy};

use crate::accounts::Sessions;
use crate::token::TokenUsers;
use crate::{ApiError, Caller, CallerSession, ErrorCode, TokenVerifier};

/// No token is longer; what is longer is not worth the work of looking at it.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

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
        let is_jwt = token.bytes().filter(|byte| *byte == b'.').count() == 2;
        match &self.verifier {
            _ if token.len() > MAX_TOKEN_BYTES => Err(ApiError::new(ErrorCode::Unauthorized)),
            Some(verifier) if is_jwt => {
                let verified = verifier.verify(token).await?;
                let user = self.users.find_or_create(&verified).await?;
                Ok(Caller { user, session: CallerSession::Token { expires_at: verified.expires_at } })
            }
            None if is_jwt => Err(ApiError::new(ErrorCode::Unauthorized)),
            _ => self.sessions.authenticate(token).await,
        }
    }
}
