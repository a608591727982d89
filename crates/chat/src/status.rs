//! How people want to be seen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{FieldError, Timestamp, UserId};

/// What a person wants to be shown as, as long as they are connected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresenceWish {
    /// As what their devices are doing.
    #[default]
    Auto,
    /// As away, whatever their devices are doing.
    Away,
    /// As not to be disturbed: they get no notifications.
    Dnd,
}

impl PresenceWish {
    /// The wish's name on the wire and in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Away => "away",
            Self::Dnd => "dnd",
        }
    }
}

impl FromStr for PresenceWish {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match text {
            "auto" => Ok(Self::Auto),
            "away" => Ok(Self::Away),
            "dnd" => Ok(Self::Dnd),
            _ => Err(FieldError::new("presence", "unknown", "a presence is auto, away or dnd")),
        }
    }
}

/// What a person says beside their name: 1 to 100 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusText(String);

impl StatusText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StatusText {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if !(1..=100).contains(&text.chars().count()) {
            return Err(FieldError::new("text", "length", "a status has 1 to 100 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(FieldError::new("text", "characters", "a status holds no control characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for StatusText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a person wants to be seen, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// As what.
    pub presence: PresenceWish,
    /// What they say beside their name.
    pub text: Option<StatusText>,
    /// When all of it ends.
    pub until: Option<Timestamp>,
}

impl Status {
    /// What of it holds at that time.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        if self.until.is_some_and(|until| until <= now) { Self::default() } else { self }
    }
}

/// How a user is seen by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// There.
    Online,
    /// Connected, but not looking; or they say so.
    Away,
    /// There, and not to be disturbed.
    Dnd,
    /// Not connected.
    Offline,
}

/// One user as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceEntry {
    /// Who.
    pub id: UserId,
    /// As what.
    pub presence: Presence,
    /// What they say beside their name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<StatusText>,
    /// When what they chose to be seen as ends: then they are seen by what their devices do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// When they were last seen, where they are not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_seen_at: Option<Timestamp>,
}

impl PresenceEntry {
    /// A user with nothing to say, of whom it is only known whether they are there.
    #[must_use]
    pub fn plain(id: UserId, is_online: bool) -> Self {
        let presence = if is_online { Presence::Online } else { Presence::Offline };
        Self { id, presence, text: None, until: None, last_seen_at: None }
    }

    /// The user by what their devices do and how they want to be seen at that time.
    #[must_use]
    pub fn of(kept: KeptStatus, is_online: bool, is_idle: bool, now: Timestamp) -> Self {
        let Status { presence: wish, text, until } = kept.status.at(now);
        let presence = match wish {
            _ if !is_online => Presence::Offline,
            PresenceWish::Dnd => Presence::Dnd,
            PresenceWish::Away => Presence::Away,
            PresenceWish::Auto if is_idle => Presence::Away,
            PresenceWish::Auto => Presence::Online,
        };
        let last_seen_at = kept.last_seen_at.filter(|_| !is_online);
        Self { id: kept.user, presence, text, until, last_seen_at }
    }
}

/// What is kept of how a user is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptStatus {
    /// Who.
    pub user: UserId,
    /// How they want to be seen, past or not.
    pub status: Status,
    /// When they last used a session, to about a minute.
    pub last_seen_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_seen_by_their_devices_unless_they_say_otherwise() {
        let (now, seen) = (Timestamp::from_unix_ms(5), Some(Timestamp::from_unix_ms(4)));
        let of = |presence, is_online, is_idle| {
            let status = Status { presence, text: None, until: None };
            let kept = KeptStatus { user: "ada".parse().unwrap(), status, last_seen_at: seen };
            let entry = PresenceEntry::of(kept, is_online, is_idle, now);
            assert_eq!(entry.last_seen_at.is_some(), !is_online);
            entry.presence
        };
        assert_eq!(of(PresenceWish::Auto, true, false), Presence::Online);
        assert_eq!(of(PresenceWish::Auto, true, true), Presence::Away);
        assert_eq!(of(PresenceWish::Away, true, false), Presence::Away);
        assert_eq!(of(PresenceWish::Dnd, true, true), Presence::Dnd);
        assert_eq!(of(PresenceWish::Dnd, false, false), Presence::Offline);
    }

    #[test]
    fn a_status_ends_at_its_time() {
        let until = Timestamp::from_unix_ms(10);
        let status = Status { presence: PresenceWish::Dnd, text: None, until: Some(until) };
        assert_eq!(status.clone().at(Timestamp::from_unix_ms(9)), status);
        assert_eq!(status.at(until), Status::default());
    }
}
