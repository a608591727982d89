//! What can be set about the store.

use std::time::Duration;

/// What can be set about the store. The defaults suit a node.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many batches of commands may be on their way at once, each on a connection of its own. A room's commands
    /// always go the same way.
    pub writers: usize,
    /// The most commands that one transaction takes. More wait for the next one, so it bounds the time that the first
    /// of a batch waits for the last.
    pub max_batch: usize,
    /// The most commands that may wait for one writer; further callers wait to be let in.
    pub max_queue: usize,
    /// The most connections for everything else.
    pub max_connections: usize,
    /// How long a read may wait for a connection.
    pub acquire_timeout: Duration,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// How long a statement may take, waiting for another node's included.
    pub statement_timeout: Duration,
    /// How long into an outage commands wait for its end, before they are refused at once.
    pub outage_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            writers: 2,
            max_batch: 256,
            max_queue: 1024,
            max_connections: 8,
            acquire_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            outage_patience: Duration::from_secs(3),
        }
    }
}
