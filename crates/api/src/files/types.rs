//! Which types of files are taken.

use std::fmt;
use std::str::FromStr;

use chinwag_chat::MediaType;

/// What browsers take for a page or run: taken only where it is named in full.
const ACTIVE: [&str; 5] =
    ["text/html", "text/xml", "application/xml", "application/xhtml+xml", "image/svg+xml"];

/// A type, or all that begin like it: `image/png`, `image/*`, `application/vnd.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypePattern(String);

/// Text that is no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must hold types such as image/png, image/* or application/vnd.*, not \"{0}\"")]
pub struct BadTypePattern(String);

impl TypePattern {
    /// Whether it means that type.
    #[must_use]
    pub fn allows(&self, media_type: &MediaType) -> bool {
        let name = media_type.as_str();
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning) && !ACTIVE.contains(&name),
            None => name == self.0,
        }
    }
}

impl FromStr for TypePattern {
    type Err = BadTypePattern;

    fn from_str(text: &str) -> Result<Self, BadTypePattern> {
        let beginning = text.strip_suffix('*').unwrap_or(text);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/.+-".contains(c);
        let is_type = beginning.contains('/') && beginning.chars().all(fits) && !beginning.starts_with('/');
        if is_type { Ok(Self(text.to_owned())) } else { Err(BadTypePattern(text.to_owned())) }
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_begins_like_it_but_no_page() {
        let allows =
            |pattern: &str, name: &str| pattern.parse::<TypePattern>().unwrap().allows(&MediaType::new(name));
        assert!(allows("image/*", "image/png") && allows("application/vnd.*", "application/vnd.ms-excel"));
        assert!(!allows("image/*", "image/svg+xml") && !allows("text/*", "text/html"));
        assert!(allows("text/html", "text/html") && !allows("image/png", "image/png+x"));
        for bad in ["", "*", "image", "/png", "image/PNG", "image/ png"] {
            assert!(bad.parse::<TypePattern>().is_err(), "{bad:?}");
        }
    }
}
