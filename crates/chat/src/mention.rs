//! Mentions: whom a message calls by `@name`.

use serde::{Deserialize, Serialize};

use crate::{UserId, UserName};

/// The most people that one message mentions. Further names are only text.
const MAX_MENTIONS: usize = 50;
/// The name that calls everybody in the room.
pub(crate) const EVERYBODY: &str = "room";

/// Whom a message mentions: members of the room, at the time when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mentions {
    /// These people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
    /// Everybody in the room.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room: bool,
}

impl Mentions {
    /// Whether nobody is mentioned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.room
    }
}

/// The names that a text calls, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// People, who may or may not exist.
    pub(crate) names: Vec<UserName>,
    /// Everybody in the room.
    pub(crate) room: bool,
}

/// The names called in a text: `@` and a name, at the beginning of a word. What stands between backticks is code and
/// calls nobody.
#[must_use]
pub(crate) fn called(text: &str) -> Called {
    let mut called = Called::default();
    if !text.contains('@') {
        return called;
    }
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without a partner begins no code.
    let is_prose = |n: usize| n.is_multiple_of(2) || n + 1 == parts.len();
    for (_, prose) in parts.iter().enumerate().filter(|(n, _)| is_prose(*n)) {
        let mut before = None;
        for (at, c) in prose.char_indices() {
            if c == '@' && !before.is_some_and(char::is_alphanumeric) {
                let name = name_at(prose.get(at + 1..).unwrap_or_default());
                called.take(name);
                // A point may end the name as well as the sentence.
                called.take(name.trim_end_matches(['.', '-', '_']));
            }
            before = Some(c);
        }
    }
    called
}

/// What a text begins with that may be a name; nothing where a word goes on after it.
fn name_at(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let (name, rest) = text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()));
    if rest.starts_with(char::is_alphanumeric) { "" } else { name }
}

impl Called {
    fn take(&mut self, name: &str) {
        if name.eq_ignore_ascii_case(EVERYBODY) {
            self.room = true;
        } else if let Ok(name) = name.parse::<UserName>()
            && self.names.len() < MAX_MENTIONS
            && !self.names.contains(&name)
        {
            self.names.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        called(text).names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_called_at_the_beginning_of_words() {
        assert_eq!(names("@ada, have you seen @Grace.H?"), ["ada", "grace.h"]);
        assert_eq!(names("Ask @ada. Or @bob_"), ["ada.", "ada", "bob_", "bob"]);
        assert!(names("write to ada@example.org or user@host").is_empty());
        assert!(names("@ alone, @-x, @ä and @adaä").is_empty());
    }

    #[test]
    fn code_calls_nobody() {
        assert_eq!(names("`@ada` and ```\n@grace\n``` but @joan"), ["joan"]);
        assert_eq!(names("5` long, @joan"), ["joan"]);
    }

    #[test]
    fn everybody_is_called_by_the_name_of_the_room() {
        assert!(called("look, @room!").room);
        assert!(!called("look, @roommate!").room);
    }

    #[test]
    fn no_text_calls_more_than_a_few() {
        let text: String = (0..200).map(|n| format!("@user{n} ")).collect();
        assert_eq!(names(&text).len(), MAX_MENTIONS);
    }
}
