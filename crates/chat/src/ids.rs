//! Typed ids: a room's id cannot be handed in where a user's is meant.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// The most characters an id may have, whoever made it.
const MAX_ID_CHARS: usize = 64;

/// Text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct InvalidId(pub &'static str);

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Ulid);

        impl $name {
            /// The id made of a time in milliseconds since 1970 and 80 random bits.
            #[must_use]
            pub fn from_parts(unix_ms: u64, random: u128) -> Self {
                Self(Ulid::from_parts(unix_ms, random))
            }

            /// The id in its 16 bytes, as stores keep it; they sort as the text does.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }

            /// The id that a store kept in 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Ulid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the canonical spelling only: ULIDs allow lower case and look-alike letters, and two spellings
            /// of one room would be two channels.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = Ulid::from_string(text).map_err(|_| InvalidId($what))?;
                let mut canonical = [0; ulid::ULID_LEN];
                if id.array_to_str(&mut canonical) == text { Ok(Self(id)) } else { Err(InvalidId($what)) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut text = [0; ulid::ULID_LEN];
                serializer.serialize_str(self.0.array_to_str(&mut text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

ulid_id!(
    /// A room.
    RoomId, "room id"
);
ulid_id!(
    /// A message, wherever it is linked from.
    MessageId, "message id"
);
ulid_id!(
    /// One login of a user on a device.
    SessionId, "session id"
);
ulid_id!(
    /// An uploaded file.
    FileId, "file id"
);

ulid_id!(
    /// A device that takes notifications.
    SubscriptionId, "subscription id"
);

ulid_id!(
    /// What a program shows where people show a session.
    KeyId, "key id"
);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let allowed: fn(char) -> bool = $allowed;
                let fits = !text.is_empty() && text.len() <= MAX_ID_CHARS && text.chars().all(allowed);
                if fits { Ok(Self(text.into())) } else { Err(InvalidId($what)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// A user. Chinwag's own accounts get a ULID; users of an embedding application keep the id that its tokens name
    /// (`sub`), so the application never has to translate.
    UserId, "user id", |c| c.is_ascii_alphanumeric() || "-_.@~+=|".contains(c)
);
impl From<Ulid> for UserId {
    fn from(id: Ulid) -> Self {
        Self(id.to_string().into())
    }
}

text_id!(
    /// The sender's own id for a message: the idempotency key, unique per room and sender.
    ClientId, "client id", |c| c.is_ascii_graphic()
);
text_id!(
    /// A running node of the cluster.
    NodeId, "node name", |c| c.is_ascii_alphanumeric() || "-_.".contains(c)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_has_one_spelling() {
        let id = RoomId::from_parts(1, 7);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(
            id.to_string().to_lowercase().parse::<RoomId>().is_err()
                || !id.to_string().contains(char::is_alphabetic)
        );
        assert!("0000000001000000000000000o".parse::<RoomId>().is_err());
    }

    #[test]
    fn text_ids_refuse_what_could_break_out_of_a_channel_name() {
        for bad in ["", "a b", "a:b", "a/b", "*", "a\0", "ünï", &"x".repeat(65)] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?}");
        }
        assert!("auth0|5f7c8ec7c33c6c004bbafe82".parse::<UserId>().is_ok());
    }
}
