//! The users whom tokens speak for: created when they are first seen.

use std::sync::Arc;

use chinwag_chat::store::{Arrival, CommitError};
use chinwag_chat::{
    Chat, DisplayName, Entropy, FieldError, NewUser, ProfileChange, Refusal, Standing, StoreError, Timestamp,
    User, UserId, UserName,
};

use super::VerifiedToken;
use crate::operations::Made;
use crate::{ApiError, ErrorCode};

const MAX_NAME_CHARS: usize = 32;
const SUFFIX_CHARS: usize = 4;
/// So many names are tried; with a random suffix even the second is hardly ever taken.
const MAX_ATTEMPTS: usize = 8;
const SUFFIX_ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Finds the users of tokens in the store, or creates them.
#[derive(Clone)]
pub(crate) struct TokenUsers {
    chat: Chat,
    entropy: Arc<dyn Entropy>,
}

impl TokenUsers {
    pub(crate) fn new(chat: Chat, entropy: Arc<dyn Entropy>) -> Self {
        Self { chat, entropy }
    }

    /// What a connection of the token's user begins with.
    pub(crate) async fn arrive(&self, token: &VerifiedToken) -> Result<Arrival, ApiError> {
        if let Some(arrival) = self.arrival_of(&token.user).await? {
            return Ok(arrival);
        }
        let user = self.create(token).await?;
        // Whoever was created by another request just now may be in a room already.
        let arrival = self.arrival_of(&user.id).await?;
        arrival.ok_or_else(|| ApiError::internal("a user who was created is not there"))
    }

    /// What a connection of the user begins with; nothing where there is no such user.
    pub(crate) async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        self.chat.store().arrival_of(user).await
    }

    /// The token's user, from now on known to others.
    pub(crate) async fn find_or_create(&self, token: &VerifiedToken) -> Result<User, ApiError> {
        match self.chat.store().standing(&token.user).await? {
            Some(standing) if standing.is_disabled => Err(ApiError::new(ErrorCode::AccountDisabled)),
            Some(standing) => Ok(standing.user),
            None => self.create(token).await,
        }
    }

    /// What the user is to the server; nothing where there is no such user.
    pub(crate) async fn standing_of(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        self.chat.store().standing(user).await
    }

    /// The user of that id as the application wants them, new or not. Without a name they get one that fits.
    ///
    /// # Errors
    /// `name_taken`, `account_disabled`, `invalid` for another name than the one that they have, or the store's failure.
    pub(crate) async fn put(
        &self,
        id: UserId,
        name: Option<UserName>,
        display_name: DisplayName,
    ) -> Result<Made<User>, ApiError> {
        if let Some(standing) = self.standing_of(&id).await? {
            // Erased, maybe: then nobody is shown by any name again.
            if standing.is_disabled {
                return Err(ApiError::new(ErrorCode::AccountDisabled));
            }
            return self.update(standing.user, name, display_name).await;
        }
        let Some(name) = name else {
            let name_hint = id.to_string();
            let expires_at = Timestamp::FOR_GOOD;
            let display_name = Some(display_name);
            let user = self.create(&VerifiedToken { user: id, name_hint, display_name, expires_at }).await?;
            return Ok(Made { is_new: true, body: user });
        };
        let user = User::new(id, name.clone(), display_name.clone());
        let new = NewUser { user: user.clone(), password: None, created_at: self.chat.clock().now() };
        match (self.chat.store().create_user(new).await, self.chat.store().user(&user.id).await?) {
            (Ok(()), _) => Ok(Made { is_new: true, body: user }),
            // Another request was faster.
            (Err(CommitError::Refused(Refusal::NameTaken)), Some(known)) => {
                self.update(known, Some(name), display_name).await
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    async fn update(
        &self,
        known: User,
        name: Option<UserName>,
        display_name: DisplayName,
    ) -> Result<Made<User>, ApiError> {
        if name.is_some_and(|name| name != known.name) {
            return Err(FieldError::new("name", "fixed", "a user keeps the name that they began with").into());
        }
        if known.display_name == display_name {
            return Ok(Made { is_new: false, body: known });
        }
        let change = ProfileChange { display_name: Some(display_name), ..ProfileChange::default() };
        let profile = self.chat.change_profile(&known.id, change).await?;
        Ok(Made { is_new: false, body: profile.user })
    }

    async fn create(&self, token: &VerifiedToken) -> Result<User, ApiError> {
        let wanted = fold(&token.name_hint);
        for attempt in 0..MAX_ATTEMPTS {
            let name = if attempt == 0 { wanted.clone() } else { self.with_suffix(&wanted) };
            let name = UserName::choose(&name).map_err(ApiError::internal)?;
            let display_name = token.display_name.clone().unwrap_or_else(|| DisplayName::from(&name));
            let user = User::new(token.user.clone(), name, display_name);
            let created_at = self.chat.clock().now();
            let new = NewUser { user: user.clone(), password: None, created_at };
            match self.chat.store().create_user(new).await {
                Ok(()) => return Ok(user),
                // Either the name is somebody else's, or the same user was created by another request just now.
                Err(CommitError::Refused(Refusal::NameTaken)) => {
                    if let Some(user) = self.chat.store().user(&token.user).await? {
                        return Ok(user);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApiError::internal("no free name was found for a new user"))
    }

    fn with_suffix(&self, name: &str) -> String {
        let mut random = [0; SUFFIX_CHARS];
        self.entropy.fill(&mut random);
        let kept: String = name.chars().take(MAX_NAME_CHARS - SUFFIX_CHARS - 1).collect();
        let suffix = random.map(|byte| char::from(SUFFIX_ALPHABET[usize::from(byte % 32)]));
        format!("{kept}-{}", suffix.iter().collect::<String>())
    }
}

/// Makes a valid user name out of anything: of an email address, what stands before the `@`.
fn fold(text: &str) -> String {
    let local = text.split('@').next().unwrap_or_default();
    let folded: String = local
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c) { c } else { '-' })
        .collect();
    let name: String = folded.trim_start_matches(['.', '_', '-']).chars().take(MAX_NAME_CHARS).collect();
    if UserName::choose(&name).is_err() {
        format!("user-{name}").trim_end_matches('-').to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name() {
        for (text, name) in [
            ("Ada", "ada"),
            ("ada.lovelace@example.org", "ada.lovelace"),
            ("auth0|5f7c8e", "auth0-5f7c8e"),
            ("Ädä", "d-"),
            ("", "user"),
            ("--", "user"),
            ("x", "user-x"),
            ("Room", "user-room"),
            ("日本語", "user"),
        ] {
            assert_eq!(fold(text), name, "{text:?}");
            assert!(UserName::choose(&fold(text)).is_ok(), "{text:?}");
        }
        assert_eq!(fold(&"x".repeat(99)).len(), 32);
    }
}
