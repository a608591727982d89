//! What all connections of a node have in common.

use std::time::Duration;

/// Deadlines and limits of a connection.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a client may wait before its `connect`.
    pub connect_timeout: Duration,
    /// How often the server pings. The first ping comes at a random moment in the second half of this, so that
    /// clients that came together do not answer together. Zero where it does not, and nobody calls
    /// [`tick`](crate::Connection::tick).
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub pong_timeout: Duration,
    /// How long after its token expired a connection may still refresh it.
    pub refresh_grace: Duration,
    /// The most channels that a connection may follow, its user's own included.
    pub max_channels: usize,
    /// The most commands that run at once.
    pub max_in_flight: usize,
    /// How many commands may wait before the driver should stop reading.
    pub max_waiting: usize,
    /// How long a command takes of the rate that is served in the long run; zero for no limit.
    pub command_interval: Duration,
    /// Commands that may come at once beyond that.
    pub command_burst: u32,
    /// How many commands may be refused for their rate before the connection is closed for good.
    pub max_refused_commands: u32,
    /// The node's name, for the connect reply.
    pub node: String,
    /// The server's version, for the connect reply.
    pub version: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(25),
            pong_timeout: Duration::from_secs(8),
            refresh_grace: Duration::from_secs(25),
            max_channels: 512,
            max_in_flight: 64,
            max_waiting: 256,
            command_interval: Duration::from_millis(10),
            command_burst: 1_000,
            max_refused_commands: 1_000,
            node: String::new(),
            version: String::new(),
        }
    }
}
