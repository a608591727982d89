//! How much of anything is allowed.

use crate::config::ByteSize;
use crate::config::table::section;

section! {
    /// How much of anything is allowed.
    pub struct Limits in "limits" {
        /// The longest text of a message.
        pub max_message_bytes: ByteSize = "64KiB",
        /// The most people named when a room is created.
        pub max_initial_members: usize = "100",
        /// The most members of a small room. In larger ones nobody is told who has got and read what, and of those who
        /// type only some are shown.
        pub max_small_room_members: u64 = "256",
    }
}

impl From<&Limits> for chinwag_chat::Limits {
    fn from(limits: &Limits) -> Self {
        Self {
            max_message_bytes: limits.max_message_bytes.bytes(),
            max_initial_members: limits.max_initial_members,
            max_small_room_members: limits.max_small_room_members,
        }
    }
}
