//! How a bus behaves.

use std::time::Duration;

/// The most topics that a wire is asked to subscribe to in one go.
pub const SUBSCRIBE_AT_ONCE: usize = 500;

/// The bounds and patience of a bus.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many hints may wait between those who publish and the node's own fan-out.
    pub local_capacity: usize,
    /// How many hints may wait for the wire.
    pub max_waiting_hints: usize,
    /// About how many bytes these may have.
    pub max_waiting_bytes: usize,
    /// How often a node looks whether it still hears itself over the wire.
    pub beat_interval: Duration,
    /// After how long without hearing anything a link is given up; also how long the wire may take for one request.
    pub deadline: Duration,
    /// How long hints of a channel still come in after nobody follows it.
    pub linger: Duration,
    /// How long to wait before the first attempt to make a new link.
    pub first_retry: Duration,
    /// How long to wait at most.
    pub last_retry: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            local_capacity: 16 * 1024,
            max_waiting_hints: 16 * 1024,
            max_waiting_bytes: 16 * 1024 * 1024,
            beat_interval: Duration::from_secs(1),
            deadline: Duration::from_secs(3),
            linger: Duration::from_secs(5),
            first_retry: Duration::from_millis(50),
            last_retry: Duration::from_secs(2),
        }
    }
}
