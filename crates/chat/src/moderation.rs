//! Keeping order: who is kept out of rooms, who wants nothing from whom, and what was reported.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{FieldError, Message, RoomId, RoomKind, RoomName, Seq, Timestamp, User, UserId};

/// Somebody who is kept out of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ban {
    /// Who.
    pub user: User,
    /// Who decided.
    pub by: User,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when; for good without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

/// A ban to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBan {
    /// Of whom.
    pub user: UserId,
    /// Who decided.
    pub by: UserId,
    /// Why.
    pub reason: Option<String>,
    /// Until when; for good without.
    pub until: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

/// How long a reason, a comment or a note may be, in characters.
const MAX_REMARK_CHARS: usize = 500;

/// Checks what somebody remarks on a decision: nothing where it is blank.
///
/// # Errors
/// It is too long, or holds what PostgreSQL's text cannot.
pub fn remark(field: &'static str, text: Option<String>) -> Result<Option<String>, FieldError> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > MAX_REMARK_CHARS {
        return Err(FieldError::new(field, "length", "500 characters are the most"));
    }
    if text.contains('\0') {
        return Err(FieldError::new(field, "characters", "it holds no NUL character"));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $field:literal, $mistake:literal { $($(#[$each:meta])* $kind:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $word)] $kind,)*
        }

        impl $name {
            /// Its name on the wire and in stores.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = FieldError;

            fn from_str(text: &str) -> Result<Self, FieldError> {
                match text {
                    $($word => Ok(Self::$kind),)*
                    _ => Err(FieldError::new($field, "unknown", $mistake)),
                }
            }
        }
    };
}

words! {
    /// What is wrong with a message, as whoever reports it sees it.
    ReportReason, "reason", "a reason is spam, abuse or other" {
        /// It advertises.
        Spam = "spam",
        /// It harms somebody.
        Abuse = "abuse",
        /// Something else.
        Other = "other",
    }
}

words! {
    /// What became of a report.
    ReportAction, "action", "an action is dismiss, delete_message, ban_sender or disable_sender" {
        /// Nothing.
        Dismiss = "dismiss",
        /// The message was deleted.
        DeleteMessage = "delete_message",
        /// Its sender was banned from the room.
        BanSender = "ban_sender",
        /// Its sender's account was disabled.
        DisableSender = "disable_sender",
    }
}

words! {
    /// Where a report stands.
    ReportState, "state", "a state is open or closed" {
        /// Nobody has looked after it.
        Open = "open",
        /// Somebody has.
        Closed = "closed",
    }
}

/// A report to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Where the message is.
    pub room: RoomId,
    /// Which message.
    pub seq: Seq,
    /// Who reports it.
    pub by: UserId,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// What else there is to say.
    pub comment: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Where a reported message was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedRoom {
    /// The room's id.
    pub id: RoomId,
    /// Its name; direct rooms have none.
    pub name: Option<RoomName>,
    /// What sort of conversation it is.
    pub kind: RoomKind,
}

/// A message that somebody reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its number: later ones have greater ones. On the wire an id, so text.
    #[serde(serialize_with = "crate::audit::as_text")]
    pub id: u64,
    /// The message as it is now.
    pub message: Message,
    /// Where it was said.
    pub room: ReportedRoom,
    /// Who reported it.
    pub by: User,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// What else they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: ReportState,
    /// Who looked after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<User>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// What they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ReportAction>,
    /// What they remarked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
