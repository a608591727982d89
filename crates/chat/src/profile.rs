//! What people say of themselves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DisplayName, FieldError, FileId, User};

/// A user with what they say of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// What they say of themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What a user wants changed of their own profile. What is nothing stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The name to show.
    pub display_name: Option<DisplayName>,
    /// What they say of themselves, or no more of it.
    pub about: Option<Option<About>>,
    /// The file whose preview is their picture, or no picture any more.
    pub avatar: Option<Option<FileId>>,
}

/// What a user says of themselves: up to 500 characters of any script, in lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct About(Arc<str>);

impl About {
    const MAX_CHARS: usize = 500;

    /// Checks a text; a blank one says nothing.
    ///
    /// # Errors
    /// Where it is too long, or holds control characters.
    pub fn new(text: &str) -> Result<Option<Self>, FieldError> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARS {
            return Err(FieldError::new(
                "about",
                "length",
                "what one says of oneself has 500 characters at most",
            ));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(FieldError::new("about", "characters", "it holds no control characters"));
        }
        Ok((!text.is_empty()).then(|| Self(text.into())))
    }

    /// A text that a store kept.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_says_of_oneself_is_short_and_may_have_lines() {
        assert_eq!(About::new(" Sails.\nCounts. ").unwrap().unwrap().as_str(), "Sails.\nCounts.");
        assert_eq!(About::new(" \n ").unwrap(), None);
        assert!(About::new(&"ü".repeat(500)).is_ok());
        assert!(About::new(&"ü".repeat(501)).is_err() && About::new("a\0").is_err());
    }
}
