//! How this node uses PostgreSQL.

use std::time::Duration;

use crate::config::table::section;

section! {
    /// How this node uses PostgreSQL, where that is its store. All nodes together must leave some of the server's
    /// `max_connections` to others: each takes those for reading, those for writing, one to watch the server, and one to
    /// say that the node lives.
    pub struct Postgres in "postgres" {
        /// The most connections for everything but changes of rooms.
        pub max_connections: usize = "8",
        /// How many connections write changes of rooms; each takes whatever waits into one transaction.
        pub writers: usize = "2",
        /// How long it may take to connect.
        pub connect_timeout: Duration = "5s",
        /// How long a read may wait for a connection.
        pub acquire_timeout: Duration = "5s",
        /// How long a statement may take, waiting for another node's included.
        pub statement_timeout: Duration = "5s",
        /// How long into an outage of the server calls wait for its end, before they are refused at once. A server that
        /// says nothing for so long, though somebody asks, is one that is not there.
        pub outage_patience: Duration = "3s",
    }
}
