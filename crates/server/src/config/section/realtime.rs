//! Live connections.

use std::time::Duration;

use super::Limits;
use crate::config::ByteSize;
use crate::config::table::section;

section! {
    /// Live connections.
    pub struct Realtime in "realtime" {
        /// How often the server asks a silent client whether it is still there.
        pub ping_interval: Duration = "25s",
        /// How long the client may take to answer. Must be shorter than the interval.
        pub pong_timeout: Duration = "8s",
        /// How long a client may take from opening the transport to its `connect` command.
        pub connect_timeout: Duration = "10s",
        /// How many clients may be let in at once: each costs the store a few reads. The others wait their turn.
        pub max_concurrent_connects: usize = "64",
        /// How long a client may wait for its turn. Where it would take longer, it is told at once when to come back.
        pub connect_patience: Duration = "2s",
        /// The longest frame that a client may send.
        pub max_frame_bytes: ByteSize = "256KiB",
        /// How much may wait to be sent to one client before the server stops reading the store for it.
        pub max_queued_bytes: ByteSize = "1MiB",
        /// How much memory recently read changes may take, so that clients that come back in a crowd cost the store
        /// one read and not one each.
        pub recent_changes_bytes: ByteSize = "32MiB",
        /// How long a client may read nothing of what waits for it before it is disconnected as slow.
        pub write_timeout: Duration = "10s",
        /// The most channels that one connection may follow.
        pub max_channels_per_connection: usize = "512",
    }
}

impl Realtime {
    pub(super) fn check(&self, limits: &Limits, fault: &mut impl FnMut(String)) {
        if self.ping_interval.is_zero() {
            fault("`realtime.ping_interval` must be longer than 0s".to_owned());
        } else if self.pong_timeout >= self.ping_interval {
            fault("`realtime.pong_timeout` must be shorter than `realtime.ping_interval`".to_owned());
        }
        if self.max_concurrent_connects == 0 {
            fault("`realtime.max_concurrent_connects` must be at least 1".to_owned());
        }
        // A message that may be sent over REST but not in real time would baffle everybody.
        if self.max_frame_bytes <= limits.max_message_bytes {
            fault("`realtime.max_frame_bytes` must be larger than `limits.max_message_bytes`".to_owned());
        }
    }
}
