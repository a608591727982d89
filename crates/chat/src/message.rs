//! Messages.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    ClientId, FieldError, File, Mentions, MessageId, Reaction, Refusal, Rev, RoomId, Seq, Timestamp, User,
};

/// A post in a room, as it is now.
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
    /// What most messages have none of.
    #[serde(flatten)]
    pub details: Details,
}

/// What most messages have none of. Stores keep it as JSON, and nothing where it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The message whose thread it belongs to. It is then not shown among the room's others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// The files that came with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<File>,
    /// Whom it mentions.
    #[serde(skip_serializing_if = "Mentions::is_empty")]
    pub mentions: Mentions,
    /// When its text was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted: then it says nothing any more and only keeps its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When it was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
}

impl Details {
    /// The details as stores keep them: nothing where there are none.
    ///
    /// # Errors
    /// None that could come of details; they are the serializer's.
    pub fn to_stored(&self) -> Result<Option<String>, serde_json::Error> {
        if *self == Self::default() { Ok(None) } else { serde_json::to_string(self).map(Some) }
    }

    /// The details that a store kept.
    ///
    /// # Errors
    /// Where that is something else.
    pub fn from_stored(json: Option<&str>) -> Result<Self, serde_json::Error> {
        json.map_or_else(|| Ok(Self::default()), serde_json::from_str)
    }
}

impl Message {
    /// What is left of it when it is deleted: its number, and what it answered.
    #[must_use]
    pub fn deleted(&self, at: Timestamp) -> Self {
        let Details { reply_to, thread, .. } = self.details;
        let details = Details { reply_to, thread, deleted_at: Some(at), ..Details::default() };
        Self { text: MessageText::nothing(), details, ..self.clone() }
    }

    /// Whether it was deleted.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.details.deleted_at.is_some()
    }
}

/// A message as a page shows it, with what others added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageView {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Its reactions, the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Its thread, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Replies>,
}

impl From<Message> for MessageView {
    /// A message that nobody has added anything to.
    fn from(message: Message) -> Self {
        Self { message, reactions: Vec::new(), replies: None }
    }
}

/// How much there is in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replies {
    /// How many messages, the deleted ones not counted.
    pub count: u64,
    /// The newest of them.
    pub last_seq: Seq,
    /// When that was accepted.
    pub last_at: Timestamp,
}

/// What a message said before it was edited. Of each message, stores keep the newest [`Edit::MAX_KEPT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The number of the change that replaced it.
    pub rev: Rev,
    /// What it said.
    pub text: MessageText,
    /// When it was replaced.
    pub replaced_at: Timestamp,
}

impl Edit {
    /// The most that is kept of one message's past.
    pub const MAX_KEPT: usize = 50;
}

/// What a message says: not blank, no NUL (PostgreSQL's text cannot hold it), stored and delivered byte for byte.
/// Cheap to clone: a message goes to the store, to the bus and to its sender.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(Arc<str>);

impl MessageText {
    /// Checks a text against the limit in bytes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] over the limit; [`Refusal::Invalid`] for a blank text or one with NUL.
    pub fn new(text: String, max_bytes: usize) -> Result<Self, Refusal> {
        let text = Self::that_may_be_blank(text, max_bytes)?;
        if text.is_blank() { Err(Self::blank()) } else { Ok(text) }
    }

    /// The same for a message that may have files to speak for it.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] over the limit; [`Refusal::Invalid`] for a text with NUL.
    pub fn that_may_be_blank(text: String, max_bytes: usize) -> Result<Self, Refusal> {
        if text.len() > max_bytes {
            return Err(Refusal::TooLarge { what: "text", max_bytes });
        }
        if text.contains('\0') {
            return Err(FieldError::new("text", "characters", "a message holds no NUL character").into());
        }
        Ok(Self(text.into()))
    }

    /// The refusal of a message that says nothing.
    pub(crate) fn blank() -> Refusal {
        FieldError::new("text", "blank", "a message says something").into()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// A text that a store kept.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// What a deleted message says.
    #[must_use]
    pub fn nothing() -> Self {
        Self::from_stored("")
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
