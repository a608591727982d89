//! Accounts of Chinwag's own: signing up, signing in, and the sessions that follow from it.

mod password;
mod sessions;

use std::sync::Arc;

use chinwag_chat::store::CommitError;
use chinwag_chat::{Chat, DisplayName, Entropy, NewUser, Refusal, Session, SessionToken, User, UserName};

use password::PasswordHasher;
pub use password::{HashingLimits, MAX_PASSWORD_CHARS};
pub use sessions::{SessionLifetime, Sessions};

use crate::{ApiError, ErrorCode, FieldProblem};

/// How accounts work here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether people can create accounts by themselves.
    pub sign_up: bool,
    /// Whether the first who does looks after the server.
    pub first_user_is_admin: bool,
    /// The fewest characters of a new password.
    pub min_password_chars: usize,
    /// How long sessions last.
    pub session_lifetime: SessionLifetime,
    /// How much hashing goes on at once.
    pub hashing: HashingLimits,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            sign_up: true,
            first_user_is_admin: true,
            min_password_chars: 8,
            session_lifetime: SessionLifetime::default(),
            hashing: HashingLimits::default(),
        }
    }
}

/// A fresh session and the secret that proves it: the only time that the secret is there to be seen.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its secret.
    pub token: SessionToken,
}

/// Signs people up and in.
#[derive(Clone)]
pub struct Accounts {
    chat: Chat,
    passwords: PasswordHasher,
    sessions: Sessions,
    settings: AccountSettings,
}

impl Accounts {
    /// Accounts kept in the domain's store.
    #[must_use]
    pub fn new(chat: Chat, entropy: Arc<dyn Entropy>, settings: AccountSettings) -> Self {
        Self {
            passwords: PasswordHasher::new(entropy.clone(), settings.hashing),
            sessions: Sessions::new(chat.clone(), entropy, settings.session_lifetime),
            chat,
            settings,
        }
    }

    /// How accounts work here.
    #[must_use]
    pub fn settings(&self) -> &AccountSettings {
        &self.settings
    }

    /// The sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Checks what somebody wants to sign up with, all of it, so that every mistake is told at once.
    ///
    /// # Errors
    /// `sign_up_closed`, or `invalid` with each field's mistake.
    pub(crate) fn check_sign_up(
        &self,
        name: &str,
        password: &str,
        display_name: Option<&str>,
    ) -> Result<(UserName, DisplayName), ApiError> {
        if !self.settings.sign_up {
            return Err(ApiError::new(ErrorCode::SignUpClosed));
        }
        let name = UserName::choose(name);
        let display_name = match (display_name, &name) {
            (Some(text), _) => text.parse().map(Some),
            (None, Ok(name)) => Ok(Some(DisplayName::from(name))),
            (None, Err(_)) => Ok(None),
        };
        let password = password::check(password, self.settings.min_password_chars);
        match (name, display_name, password) {
            (Ok(name), Ok(Some(display_name)), Ok(())) => Ok((name, display_name)),
            (name, display_name, password) => {
                let mistakes = [name.err(), password.err(), display_name.err()];
                Err(ApiError::invalid(mistakes.into_iter().flatten().map(FieldProblem::from).collect()))
            }
        }
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `name_taken`, `too_many_requests` while too many passwords wait to be hashed, or the store's failure.
    pub(crate) async fn create(
        &self,
        name: UserName,
        display_name: DisplayName,
        password: String,
    ) -> Result<User, ApiError> {
        // Spares the hashing where the name is taken anyway. The store decides.
        if self.chat.store().user_by_name(&name).await?.is_some() {
            return Err(Refusal::NameTaken.into());
        }
        let hash = self.passwords.hash(password).await?;
        let user = User::new(self.chat.ids().user(), name, display_name);
        let created_at = self.chat.clock().now();
        self.chat
            .store()
            .create_user(NewUser { user: user.clone(), password: Some(hash), created_at })
            .await
            .map_err(|error: CommitError| ApiError::from(error))?;
        if self.settings.first_user_is_admin && self.chat.store().claim(&user.id, created_at).await? {
            tracing::info!(user = %user.name, "the first account looks after the server");
        }
        Ok(user)
    }

    /// Makes sure that somebody knows their password, where they have one.
    ///
    /// # Errors
    /// `wrong_credentials`, `too_many_requests` while too many passwords wait to be checked, or the store's failure.
    pub(crate) async fn prove(&self, user: &User, password: Option<String>) -> Result<(), ApiError> {
        let known = self.chat.store().user_by_name(&user.name).await?;
        let Some(hash) = known.filter(|(known, _)| known.id == user.id).and_then(|(_, hash)| hash) else {
            return Ok(());
        };
        let right = self.passwords.verify(password.unwrap_or_default(), Some(hash)).await?;
        if right { Ok(()) } else { Err(ApiError::new(ErrorCode::WrongCredentials)) }
    }

    /// Opens a session for whoever knows the password. An unknown name costs the same time as a wrong password, and
    /// gets the same answer.
    ///
    /// # Errors
    /// `wrong_credentials`, `account_disabled`, `too_many_requests` while too many passwords wait to be checked, or the store's failure.
    pub(crate) async fn sign_in(
        &self,
        name: &str,
        password: String,
        device: String,
    ) -> Result<SignedIn, ApiError> {
        let known = match name.parse::<UserName>() {
            Ok(name) => self.chat.store().user_by_name(&name).await?,
            Err(_) => None,
        };
        let (user, hash) = match known {
            Some((user, hash)) => (Some(user), hash),
            None => (None, None),
        };
        let right = self.passwords.verify(password, hash).await?;
        match user {
            Some(user) if right => {
                let standing = self.chat.store().standing(&user.id).await?;
                if standing.is_none_or(|standing| standing.is_disabled) {
                    return Err(ApiError::new(ErrorCode::AccountDisabled));
                }
                self.sessions.open(user, device).await
            }
            _ => Err(ApiError::new(ErrorCode::WrongCredentials)),
        }
    }
}
