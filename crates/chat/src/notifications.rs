//! What of a room a member wants to be told of while they are away.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{FieldError, RoomKind, Timestamp};

/// Which messages notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyLevel {
    /// All that count as unread.
    All,
    /// Those that mention the member, by name or with everybody.
    Mentions,
    /// None.
    None,
}

impl NotifyLevel {
    /// What holds in a room of that kind until the member says otherwise.
    #[must_use]
    pub const fn usual(kind: RoomKind) -> Self {
        match kind {
            RoomKind::Public => Self::Mentions,
            RoomKind::Private | RoomKind::Group | RoomKind::Direct => Self::All,
        }
    }

    /// The level's name on the wire and in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::None => "none",
        }
    }
}

impl FromStr for NotifyLevel {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        match text {
            "all" => Ok(Self::All),
            "mentions" => Ok(Self::Mentions),
            "none" => Ok(Self::None),
            _ => Err(FieldError::new("level", "unknown", "a level is all, mentions or none")),
        }
    }
}

/// A member's wishes for one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// Which messages notify.
    pub level: NotifyLevel,
    /// None of them does until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub muted_until: Option<Timestamp>,
}

impl NotificationSettings {
    /// The wishes as a store kept them: without a level, the one that is usual.
    #[must_use]
    pub fn kept(kind: RoomKind, level: Option<NotifyLevel>, muted_until: Option<Timestamp>) -> Self {
        Self { level: level.unwrap_or(NotifyLevel::usual(kind)), muted_until }
    }

    /// The level that counts at that time.
    #[must_use]
    pub fn level_at(&self, now: Timestamp) -> NotifyLevel {
        if self.muted_until.is_some_and(|until| until > now) { NotifyLevel::None } else { self.level }
    }
}

/// Other wishes; what is not named stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotificationChange {
    /// Another level.
    pub level: Option<NotifyLevel>,
    /// Another end of the silence, or none any more.
    pub muted_until: Option<Option<Timestamp>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_ends_at_its_time_and_the_level_comes_back() {
        let until = Timestamp::from_unix_ms(10);
        let wishes = NotificationSettings::kept(RoomKind::Public, None, Some(until));
        assert_eq!(wishes.level_at(Timestamp::from_unix_ms(9)), NotifyLevel::None);
        assert_eq!(wishes.level_at(until), NotifyLevel::Mentions);
    }
}
