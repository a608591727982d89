//! How far a member has read.

use serde::{Deserialize, Serialize};

use crate::Seq;

/// A member's read position and what is left to read. Derived from the heads, never counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The newest message that was read.
    pub read_seq: Seq,
    /// How many there are after it.
    pub unread: u64,
}

impl Cursor {
    /// The cursor at `read_seq` in a room whose newest message is `head_seq`.
    #[must_use]
    pub fn at(read_seq: Seq, head_seq: Seq) -> Self {
        Self { read_seq, unread: head_seq.0.saturating_sub(read_seq.0) }
    }
}
