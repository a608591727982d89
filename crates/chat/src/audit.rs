//! Who did what, to whom and where: for those who look after a server.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{RoomId, Timestamp, User, UserId};

/// Something that was done, to be noted in the transaction that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// What, as on the wire: `room.user_banned`.
    pub action: &'static str,
    /// Who did it; nobody where it was the operator.
    pub by: Option<UserId>,
    /// In which room.
    pub room: Option<RoomId>,
    /// To whom.
    pub user: Option<UserId>,
    /// What else there is to know: a JSON object.
    pub details: Option<Value>,
}

/// Something that was done, as it is read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its number: later ones have greater ones. On the wire an id, so text.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it; nobody where it was the operator.
    pub by: Option<User>,
    /// What.
    pub action: String,
    /// In which room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// What else there is to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// A number that is an id to clients.
pub(crate) fn as_text<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
