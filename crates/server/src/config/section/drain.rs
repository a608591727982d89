//! How the node leaves.

use std::time::Duration;

use crate::config::table::section;

section! {
    /// How the node leaves when it is told to stop: it turns unready, asks its clients to move, finishes what it has
    /// accepted. A second signal ends it at once.
    pub struct Drain in "drain" {
        /// How long the node only says that it is not ready, so that balancers stop sending clients before it sends
        /// its own away. Skipped on Ctrl-C, where nobody balances.
        pub not_ready: Duration = "3s",
        /// How long the clients' departure is spread over, so that they do not all reconnect at the same moment.
        pub spread: Duration = "5s",
        /// How long the clients may take to leave in all.
        pub timeout: Duration = "20s",
        /// How long accepted work may take to be finished.
        pub flush_timeout: Duration = "5s",
    }
}
