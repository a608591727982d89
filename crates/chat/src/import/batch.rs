//! Part of a room's history, as one command takes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ClientId, DirectKey, Emoji, Mentions, MessageId, Role, RoomKind, RoomName, RoomSettings, Seq, Timestamp,
    UserId,
};

/// The most that is brought at once: whoever writes meanwhile waits for it.
pub const MAX_ITEMS: usize = 1_000;

/// Part of a room's history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportBatch {
    /// The room, where it is to be made if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<ImportedRoom>,
    /// People who are to be members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<ImportedMember>,
    /// Messages, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<ImportedMessage>,
    /// How far members have read, by the room's own numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cursors: Vec<(UserId, Seq)>,
    /// Which of the room's own numbers messages of earlier batches have got, as far as these answer them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<u64, Seq>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRoom {
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    pub name: Option<RoomName>,
    /// How it is set up.
    #[serde(default)]
    pub settings: RoomSettings,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedMember {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedMessage {
    /// Its number on the other side.
    pub number: u64,
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: UserId,
    /// What tells it from all others of its sender in this room: it is brought once.
    pub client_id: ClientId,
    /// What it says; nothing where it was deleted.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// The message that it answers, by its number on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// The message whose thread it belongs to, by its number on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<u64>,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Mentions::is_empty")]
    pub mentions: Mentions,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// What it said before, and until when, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<(String, Timestamp)>,
    /// What people put under it, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<(Emoji, UserId)>,
}

impl ImportBatch {
    /// Everybody whom it names, each once.
    #[must_use]
    pub fn people(&self) -> Vec<UserId> {
        let members = self.members.iter().map(|member| &member.user);
        let of_message = |message: &'_ ImportedMessage| {
            let reacted = message.reactions.iter().map(|(_, user)| user.clone());
            let named = reacted.chain(message.mentions.users.iter().cloned());
            named.chain([message.sender.clone()]).collect::<Vec<_>>()
        };
        let messages = self.messages.iter().flat_map(of_message);
        let mut people: Vec<UserId> = members.cloned().chain(messages).collect();
        people.sort();
        people.dedup();
        people
    }

    /// What makes it the same direct room, if it is of one.
    #[must_use]
    pub fn direct(&self) -> Option<DirectKey> {
        let room = self.room.as_ref().filter(|room| room.kind == RoomKind::Direct)?;
        match (room.kind, self.members.as_slice()) {
            (RoomKind::Direct, [one, other]) => Some(DirectKey::of(&one.user, &other.user)),
            _ => None,
        }
    }
}
