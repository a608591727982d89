//! Limits that the domain keeps.

/// How much of anything is allowed. On by default; each is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest message text in bytes.
    pub max_message_bytes: usize,
    /// The most people named when a room is created.
    pub max_initial_members: usize,
    /// The most members of a small room: one in which everybody sees who has got and read what.
    pub max_small_room_members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_message_bytes: 64 * 1024, max_initial_members: 100, max_small_room_members: 256 }
    }
}
