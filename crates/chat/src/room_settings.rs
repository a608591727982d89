//! How a room is set up: what differs from the defaults of PROTOCOL.md.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{FieldError, Role};

/// How a room is set up. What is absent is as the table of PROTOCOL.md, "Who may do what", says. Stores keep it as JSON,
/// and nothing where nothing is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomSettings {
    /// How many seconds a member waits between two messages. Admins and the owner do not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_mode_s: Option<u32>,
    /// After how many days messages are removed; 0 is never, whatever the server's default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Who may do what here.
    #[serde(skip_serializing_if = "Permissions::is_empty")]
    pub permissions: Permissions,
}

/// The least role for what a room may decide by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// To post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<Role>,
    /// To put emoji under messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub react: Option<Role>,
    /// To pin messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Role>,
    /// To add others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite: Option<Role>,
    /// To mention everybody by `@room`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mention_room: Option<Role>,
}

impl Permissions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RoomSettings {
    /// The longest wait between two messages: a day.
    pub const MAX_SLOW_MODE_S: u32 = 86_400;
    /// The longest that messages can be told to be kept: a hundred years.
    pub const MAX_RETENTION_DAYS: u32 = 36_500;

    /// Whether nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The settings as stores keep them: nothing where nothing is set.
    ///
    /// # Errors
    /// None that could come of settings; they are the serializer's.
    pub fn to_stored(&self) -> Result<Option<String>, serde_json::Error> {
        if self.is_default() { Ok(None) } else { serde_json::to_string(self).map(Some) }
    }

    /// The settings that a store kept.
    ///
    /// # Errors
    /// Where that is something else.
    pub fn from_stored(json: Option<&str>) -> Result<Self, serde_json::Error> {
        json.map_or_else(|| Ok(Self::default()), serde_json::from_str)
    }
}

/// What is to become of a setting: nothing, its default (`null`), or a value.
type Patch<T> = Option<Option<T>>;

/// Other settings for a room, key by key. What is not named stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SettingsPatch {
    #[serde(deserialize_with = "named")]
    slow_mode_s: Patch<u32>,
    #[serde(deserialize_with = "named")]
    retention_days: Patch<u32>,
    #[serde(deserialize_with = "named")]
    permissions: Patch<PermissionsPatch>,
}

/// The same for who may do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct PermissionsPatch {
    #[serde(deserialize_with = "named")]
    post: Patch<Role>,
    #[serde(deserialize_with = "named")]
    react: Patch<Role>,
    #[serde(deserialize_with = "named")]
    pin: Patch<Role>,
    #[serde(deserialize_with = "named")]
    invite: Patch<Role>,
    #[serde(deserialize_with = "named")]
    mention_room: Patch<Role>,
}

/// A key that is there, even if its value is `null`.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SettingsPatch {
    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// A number beyond its limit.
    pub fn check(&self) -> Result<(), FieldError> {
        let over = |patch: Patch<u32>, most: u32| patch.flatten().is_some_and(|number| number > most);
        if over(self.slow_mode_s, RoomSettings::MAX_SLOW_MODE_S) {
            return Err(FieldError::new(
                "settings.slow_mode_s",
                "range",
                "the longest wait is 86400 seconds",
            ));
        }
        if over(self.retention_days, RoomSettings::MAX_RETENTION_DAYS) {
            return Err(FieldError::new("settings.retention_days", "range", "36500 days are the most"));
        }
        Ok(())
    }

    /// The settings with these put into them. A wait of no time is none.
    #[must_use]
    pub fn applied_to(&self, settings: RoomSettings) -> RoomSettings {
        RoomSettings {
            slow_mode_s: self.slow_mode_s.unwrap_or(settings.slow_mode_s).filter(|seconds| *seconds > 0),
            retention_days: self.retention_days.unwrap_or(settings.retention_days),
            permissions: match self.permissions {
                None => settings.permissions,
                Some(None) => Permissions::default(),
                Some(Some(patch)) => patch.applied_to(settings.permissions),
            },
        }
    }
}

impl PermissionsPatch {
    fn applied_to(self, permissions: Permissions) -> Permissions {
        Permissions {
            post: self.post.unwrap_or(permissions.post),
            react: self.react.unwrap_or(permissions.react),
            pin: self.pin.unwrap_or(permissions.pin),
            invite: self.invite.unwrap_or(permissions.invite),
            mention_room: self.mention_room.unwrap_or(permissions.mention_room),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(json: &str) -> SettingsPatch {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_not_named_stays_and_null_is_the_default() {
        let set = patch(r#"{"slow_mode_s": 30, "permissions": {"post": "admin", "pin": "member"}}"#);
        let first = set.applied_to(RoomSettings::default());
        assert_eq!((first.slow_mode_s, first.permissions.post), (Some(30), Some(Role::Admin)));
        let second = patch(r#"{"retention_days": 7, "permissions": {"post": null}}"#).applied_to(first);
        assert_eq!((second.slow_mode_s, second.retention_days), (Some(30), Some(7)));
        assert_eq!((second.permissions.post, second.permissions.pin), (None, Some(Role::Member)));
        let third = patch(r#"{"slow_mode_s": 0, "retention_days": null, "permissions": null}"#);
        assert!(third.applied_to(second).is_default());
        assert!(patch("{}").is_empty() && !third.is_empty());
    }

    #[test]
    fn numbers_have_an_end() {
        for json in [r#"{"slow_mode_s": 86401}"#, r#"{"retention_days": 36501}"#] {
            assert!(patch(json).check().is_err(), "{json}");
        }
        assert!(patch(r#"{"slow_mode_s": 86400, "retention_days": 0}"#).check().is_ok());
    }

    #[test]
    fn settings_are_kept_as_what_differs_from_the_default() {
        assert_eq!(RoomSettings::default().to_stored().unwrap(), None);
        let settings = patch(r#"{"permissions": {"invite": "owner"}}"#).applied_to(RoomSettings::default());
        let stored = settings.to_stored().unwrap().unwrap();
        assert_eq!(stored, r#"{"permissions":{"invite":"owner"}}"#);
        assert_eq!(RoomSettings::from_stored(Some(&stored)).unwrap(), settings);
    }
}
