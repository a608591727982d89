//! What a client may take, with the service's own quotas as defaults.

use std::time::Duration;

use serde::Deserialize;

use super::duration;

/// Limits. A rate, timeout or duration of nothing means that there is none.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest message, all frames together.
    pub max_message_bytes: usize,
    /// The largest frame of a client.
    pub max_frame_bytes: usize,
    /// How long a connection may be silent in both directions.
    #[serde(deserialize_with = "duration::deserialize")]
    pub idle_timeout: Duration,
    /// Whether a client's pings count as not being silent.
    pub pings_keep_alive: bool,
    /// How long a connection may live.
    #[serde(deserialize_with = "duration::deserialize")]
    pub max_connection_age: Duration,
    /// How long a client may take nothing of what it is sent.
    #[serde(deserialize_with = "duration::deserialize")]
    pub write_timeout: Duration,
    /// How many bytes may wait for one client; what is posted beyond is answered with 429.
    pub max_queued_bytes: usize,
    /// How many messages of one client are worked on at once; 1 keeps them in order.
    pub max_in_flight_per_connection: usize,
    /// How many messages are worked on at once in all.
    pub max_in_flight: usize,
    /// How many WebSockets there may be.
    pub max_connections: usize,
    /// How many sockets there may be that are no WebSockets, or none yet.
    pub max_sockets: usize,
    /// New connections a second.
    pub connects_per_s: u32,
    /// Messages and calls of `@connections` a second.
    pub requests_per_s: u32,
    /// How far requests may run ahead of their rate.
    pub request_burst: u32,
    /// Messages of one client a second.
    pub messages_per_connection_per_s: u32,
    /// How long a request's headers may take.
    #[serde(deserialize_with = "duration::deserialize")]
    pub header_read_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 128 * 1024,
            max_frame_bytes: 32 * 1024,
            idle_timeout: Duration::from_secs(600),
            pings_keep_alive: true,
            max_connection_age: Duration::from_secs(7200),
            write_timeout: Duration::from_secs(10),
            max_queued_bytes: 1024 * 1024,
            max_in_flight_per_connection: 16,
            max_in_flight: 10_000,
            max_connections: 100_000,
            max_sockets: 10_000,
            connects_per_s: 500,
            requests_per_s: 10_000,
            request_burst: 5_000,
            messages_per_connection_per_s: 0,
            header_read_timeout: Duration::from_secs(10),
        }
    }
}
