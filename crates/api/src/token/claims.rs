//! What a token claims, checked by our own clock.

use std::fmt;

use chinwag_chat::Timestamp;
use serde::Deserialize;

use super::{TokenSettings, VerifiedToken, refused};
use crate::{ApiError, ErrorCode};

/// The claims that Chinwag looks at.
#[derive(Deserialize)]
pub(super) struct Claims {
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    aud: Option<OneOrMany>,
    iss: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn holds(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }
}

impl Claims {
    /// Who the token speaks for, if it may now and here. The signature has been checked before.
    pub(super) fn check(self, settings: &TokenSettings, now: Timestamp) -> Result<VerifiedToken, ApiError> {
        let exp = self.exp.map(from_seconds).ok_or_else(|| refused("the token has no expiry"))?;
        let expires_at = exp.plus(settings.leeway);
        if let Some(audience) = &settings.audience
            && !self.aud.as_ref().is_some_and(|aud| aud.holds(audience))
        {
            return Err(refused("the token is meant for somebody else"));
        }
        if let Some(issuer) = &settings.issuer
            && self.iss.as_ref() != Some(issuer)
        {
            return Err(refused("the token is of another issuer"));
        }
        if self.nbf.is_some_and(|nbf| from_seconds(nbf) > now.plus(settings.leeway)) {
            return Err(refused("the token is not valid yet"));
        }
        if now >= expires_at {
            return Err(ApiError::new(ErrorCode::TokenExpired));
        }
        let sub = self.sub.ok_or_else(|| refused("the token names no user"))?;
        let user = sub.parse().map_err(|_| refused("the token's sub cannot be a user id"))?;
        let display_name = [self.name.as_deref(), self.preferred_username.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|name| name.parse().ok());
        let name_hint = self.preferred_username.unwrap_or(sub);
        Ok(VerifiedToken { user, name_hint, display_name, expires_at })
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("sub", &self.sub).field("exp", &self.exp).finish_non_exhaustive()
    }
}

/// Seconds since 1970, as JSON has them. Absurdly large ones end at the end of time.
#[expect(clippy::cast_possible_truncation, reason = "a float is cast to the nearest integer that there is")]
fn from_seconds(seconds: f64) -> Timestamp {
    Timestamp::from_unix_ms((seconds * 1000.0) as i64)
}
