//! Keys: what programs show where people show a session.
//!
//! A bot's key speaks as the bot. A server key is of an application's back end, which speaks as nobody or on behalf of any
//! user. A hook's is part of an address by which something is said in one room.

use std::str::FromStr;
use std::sync::Arc;

use serde_json::json;

use crate::{
    AuditNote, FieldError, KeyId, NewUser, Refusal, RoomId, SessionId, Timestamp, TokenHash, User, UserId,
};

/// What a key is called by those who made it: 1 to 64 characters of any script, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(Arc<str>);

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if !(1..=64).contains(&text.chars().count()) {
            return Err(FieldError::new("name", "length", "a name has 1 to 64 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(FieldError::new("name", "characters", "a name holds no control characters"));
        }
        Ok(Self(text.into()))
    }
}

/// Who a key is of, and so what it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHolder {
    /// A bot.
    Bot(User),
    /// An application's back end.
    Server,
    /// Whoever has the address of a hook.
    Hook {
        /// Who says it.
        bot: User,
        /// Where.
        room: RoomId,
    },
}

/// A key. Its secret is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key's id, safe to show.
    pub id: KeyId,
    /// Who it is of.
    pub holder: KeyHolder,
    /// What it is called; a bot's is called nothing.
    pub name: Option<KeyName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last shown, to about a minute.
    pub last_used_at: Option<Timestamp>,
}

impl Key {
    /// What is to be noted of its end.
    #[must_use]
    pub fn end(&self, by: Option<&UserId>) -> AuditNote {
        let (action, room, user) = match &self.holder {
            KeyHolder::Bot(bot) => ("bot.key_deleted", None, Some(bot.id.clone())),
            KeyHolder::Server => ("key.deleted", None, None),
            KeyHolder::Hook { bot, room } => ("hook.deleted", Some(*room), Some(bot.id.clone())),
        };
        note(action, by, room, user, self.id, self.name.as_ref())
    }
}

/// Who a key is to be of.
#[derive(Debug, Clone)]
pub enum NewHolder {
    /// A bot that there is not yet.
    NewBot(NewUser),
    /// A bot that there is.
    Bot(UserId),
    /// An application's back end.
    Server,
    /// A hook, by which one of its own speaks who is not there yet.
    Hook {
        /// Who.
        bot: NewUser,
        /// Where.
        room: RoomId,
    },
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key's id.
    pub id: KeyId,
    /// What is kept of its secret.
    pub hash: TokenHash,
    /// Who it is to be of.
    pub holder: NewHolder,
    /// What it is called.
    pub name: Option<KeyName>,
    /// When.
    pub created_at: Timestamp,
}

impl NewKey {
    /// Whose keys it is to be one of.
    #[must_use]
    pub fn of(&self) -> KeysOf {
        match &self.holder {
            NewHolder::NewBot(bot) => KeysOf::Bot(bot.user.id.clone()),
            NewHolder::Bot(bot) => KeysOf::Bot(bot.clone()),
            NewHolder::Server => KeysOf::Servers,
            NewHolder::Hook { room, .. } => KeysOf::Room(*room),
        }
    }

    /// What is to be noted of its making.
    #[must_use]
    pub fn beginning(&self, by: Option<&UserId>) -> AuditNote {
        let (action, room, user) = match &self.holder {
            NewHolder::NewBot(bot) => ("bot.created", None, Some(bot.user.id.clone())),
            NewHolder::Bot(bot) => ("bot.key_created", None, Some(bot.clone())),
            NewHolder::Server => ("key.created", None, None),
            NewHolder::Hook { bot, room } => ("hook.created", Some(*room), Some(bot.user.id.clone())),
        };
        note(action, by, room, user, self.id, self.name.as_ref())
    }
}

/// Whose keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysOf {
    /// Those of a bot.
    Bot(UserId),
    /// Those of back ends.
    Servers,
    /// Those of a room's hooks.
    Room(RoomId),
}

impl KeysOf {
    /// How many there are at most. A bot has two, so that one replaces the other without a gap.
    #[must_use]
    pub const fn most(&self) -> usize {
        match self {
            Self::Bot(_) => 2,
            Self::Servers => 20,
            Self::Room(_) => 10,
        }
    }

    /// The refusal of one more.
    #[must_use]
    pub const fn full(&self) -> Refusal {
        let what = match self {
            Self::Bot(_) => "keys of a bot",
            Self::Servers => "server keys",
            Self::Room(_) => "webhooks of a room",
        };
        Refusal::LimitExceeded { what, max: self.most() }
    }

    /// The refusal of what is not there.
    #[must_use]
    pub const fn unknown(&self) -> Refusal {
        match self {
            Self::Bot(_) | Self::Servers => Refusal::UnknownKey,
            Self::Room(_) => Refusal::UnknownHook,
        }
    }
}

impl KeyId {
    /// What connections are opened under that showed this key: they end with it as those of a session do.
    #[must_use]
    pub const fn as_session(self) -> SessionId {
        SessionId::from_bytes(self.to_bytes())
    }

    /// The key whose connections are opened under this, if it is one.
    #[must_use]
    pub const fn of_session(session: SessionId) -> Self {
        Self::from_bytes(session.to_bytes())
    }
}

fn note(
    action: &'static str,
    by: Option<&UserId>,
    room: Option<RoomId>,
    user: Option<UserId>,
    id: KeyId,
    name: Option<&KeyName>,
) -> AuditNote {
    let details = match name {
        Some(name) => json!({ "key": id, "name": name.as_str() }),
        None => json!({ "key": id }),
    };
    AuditNote { action, by: by.cloned(), room, user, details: Some(details) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_called_something_short_that_can_be_shown() {
        assert_eq!(" shop back end ".parse::<KeyName>().unwrap().as_str(), "shop back end");
        for bad in ["", "  ", "a\u{1b}[2J", &"x".repeat(65)] {
            assert_eq!(bad.parse::<KeyName>().unwrap_err().field, "name", "{bad:?}");
        }
    }

    #[test]
    fn a_key_and_its_connections_know_each_other() {
        let id = KeyId::from_parts(7, 9);
        assert_eq!(KeyId::of_session(id.as_session()), id);
    }
}
