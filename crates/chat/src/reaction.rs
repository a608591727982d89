//! Reactions: what people put under a message.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{FieldError, UserId};

/// The longest emoji in bytes: families with skin tones are long.
const MAX_EMOJI_BYTES: usize = 64;

/// One emoji. Any sequence of what is neither a letter, nor space, nor a control character: new emoji come every year.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(Arc<str>);

impl Emoji {
    /// The emoji as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Emoji {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        // Digits, '#' and '*' are emoji once a keycap is put around them.
        let is_part = |c: char| {
            // Unicode counts some emoji among the letters: ℹ️, Ⓜ️, 🅰️, 🅿️.
            let is_letter = c.is_alphabetic() && !matches!(c, 'ℹ' | 'Ⓜ' | '\u{1f130}'..='\u{1f189}');
            let is_plain = is_letter || c.is_whitespace() || c.is_control();
            if c.is_ascii() {
                c.is_ascii_digit() || c == '#' || c == '*'
            } else {
                !is_plain && !turns_text(c)
            }
        };
        let is_seen = |c: char| !c.is_ascii() && !only_joins(c);
        let fits = text.len() <= MAX_EMOJI_BYTES && text.chars().all(is_part) && text.chars().any(is_seen);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(FieldError::new("emoji", "characters", "a reaction is one emoji"))
        }
    }
}

/// What changes the direction of the text after it.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What shows nothing by itself.
fn only_joins(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

impl TryFrom<String> for Emoji {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        text.parse()
    }
}

impl From<Emoji> for String {
    fn from(emoji: Emoji) -> Self {
        emoji.as_str().to_owned()
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One emoji under a message, with those who put it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// Which.
    pub emoji: Emoji,
    /// How many put it there.
    pub count: u64,
    /// Who did, the earliest first; at most [`Reaction::MAX_USERS`], and the viewer in any case.
    pub users: Vec<UserId>,
}

impl Reaction {
    /// The most people that are named for one emoji of a message.
    pub const MAX_USERS: usize = 50;
    /// The most different emoji under one message.
    pub const MAX_KINDS: u64 = 20;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_no_text() {
        for good in ["👍", "❤️", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣", "👋🏽", "ℹ️", "🅿️"]
        {
            assert_eq!(good.parse::<Emoji>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a",
            "1",
            "👍 ",
            "ä",
            "<b>",
            "\u{7}",
            "漢",
            "\u{200d}\u{fe0f}",
            "👍\u{202e}",
            &"👍".repeat(17),
        ] {
            assert!(bad.parse::<Emoji>().is_err(), "{bad:?}");
        }
    }
}
