//! People: who they are to others, and what an account holds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mention::EVERYBODY;
use crate::{FieldError, FileId, Timestamp, UserId, erased};

/// A user as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The unique name one signs in with and is found by.
    pub name: UserName,
    /// The name shown beside messages.
    pub display_name: DisplayName,
    /// The file whose preview is their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<FileId>,
    /// Whether it is a program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
}

impl User {
    /// A person without a picture.
    #[must_use]
    pub const fn new(id: UserId, name: UserName, display_name: DisplayName) -> Self {
        Self { id, name, display_name, avatar: None, bot: false }
    }
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Who.
    pub user: User,
    /// How they sign in; `None` for users whom the embedding application vouches for.
    pub password: Option<PasswordHash>,
    /// When.
    pub created_at: Timestamp,
}

/// A unique name: 2 to 32 lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserName(Arc<str>);

impl UserName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserName {
    /// A name that somebody chooses who has none yet. `room` is nobody's: `@room` calls everybody in a room. Nor are the
    /// names of those who were erased.
    ///
    /// # Errors
    /// As when it is parsed, and `reserved`.
    pub fn choose(text: &str) -> Result<Self, FieldError> {
        let name: Self = text.parse()?;
        if name.as_str() == EVERYBODY || name.as_str().starts_with(erased::NAME_PREFIX) {
            return Err(FieldError::new(
                "name",
                "reserved",
                "that name calls everybody in a room; choose another",
            ));
        }
        Ok(name)
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserName {
    type Err = FieldError;

    /// Upper case is folded: `Ada` and `ada` must not be two people.
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let name = text.trim().to_ascii_lowercase();
        if !(2..=32).contains(&name.chars().count()) {
            return Err(FieldError::new("name", "length", "a name has 2 to 32 characters"));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if !name.chars().all(allowed) || name.starts_with(['.', '_', '-']) {
            return Err(FieldError::new(
                "name",
                "characters",
                "a name holds letters, digits, '.', '_' and '-', and begins with a letter or digit",
            ));
        }
        Ok(Self(name.into()))
    }
}

/// The name shown to people: 1 to 64 characters of any script, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&UserName> for DisplayName {
    fn from(name: &UserName) -> Self {
        Self(name.0.clone())
    }
}

impl FromStr for DisplayName {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if !(1..=64).contains(&text.chars().count()) {
            return Err(FieldError::new("display_name", "length", "a display name has 1 to 64 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(FieldError::new(
                "display_name",
                "characters",
                "a display name holds no control characters",
            ));
        }
        Ok(Self(text.into()))
    }
}

/// A password's hash in PHC notation. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a hash in PHC notation.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The hash, for the store and the check.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_checked() {
        assert_eq!("Ada.L".parse::<UserName>().unwrap().as_str(), "ada.l");
        for bad in ["", "a", "-ada", "a b", "ädä", &"x".repeat(33)] {
            assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
        }
        assert!("Ada\u{7}".parse::<DisplayName>().is_err());
        assert!(UserName::choose("Room").is_err() && UserName::choose("roommate").is_ok());
        assert_eq!(" Ada ".parse::<DisplayName>().unwrap().as_str(), "Ada");
    }
}
