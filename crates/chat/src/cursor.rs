//! How far a member has read.

use serde::{Deserialize, Serialize};

use crate::Seq;

/// A member's read position and what is left to read: counted in the log each time, never counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The newest message that was read.
    pub read_seq: Seq,
    /// How many messages there are after it, deleted ones and those in threads not counted; at most
    /// [`Cursor::MAX_UNREAD`].
    pub unread: u64,
    /// How many of the messages after it, threads included, mention the member; at most [`Cursor::MAX_UNREAD`].
    #[serde(default)]
    pub mentions: u64,
}

impl Cursor {
    /// What is counted up to: nobody reads a larger number as more than "many", and to count further costs time.
    pub const MAX_UNREAD: u64 = 100;
}

/// Where a member's cursors are after one of them was to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The newest message that was read.
    pub read_seq: Seq,
    /// The same with what is left to read, where it was the read cursor that was to be moved: counting costs time, and
    /// whoever only has got a message reads no less for it.
    pub cursor: Option<Cursor>,
    /// The newest message that a device of the member has. Never behind the read position.
    pub delivered_seq: Seq,
    /// Whether a cursor moved at all.
    pub is_further: bool,
    /// How many members the room has.
    pub member_count: u64,
}

/// A member's cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorKind {
    /// The person has read up to here.
    Read,
    /// A device has the messages up to here.
    Delivered,
}
