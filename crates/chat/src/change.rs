//! Changes: what a channel's log holds, numbered, replayed by resume.

use serde::{Deserialize, Serialize};

use crate::{
    Channel, Emoji, Message, Rev, Role, RoomId, RoomKind, RoomName, RoomSettings, Seq, Timestamp, User,
    UserId,
};

/// A numbered change of either sort of channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "nearly every change is of a room")]
pub enum Change {
    /// Of a room.
    Room(RoomChange),
    /// Of a user's own channel.
    User(UserChange),
}

impl Change {
    /// The channel whose log holds it.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Room(change) => Channel::Room(change.room),
            Self::User(change) => Channel::User(change.user.clone()),
        }
    }

    /// Its number there.
    #[must_use]
    pub fn rev(&self) -> Rev {
        match self {
            Self::Room(change) => change.rev,
            Self::User(change) => change.rev,
        }
    }

    /// When it was accepted.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Room(change) => change.at,
            Self::User(change) => change.at,
        }
    }
}

/// Something that altered a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomChange {
    /// The room.
    pub room: RoomId,
    /// Its number in the room's log.
    pub rev: Rev,
    /// When it was accepted.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: RoomEvent,
}

/// What can happen in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum RoomEvent {
    /// The room came to be: always rev 1.
    #[serde(rename = "room.created")]
    RoomCreated {
        /// Its kind.
        kind: RoomKind,
        /// Its name, if it has one.
        name: Option<RoomName>,
        /// Who created it.
        by: User,
    },
    /// The room has a new name.
    #[serde(rename = "room.renamed")]
    RoomRenamed {
        /// The new name.
        name: RoomName,
        /// Who renamed it.
        by: User,
    },
    /// The room is set up otherwise.
    #[serde(rename = "room.settings_changed")]
    RoomSettingsChanged {
        /// All that is set now.
        settings: RoomSettings,
        /// Who decided.
        by: User,
    },
    /// Somebody became a member.
    #[serde(rename = "member.joined")]
    MemberJoined {
        /// Who.
        user: User,
        /// As what.
        role: Role,
        /// Who added them; themselves if they joined.
        by: User,
    },
    /// Somebody is a member no more.
    #[serde(rename = "member.left")]
    MemberLeft {
        /// Who.
        user: User,
        /// Who removed them; themselves if they left.
        by: User,
        /// Whether they are kept out from now on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        banned: bool,
    },
    /// A member may say nothing for a while.
    #[serde(rename = "member.muted")]
    MemberMuted {
        /// Who.
        user: User,
        /// Until when.
        until: Timestamp,
        /// Who decided.
        by: User,
    },
    /// A member may speak again.
    #[serde(rename = "member.unmuted")]
    MemberUnmuted {
        /// Who.
        user: User,
        /// Who decided.
        by: User,
    },
    /// A member may do more or less than before.
    #[serde(rename = "member.role_changed")]
    MemberRoleChanged {
        /// Who.
        user: User,
        /// What they are now.
        role: Role,
        /// Who decided.
        by: User,
    },
    /// Something was said.
    #[serde(rename = "message.created")]
    MessageCreated {
        /// What.
        message: Message,
    },
    /// A message says something else now.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// The message as it is now.
        message: Message,
        /// Who changed it.
        by: User,
    },
    /// A message says nothing any more.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// What is left of it.
        message: Message,
        /// Who deleted it.
        by: User,
    },
    /// A message is to be found easily.
    #[serde(rename = "message.pinned")]
    MessagePinned {
        /// The message.
        message: Message,
        /// Who pinned it.
        by: User,
    },
    /// A message is pinned no more.
    #[serde(rename = "message.unpinned")]
    MessageUnpinned {
        /// The message.
        message: Message,
        /// Who unpinned it.
        by: User,
    },
    /// Messages have outlived their time.
    #[serde(rename = "messages.removed")]
    MessagesRemoved {
        /// Up to which one there are none any more.
        up_to: Seq,
    },
    /// Somebody put an emoji under a message.
    #[serde(rename = "reaction.added")]
    ReactionAdded {
        /// The message's number.
        seq: Seq,
        /// Which emoji.
        emoji: Emoji,
        /// Who.
        user: User,
        /// How many have put it there now.
        count: u64,
    },
    /// Somebody took an emoji away again.
    #[serde(rename = "reaction.removed")]
    ReactionRemoved {
        /// The message's number.
        seq: Seq,
        /// Which emoji.
        emoji: Emoji,
        /// Who.
        user: User,
        /// How many have put it there now.
        count: u64,
    },
}

impl RoomEvent {
    /// The types of all events, as on the wire.
    pub const TYPES: [&'static str; 16] = [
        "room.created",
        "room.renamed",
        "room.settings_changed",
        "member.joined",
        "member.left",
        "member.role_changed",
        "member.muted",
        "member.unmuted",
        "message.created",
        "message.edited",
        "message.deleted",
        "message.pinned",
        "message.unpinned",
        "messages.removed",
        "reaction.added",
        "reaction.removed",
    ];

    /// The event's type, as on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::RoomCreated { .. } => "room.created",
            Self::RoomRenamed { .. } => "room.renamed",
            Self::RoomSettingsChanged { .. } => "room.settings_changed",
            Self::MemberJoined { .. } => "member.joined",
            Self::MemberLeft { .. } => "member.left",
            Self::MemberRoleChanged { .. } => "member.role_changed",
            Self::MemberMuted { .. } => "member.muted",
            Self::MemberUnmuted { .. } => "member.unmuted",
            Self::MessageCreated { .. } => "message.created",
            Self::MessageEdited { .. } => "message.edited",
            Self::MessageDeleted { .. } => "message.deleted",
            Self::MessagePinned { .. } => "message.pinned",
            Self::MessageUnpinned { .. } => "message.unpinned",
            Self::MessagesRemoved { .. } => "messages.removed",
            Self::ReactionAdded { .. } => "reaction.added",
            Self::ReactionRemoved { .. } => "reaction.removed",
        }
    }

    /// The message that it tells of in full.
    #[must_use]
    pub const fn message(&self) -> Option<&Message> {
        match self {
            Self::MessageCreated { message }
            | Self::MessageEdited { message, .. }
            | Self::MessageDeleted { message, .. }
            | Self::MessagePinned { message, .. }
            | Self::MessageUnpinned { message, .. } => Some(message),
            _ => None,
        }
    }

    /// The same, to be put in its place.
    #[must_use]
    pub const fn message_mut(&mut self) -> Option<&mut Message> {
        match self {
            Self::MessageCreated { message }
            | Self::MessageEdited { message, .. }
            | Self::MessageDeleted { message, .. }
            | Self::MessagePinned { message, .. }
            | Self::MessageUnpinned { message, .. } => Some(message),
            _ => None,
        }
    }
}

/// Something that concerns one user on all devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserChange {
    /// Whose log it is in. The channel's name says so already, so it does not go over the wire.
    #[serde(skip)]
    pub user: UserId,
    /// Its number in the user's log.
    pub rev: Rev,
    /// When it was accepted.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: UserEvent,
}

/// What can happen to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum UserEvent {
    /// The user became a member of a room.
    #[serde(rename = "room.joined")]
    RoomJoined {
        /// Which.
        room: RoomId,
        /// The number of the join in the room's own log: what comes after it, the user sees as a member.
        room_rev: Rev,
        /// Its kind.
        kind: RoomKind,
        /// Its name, if it has one.
        name: Option<RoomName>,
        /// The other one of a direct room.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        peer: Option<User>,
    },
    /// The user is no member of a room any more.
    #[serde(rename = "room.left")]
    RoomLeft {
        /// Which.
        room: RoomId,
    },
}
