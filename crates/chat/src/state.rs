//! State: what has only a latest value. It takes no rev, is never stored, and may be lost.

use serde::{Deserialize, Serialize};

use crate::{EventData, EventName, Rev, RoomId, Seq, User, UserId};

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
    /// Somebody's program has something to say to this user's, on the user's channel.
    #[serde(rename = "user.event")]
    Direct {
        /// Who says it.
        from: User,
        /// What sort of thing it is, by a name that the programs agree on.
        event: EventName,
        /// What it says.
        data: EventData,
    },
}
