//! State: what has only a latest value. It takes no rev, is never stored, and may be lost.

use serde::{Deserialize, Serialize};

use crate::{
    ClientId, EventData, EventName, NotificationSettings, PresenceEntry, Rev, RoomId, Seq, User, UserId,
};

/// An unnumbered publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum StateEvent {
    /// Somebody is writing, on the room's channel.
    #[serde(rename = "typing")]
    Typing {
        /// Where.
        room: RoomId,
        /// Who.
        user: User,
        /// When to stop showing it unless it comes again.
        expires_in_ms: u32,
    },
    /// People came online or went offline, on the channels of the small rooms that they are in. A room gets one of these
    /// a second at most for all who moved, and none lists more than 200.
    #[serde(rename = "presence.changed")]
    PresenceChanged {
        /// Who came.
        online: Vec<UserId>,
        /// Who went, and did not come back in time.
        offline: Vec<UserId>,
        /// Who is seen as something else now; of those who came, whoever is seen as anything but there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changed: Vec<PresenceEntry>,
    },
    /// A user shows themselves otherwise: another name or picture. On their own channel and those of small rooms that they
    /// are in.
    #[serde(rename = "user.changed")]
    UserChanged {
        /// Who, as they are now.
        user: User,
    },
    /// The user's own read cursor moved on another device, on the user's channel.
    #[serde(rename = "cursor.moved")]
    CursorMoved {
        /// Where.
        room: RoomId,
        /// How far they have read.
        read_seq: Seq,
        /// How much is left.
        unread: u64,
        /// How much of it mentions them.
        #[serde(default)]
        mentions: u64,
    },
    /// The user wants to be told of other things in a room, on the user's channel.
    #[serde(rename = "room.notifications")]
    Notifications {
        /// Which room.
        room: RoomId,
        /// What holds now.
        notifications: NotificationSettings,
    },
    /// A member has got or read more, on the channel of a small room.
    #[serde(rename = "receipt")]
    Receipt {
        /// Where.
        room: RoomId,
        /// Who.
        user: UserId,
        /// How far they have read.
        read_seq: Seq,
        /// How far a device of theirs has the messages.
        delivered_seq: Seq,
    },
    /// A room that the connection does not follow has moved, on the user's channel.
    #[serde(rename = "room.head")]
    RoomHead {
        /// Which.
        room: RoomId,
        /// Its newest message.
        head_seq: Seq,
        /// Its newest change.
        head_rev: Rev,
    },
    /// The user wants nothing from somebody, or does again; on the user's own channel.
    #[serde(rename = "block.changed")]
    BlockChanged {
        /// From whom.
        user: User,
        /// Whether nothing.
        blocked: bool,
    },
    /// Somebody's program has something to say to this user's, on the user's channel.
    #[serde(rename = "user.event")]
    Direct {
        /// Who says it; nobody where it is the application that Chinwag is a part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<User>,
        /// What makes it the same event, should it ever come twice: those that other back ends put on a queue have one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ClientId>,
        /// What sort of thing it is, by a name that the programs agree on.
        event: EventName,
        /// What it says.
        data: EventData,
    },
}
