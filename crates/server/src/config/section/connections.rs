//! How many connections a user may have.

use chinwag_chat::cluster::{self, Policy};

use crate::config::choice::choice;
use crate::config::table::section;

choice! {
    /// What happens to one connection more than a user may have.
    pub enum ConnectionPolicy {
        /// It is refused.
        Reject = "reject",
        /// The user's oldest is closed.
        Replace = "replace",
    }
}

choice! {
    /// What is counted of a user.
    pub enum CountedConnections {
        /// Connections.
        Connections = "connections",
        /// Sessions that have any connection.
        Sessions = "sessions",
    }
}

section! {
    /// How many connections a user may have, on all nodes together.
    pub struct Connections in "connections" {
        /// The most that a user may have at once; 0 for any number. With a limit, each connect is one more write to the
        /// store.
        pub max_per_user: u32 = "0",
        /// What is counted: every connection, or every session (a device that is signed in) however many connections it
        /// has.
        pub count: CountedConnections = "connections",
        /// What happens to one more: `reject` refuses it, `replace` closes the oldest. Either is told with code 3504, after
        /// which clients do not try again by themselves.
        pub policy: ConnectionPolicy = "reject",
    }
}

impl Connections {
    /// What the nodes are to do, if there is a limit.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        let counted = match self.count {
            CountedConnections::Connections => cluster::Counted::Connections,
            CountedConnections::Sessions => cluster::Counted::Sessions,
        };
        let more = match self.policy {
            ConnectionPolicy::Reject => cluster::MoreThanAllowed::Reject,
            ConnectionPolicy::Replace => cluster::MoreThanAllowed::Replace,
        };
        (self.max_per_user > 0).then_some(Policy { counted, max_per_user: self.max_per_user, more })
    }
}
