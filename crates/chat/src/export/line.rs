//! The lines of an export. What is said here is what other programs read: a new field is no new version, another meaning is.

use serde::{Deserialize, Serialize};

use crate::store::OwnReaction;
use crate::{
    Edit, Emoji, Epoch, Member, Message, Rev, Role, Room, RoomId, RoomKind, RoomName, RoomSettings, Seq,
    SessionId, Timestamp, User, UserId,
};

/// The version of the form.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "nearly every line is a message")]
pub enum ExportLine {
    /// The first line: what this is.
    Manifest(Manifest),
    /// The room; in the export of a person, one that they are a member of.
    Room(RoomLine),
    /// A member of the room.
    Member(Member),
    /// The person.
    User {
        /// Who.
        user: User,
        /// When the account was made.
        created_at: Timestamp,
    },
    /// A device on which the person is signed in.
    Session {
        /// The session.
        id: SessionId,
        /// What the person would call the device.
        device: String,
        /// When they signed in.
        created_at: Timestamp,
        /// When it was last used.
        last_seen_at: Timestamp,
    },
    /// A message.
    Message(MessageLine),
    /// What the person put under a message.
    Reaction(OwnReaction),
    /// The last line: without it the export was cut off.
    End {
        /// Up to which change of a room it goes.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        head_rev: Option<Rev>,
    },
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the form.
    pub version: u32,
    /// What it is of.
    #[serde(flatten)]
    pub of: Subject,
    /// The incarnation of the logs that its numbers are of.
    pub epoch: Epoch,
    /// When it was begun.
    pub at: Timestamp,
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Subject {
    /// A room.
    Room {
        /// Which.
        room: RoomId,
        /// Its newest message.
        head_seq: Seq,
        /// Its newest change: messages up to there are in the export.
        head_rev: Rev,
    },
    /// A person.
    User {
        /// Who.
        user: UserId,
    },
    /// What another program exported, room after room.
    Other {
        /// Which program.
        program: String,
    },
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLine {
    /// Its id.
    pub id: RoomId,
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name, if it has one.
    pub name: Option<RoomName>,
    /// When it was created.
    pub created_at: Timestamp,
    /// How it is set up.
    #[serde(skip_serializing_if = "RoomSettings::is_default", default)]
    pub settings: RoomSettings,
    /// What the person is there, in the export of a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// How far the person has read, in the export of a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_seq: Option<Seq>,
}

impl From<Room> for RoomLine {
    fn from(room: Room) -> Self {
        let Room { id, kind, name, created_at, settings, .. } = room;
        Self { id, kind, name, created_at, settings, role: None, read_seq: None }
    }
}

/// A message with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    /// The message as it is now.
    pub message: Message,
    /// What people put under it, the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reactions: Vec<ReactionLine>,
    /// What it said before, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub edits: Vec<Edit>,
}

/// An emoji that somebody put under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionLine {
    /// Which emoji.
    pub emoji: Emoji,
    /// Who.
    pub user: User,
}
