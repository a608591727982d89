//! Messages.

use serde::{Deserialize, Serialize};

use crate::{ClientId, FieldError, MessageId, Refusal, Rev, RoomId, Seq, Timestamp, User};

/// A post in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// Where it was posted.
    pub room: RoomId,
    /// Its number among the room's messages.
    pub seq: Seq,
    /// The number of the change that created it.
    pub rev: Rev,
    /// Who posted it.
    pub sender: User,
    /// The sender's own id for it.
    pub client_id: ClientId,
    /// What it says.
    pub text: MessageText,
    /// When it was accepted.
    pub created_at: Timestamp,
}

/// What a message says: not blank, no NUL (PostgreSQL's text cannot hold it), stored and delivered byte for byte.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(String);

impl MessageText {
    /// Checks a text against the limit in bytes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] over the limit; [`Refusal::Invalid`] for a blank text or one with NUL.
    pub fn new(text: String, max_bytes: usize) -> Result<Self, Refusal> {
        if text.len() > max_bytes {
            return Err(Refusal::TooLarge { what: "text", max_bytes });
        }
        if text.trim().is_empty() {
            return Err(FieldError::new("text", "blank", "a message says something").into());
        }
        if text.contains('\0') {
            return Err(FieldError::new("text", "characters", "a message holds no NUL character").into());
        }
        Ok(Self(text))
    }

    /// A text that a store kept.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for MessageText {
    /// Only its length: what people write stays out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}
